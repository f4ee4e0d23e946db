// The phone's own words in the languages of the built-in texts; the bot's words are the bot's.

const WORDS = {
  en: {
    message: "Message", send: "Send", attach: "Attach", close: "Close", choose: "Choose", earlier: "Earlier messages",
    assistant: "usually answers at once", typing: "typing…", away: "no connection…", today: "Today", yesterday: "Yesterday",
    image: "Photo", video: "Video", voice: "Voice note", audio: "Sound", document: "Document", sticker: "Sticker",
    location: "Location", contact: "Contact", order: "Shopping cart", reaction: "Reacted with", reaction_name: "Reaction", record: "Record of the conversation",
    template: "Template", unsupported: "Something that cannot be read", unsupported_name: "Unknown kind",
    send_location: "Send my location", staff: "Staff in the WhatsApp app", note: "Note", why: "Why?", secret: "Secret answer",
    hello: "You are the customer", start: "Write as you would to a business. For example:",
    caption: "What you have typed becomes the caption.",
    tick_queued: "about to be sent", tick_sent: "sent", tick_delivered: "delivered", tick_read: "read", tick_failed: "not delivered",
  },
  he: {
    message: "הודעה", send: "שליחה", attach: "צירוף", close: "סגירה", choose: "בחירה", earlier: "הודעות קודמות",
    assistant: "בדרך כלל עונים מיד", typing: "מקליד/ה…", away: "אין חיבור…", today: "היום", yesterday: "אתמול",
    image: "תמונה", video: "סרטון", voice: "הודעה קולית", audio: "קובץ קול", document: "מסמך", sticker: "מדבקה",
    location: "מיקום", contact: "איש קשר", order: "עגלת קניות", reaction: "תגובה:", reaction_name: "תגובה", record: "תיעוד השיחה",
    template: "תבנית", unsupported: "משהו שאי אפשר לקרוא", unsupported_name: "סוג לא מוכר",
    send_location: "שליחת המיקום שלי", staff: "הצוות, מתוך WhatsApp", note: "הערה", why: "למה?", secret: "תשובה חסויה",
    hello: "כאן מדברים בתור לקוח", start: "אפשר לכתוב כמו שכותבים לעסק. למשל:",
    caption: "מה שהוקלד יהפוך לכיתוב.",
    tick_queued: "ממתינה לשליחה", tick_sent: "נשלחה", tick_delivered: "נמסרה", tick_read: "נקראה", tick_failed: "לא נמסרה",
  },
  lv: {
    message: "Ziņa", send: "Sūtīt", attach: "Pievienot", close: "Aizvērt", choose: "Izvēlēties", earlier: "Agrākas ziņas",
    assistant: "parasti atbild uzreiz", typing: "raksta…", away: "nav savienojuma…", today: "Šodien", yesterday: "Vakar",
    image: "Attēls", video: "Video", voice: "Balss ziņa", audio: "Skaņa", document: "Dokuments", sticker: "Uzlīme",
    location: "Atrašanās vieta", contact: "Kontakts", order: "Iepirkumu grozs", reaction: "Reakcija:", reaction_name: "Reakcija", record: "Sarunas pieraksts",
    template: "Veidne", unsupported: "Kaut kas nelasāms", unsupported_name: "Nezināms veids",
    send_location: "Sūtīt manu atrašanās vietu", staff: "Darbinieki WhatsApp lietotnē", note: "Piezīme", why: "Kāpēc?", secret: "Slepena atbilde",
    hello: "Jūs esat klients", start: "Rakstiet tā, kā rakstītu uzņēmumam. Piemēram:",
    caption: "Uzrakstītais kļūs par parakstu.",
    tick_queued: "gaida sūtīšanu", tick_sent: "nosūtīta", tick_delivered: "piegādāta", tick_read: "izlasīta", tick_failed: "nav piegādāta",
  },
};

/// The phone's words in a language, else in English.
export const phoneWords = (language) => WORDS[language] ?? WORDS.en;

/// Times in a zone, as a language writes them.
export function times(language, zone) {
  const format = (options) => new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { timeZone: zone, ...options });
  const time = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const weekday = format({ weekday: "long" });
  const short = format({ weekday: "short", day: "numeric", month: "short" });
  const long = format({ weekday: "long", day: "numeric", month: "long" });
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  const near = (at, now) => Math.round((new Date(day.format(at)) - new Date(day.format(now))) / 86_400_000);
  return {
    time: (at) => time.format(new Date(at)),
    dayKey: (at) => day.format(new Date(at)),
    long: (at) => long.format(new Date(at)),
    /// "Today", "Yesterday", "Friday", "Friday 6 March".
    day(at, now, words) {
      const away = near(new Date(at), new Date(now));
      if (away === 0) return words.today;
      if (away === -1) return words.yesterday;
      return away > -6 && away < 0 ? weekday.format(new Date(at)) : long.format(new Date(at));
    },
    /// "19:40", "Sun 19:40", "Sun 8 Mar, 19:40".
    moment(at, now) {
      const date = new Date(at);
      const away = near(date, new Date(now));
      if (away === 0) return time.format(date);
      const name = Math.abs(away) < 7 ? format({ weekday: "short" }).format(date) : `${short.format(date)},`;
      return `${name} ${time.format(date)}`;
    },
  };
}

/// "in 4 h", "20 min ago".
export function away(at, now) {
  const minutes = Math.round((new Date(at) - new Date(now)) / 60_000);
  const size = Math.abs(minutes);
  if (size < 1) return "now";
  const days = Math.floor(size / 1440);
  const hours = Math.floor((size % 1440) / 60);
  const parts = [days && `${days} d`, hours && `${hours} h`, days === 0 && size % 60 && `${size % 60} min`].filter(Boolean);
  return minutes > 0 ? `in ${parts.join(" ")}` : `${parts.join(" ")} ago`;
}
