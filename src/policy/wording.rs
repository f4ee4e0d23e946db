//! The built-in texts by name, in every shipped language, with the bot's own over them. The tone is light, personal and
//! unhurried; Hebrew avoids addressing a gender where it can.

use std::collections::BTreeMap;

use crate::language::Language;
use crate::template::LocalText;

macro_rules! wording {
    ($($variant:ident $name:literal [$($names:literal),*] $doc:literal $en:literal $he:literal $lv:literal;)*) => {
        /// A built-in text. Its name is the key under `wording:` in `bot.yaml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Text { $(#[doc = $doc] $variant,)* }

        impl Text {
            /// All of them, in the order in which `frontdesk schema wording` prints them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in `bot.yaml`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The names it may use beside those that every text may.
            #[must_use]
            pub const fn names_allowed(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($names),*],)* }
            }

            /// When it is said.
            #[must_use]
            pub const fn occasion(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            const fn defaults(self) -> [&'static str; 3] {
                match self { $(Self::$variant => [$en, $he, $lv],)* }
            }
        }
    };
}

wording! {
    Welcome "welcome" [] "The first message to a contact, in front of the answer (R11)."
        "Hi! I'm {{ bot }}'s automatic assistant. Write \"person\" any time to talk to a human."
        "היי! כאן העוזר האוטומטי של {{ bot }}. אפשר לכתוב \"נציג\" בכל רגע ולדבר עם אדם."
        "Sveiki! Es esmu {{ bot }} automātiskais palīgs. Uzrakstiet \"cilvēks\", ja vēlaties runāt ar cilvēku.";
    Menu "menu" [] "Above the menu."
        "How can I help?" "במה אפשר לעזור?" "Kā varu palīdzēt?";
    MenuButton "menu_button" [] "The button that opens a list (20 characters)."
        "Choose" "לבחירה" "Izvēlēties";
    MenuPerson "menu_person" [] "The menu's last row (24 characters)."
        "Talk to a person" "לדבר עם נציג" "Runāt ar cilvēku";
    MenuUnsure "menu_unsure" [] "A message was not understood (R14): the second chance, above the menu."
        "I'm not sure I got that. Is it one of these, or can you put it in other words?"
        "לא בטוח שהבנתי. אולי זה אחד מאלה? אפשר גם לנסח אחרת."
        "Neesmu pārliecināts, ka sapratu. Varbūt tas ir kas no šī, vai arī pasakiet citiem vārdiem.";
    MenuOutdated "menu_outdated" [] "A tap on a button that no longer exists (R16)."
        "Sorry, that button is from an older message and no longer works. Here is what I can do:"
        "סליחה, הכפתור הזה מהודעה ישנה וכבר לא פעיל. הנה מה שאפשר:"
        "Atvainojiet, šī poga ir no vecākas ziņas un vairs nedarbojas. Lūk, ko varu:";
    DidYouMean "did_you_mean" [] "Torn between a few matters (R8)."
        "Did you mean one of these?" "התכוונת לאחד מאלה?" "Vai domājāt kādu no šiem?";
    SomethingElse "something_else" [] "The last row of \"Did you mean\" (24 characters)."
        "Something else" "משהו אחר" "Kaut kas cits";
    UnclearOptions "unclear_options" [] "An answer that is none of the options."
        "I could not match that to one of the answers. Please tap one, or write its number."
        "לא הצלחתי להתאים את זה לאחת התשובות. אפשר להקיש על אחת מהן או לכתוב את המספר שלה."
        "Nevarēju to saistīt ar nevienu no atbildēm. Lūdzu, pieskarieties vienai vai uzrakstiet tās numuru.";
    UnclearText "unclear_text" [] "Words were wanted."
        "I could not read that. Please write it in words."
        "לא הצלחתי לקרוא את זה. אפשר לכתוב את זה במילים?"
        "Nevarēju to izlasīt. Lūdzu, uzrakstiet vārdiem.";
    UnclearYesNo "unclear_yes_no" [] "Neither yes nor no."
        "I was not sure whether that is a yes or a no."
        "לא היה לי ברור אם זה כן או לא."
        "Nebiju drošs, vai tas ir jā vai nē.";
    UnclearNumber "unclear_number" [] "No number."
        "I could not find a number in that. Please write it in digits."
        "לא מצאתי שם מספר. אפשר לכתוב אותו בספרות?"
        "Neatradu tur skaitli. Lūdzu, uzrakstiet to ar cipariem.";
    UnclearDate "unclear_date" [] "No date."
        "I could not read a date there. You can write \"tomorrow\", \"Sunday\" or 3/4."
        "לא הצלחתי לקרוא שם תאריך. אפשר לכתוב \"מחר\", \"יום ראשון\" או 3/4."
        "Nevarēju tur izlasīt datumu. Varat rakstīt \"rīt\", \"svētdien\" vai 3.4.";
    UnclearPhone "unclear_phone" [] "No phone number."
        "That does not look like a phone number. Please write all its digits."
        "זה לא נראה כמו מספר טלפון. אפשר לכתוב את כל הספרות?"
        "Tas neizskatās pēc tālruņa numura. Lūdzu, uzrakstiet visus ciparus.";
    UnclearEmail "unclear_email" [] "No e-mail address."
        "That does not look like an e-mail address. It should be like name@example.com."
        "זה לא נראה כמו כתובת מייל. היא צריכה להיראות כך: name@example.com."
        "Tas neizskatās pēc e-pasta adreses. Tai jābūt kā name@example.com.";
    UnclearPattern "unclear_pattern" ["example"] "Nothing of the form that was asked for."
        "I could not find it in that. It looks like this: {{ example }}"
        "לא מצאתי את זה שם. זה נראה כך: {{ example }}"
        "Neatradu to tur. Tas izskatās šādi: {{ example }}";
    UnclearLocation "unclear_location" [] "A place was asked for."
        "I need your location for this. Please send it with the button."
        "בשביל זה צריך את המיקום. אפשר לשלוח אותו עם הכפתור."
        "Šim man vajadzīga jūsu atrašanās vieta. Lūdzu, nosūtiet to ar pogu.";
    UnclearPhoto "unclear_photo" [] "A photo was asked for."
        "I need a photo here. Please send one with the camera or from your gallery."
        "כאן צריך תמונה. אפשר לצלם או לבחור מהגלריה."
        "Šeit vajadzīgs foto. Lūdzu, nofotografējiet vai izvēlieties no galerijas.";
    UnclearDocument "unclear_document" [] "A document was asked for."
        "I need a document here. Please attach the file."
        "כאן צריך מסמך. אפשר לצרף את הקובץ."
        "Šeit vajadzīgs dokuments. Lūdzu, pievienojiet failu.";
    UnclearMedia "unclear_media" [] "A file was asked for."
        "I need a photo or a file here. Please attach it."
        "כאן צריך תמונה או קובץ. אפשר לצרף."
        "Šeit vajadzīgs foto vai fails. Lūdzu, pievienojiet.";
    InvalidValue "invalid_value" ["value"] "It was read, but is not allowed."
        "I read \"{{ value }}\", but that does not fit here. Could you check it?"
        "קראתי \"{{ value }}\", אבל זה לא מתאים כאן. אפשר לבדוק שוב?"
        "Izlasīju \"{{ value }}\", bet tas šeit neder. Vai varat pārbaudīt?";
    InvalidText "invalid_text" ["min", "max"] "Too short or too long."
        "I read it, but it should have between {{ min }} and {{ max }} characters."
        "קראתי, אבל צריך בין {{ min }} ל-{{ max }} תווים."
        "Izlasīju, bet vajadzīgas no {{ min }} līdz {{ max }} rakstzīmēm.";
    InvalidNumber "invalid_number" ["min", "max"] "A number out of range."
        "I read it, but the number should be between {{ min }} and {{ max }}."
        "קראתי, אבל המספר צריך להיות בין {{ min }} ל-{{ max }}."
        "Izlasīju, bet skaitlim jābūt no {{ min }} līdz {{ max }}.";
    InvalidDate "invalid_date" ["from", "to"] "A date out of range."
        "I read it, but the date should be between {{ from }} and {{ to }}."
        "קראתי, אבל התאריך צריך להיות בין {{ from }} ל{{ to }}."
        "Izlasīju, bet datumam jābūt starp {{ from }} un {{ to }}.";
    CannotVoice "cannot_voice" [] "A voice note that cannot be listened to (R4)."
        "I can't listen to voice notes yet. Could you write it in a few words?"
        "עוד לא למדתי להאזין להודעות קוליות. אפשר לכתוב בכמה מילים?"
        "Es vēl nevaru noklausīties balss ziņas. Vai varat uzrakstīt dažos vārdos?";
    CannotImage "cannot_image" [] "A photo that nobody asked for."
        "I can't see photos, but I keep them for my colleagues. What is it about, in a few words?"
        "אין לי אפשרות לראות תמונות, אבל הן נשמרות לצוות. במה מדובר, בכמה מילים?"
        "Es nevaru redzēt foto, bet saglabāju tos kolēģiem. Par ko tas ir, dažos vārdos?";
    CannotVideo "cannot_video" [] "A film."
        "I can't watch videos, but I keep them for my colleagues. What is it about, in a few words?"
        "אין לי אפשרות לצפות בסרטונים, אבל הם נשמרים לצוות. במה מדובר, בכמה מילים?"
        "Es nevaru skatīties video, bet saglabāju tos kolēģiem. Par ko tas ir, dažos vārdos?";
    CannotDocument "cannot_document" [] "A document that nobody asked for."
        "I can't open documents, but I keep them for my colleagues. What is it about, in a few words?"
        "אין לי אפשרות לפתוח מסמכים, אבל הם נשמרים לצוות. במה מדובר, בכמה מילים?"
        "Es nevaru atvērt dokumentus, bet saglabāju tos kolēģiem. Par ko tas ir, dažos vārdos?";
    CannotSticker "cannot_sticker" [] "A sticker."
        "Nice one! I only read words, though. What can I do for you?"
        "חמוד! אבל רק מילים קריאות לי. במה אפשר לעזור?"
        "Jauki! Bet es lasu tikai vārdus. Kā varu palīdzēt?";
    CannotLocation "cannot_location" [] "A place that nobody asked for."
        "Thanks for the location; I keep it for my colleagues. What is it about, in a few words?"
        "תודה על המיקום, הוא נשמר לצוות. במה מדובר, בכמה מילים?"
        "Paldies par atrašanās vietu; saglabāju to kolēģiem. Par ko tas ir, dažos vārdos?";
    CannotContact "cannot_contact" [] "A contact card."
        "Thanks for the contact; I keep it for my colleagues. What is it about, in a few words?"
        "תודה על איש הקשר, הוא נשמר לצוות. במה מדובר, בכמה מילים?"
        "Paldies par kontaktu; saglabāju to kolēģiem. Par ko tas ir, dažos vārdos?";
    CannotUnsupported "cannot_unsupported" [] "Something this version cannot read."
        "I could not read that message. Could you write it in a few words?"
        "לא הצלחתי לקרוא את ההודעה. אפשר לכתוב בכמה מילים?"
        "Nevarēju izlasīt šo ziņu. Vai varat uzrakstīt dažos vārdos?";
    HandoffAskedForPerson "handoff_asked_for_person" [] "In front of the promise: a person was asked for."
        "Of course." "בטח." "Protams.";
    HandoffSecondFailure "handoff_second_failure" [] "In front of the promise: not understood twice."
        "I'm not getting this right, so I'm passing you to a person."
        "לא מצליח להבין, אז מעביר לנציג אנושי."
        "Man neizdodas saprast, tāpēc nododu jūs cilvēkam.";
    HandoffRepeatContact "handoff_repeat_contact" [] "In front of the promise: back within 36 hours (R26)."
        "Welcome back. This goes straight to a person, with everything from last time."
        "טוב לראות שוב. זה עובר ישר לנציג, עם כל מה שהיה קודם."
        "Prieks redzēt atkal. Tas uzreiz nonāks pie cilvēka, ar visu iepriekšējo.";
    HandoffRepeatIntent "handoff_repeat_intent" [] "In front of the promise: the same matter again (R26)."
        "It seems my answer did not help, so a person takes it from here."
        "נראה שהתשובה שלי לא עזרה, אז מכאן ממשיך נציג."
        "Šķiet, mana atbilde nepalīdzēja, tālāk turpinās cilvēks.";
    HandoffFlowOutcome "handoff_flow_outcome" [] "In front of the promise: a flow's outcome."
        "" "" "";
    HandoffLeadsToPerson "handoff_leads_to_person" [] "In front of the promise: the intent leads to a person."
        "A person takes care of this." "בזה מטפל נציג." "Par to parūpēsies cilvēks.";
    HandoffNotHelped "handoff_not_helped" [] "In front of the promise: the article did not help (R12)."
        "Sorry that did not help. A person will look into it."
        "צר לי שזה לא עזר. נציג יבדוק את זה."
        "Žēl, ka tas nepalīdzēja. To apskatīs cilvēks.";
    HandoffOpenHours "handoff_open_hours" [] "In front of the promise: business hours (R24)."
        "Got it, I'm passing this to a person." "הבנתי, מעביר לנציג." "Sapratu, nododu to cilvēkam.";
    HandoffNoFlow "handoff_no_flow" [] "In front of the promise: its flow does not exist at this hour."
        "Got it, a person takes care of this." "הבנתי, נציג יטפל בזה." "Sapratu, par to parūpēsies cilvēks.";
    HandoffLookupFailed "handoff_lookup_failed" [] "In front of the promise: a lookup failed (R18)."
        "I can't reach our system right now, so a person will check it for you."
        "אין לי כרגע גישה למערכת, אז נציג יבדוק את זה."
        "Šobrīd nevaru piekļūt mūsu sistēmai, tāpēc to pārbaudīs cilvēks.";
    HandoffOrder "handoff_order" [] "In front of the promise: a shopping cart (R4)."
        "Thanks for your order! A person will confirm it."
        "תודה על ההזמנה! נציג יאשר אותה."
        "Paldies par pasūtījumu! To apstiprinās cilvēks.";
    HandoffLate "handoff_late" [] "In front of the promise: an old message (R2)."
        "Your message only reached us now, sorry." "ההודעה הגיעה אלינו רק עכשיו, סליחה." "Jūsu ziņa mūs sasniedza tikai tagad, atvainojiet.";
    HandoffLoop "handoff_loop" [] "In front of the promise: going in circles (R20)."
        "I keep repeating myself, so a person takes over."
        "יוצא שאותו דבר חוזר שוב ושוב, אז נציג ממשיך מכאן."
        "Es atkārtojos, tāpēc turpinās cilvēks.";
    HandoffBotError "handoff_bot_error" [] "In front of the promise: an error of ours (R21)."
        "Something went wrong on my side, so a person takes over."
        "משהו השתבש אצלנו, אז נציג ממשיך מכאן."
        "Manā pusē kaut kas nogāja greizi, tāpēc turpinās cilvēks.";
    HandoffUndeliverable "handoff_undeliverable" [] "In front of the promise: a message did not arrive (R39)."
        "A message of ours did not reach you, so a person takes over."
        "הודעה שלנו לא הגיעה, אז נציג ממשיך מכאן."
        "Mūsu ziņa jūs nesasniedza, tāpēc turpinās cilvēks.";
    Promise "promise" ["promise"] "The promise (R22)."
        "{{ queue }} will answer you here by {{ promise }}."
        "{{ queue }}: מענה כאן עד {{ promise }}."
        "{{ queue }} jums šeit atbildēs līdz {{ promise }}.";
    PhoneHint "phone_hint" [] "After a promise that is far off (R22)."
        "The phone line is just as busy, so there is no need to call."
        "גם בטלפון ממתינים עכשיו, אז אין צורך להתקשר."
        "Arī pa tālruni pašlaik jāgaida, tāpēc nav vajadzības zvanīt.";
    PromiseRepeated "promise_repeated" ["promise"] "A person was asked for again (R6)."
        "You are in line: {{ queue }} will answer you here by {{ promise }}."
        "התור שמור: {{ queue }}, מענה כאן עד {{ promise }}."
        "Jūs esat rindā: {{ queue }} jums šeit atbildēs līdz {{ promise }}.";
    PromiseRenewed "promise_renewed" ["promise"] "A promise that could not be kept (R22)."
        "Sorry, this takes longer than I said. {{ queue }} will answer you here by {{ promise }}."
        "סליחה, זה לוקח יותר ממה שנאמר. {{ queue }}: מענה כאן עד {{ promise }}."
        "Atvainojiet, tas aizņem ilgāk, nekā teicu. {{ queue }} jums šeit atbildēs līdz {{ promise }}.";
    PromiseLonger "promise_longer" ["promise", "agent"] "An agent's own promise is renewed (R30)."
        "I need a little longer, sorry. I will be back by {{ promise }}."
        "נדרש עוד קצת זמן, סליחה. נחזור עד {{ promise }}."
        "Man vajag mazliet vairāk laika, atvainojiet. Atgriezīšos līdz {{ promise }}.";
    Held "held" ["hours.opens", "promise"] "A handoff while the queue is closed (R27)."
        "We are back {{ hours.opens }}, and a person will answer you here by {{ promise }}. Write everything we should know; it is all kept."
        "נחזור {{ hours.opens }}, ונציג יענה כאן עד {{ promise }}. אפשר לכתוב כל מה שחשוב שנדע, הכול נשמר."
        "Būsim atpakaļ {{ hours.opens }}, un cilvēks jums šeit atbildēs līdz {{ promise }}. Uzrakstiet visu, kas mums jāzina; viss tiek saglabāts.";
    HeldRepeated "held_repeated" ["hours.opens"] "A person was asked for again while the queue is closed."
        "We are back {{ hours.opens }}. Your message is kept and comes first."
        "נחזור {{ hours.opens }}. ההודעה שמורה וראשונה בתור."
        "Būsim atpakaļ {{ hours.opens }}. Jūsu ziņa ir saglabāta un būs pirmā.";
    HeldNoted "held_noted" ["hours.opens"] "Something was added while the queue is closed (R27)."
        "Noted, I have added it to your enquiry." "נרשם, זה נוסף לפנייה." "Pierakstīts, pievienoju to jūsu pieprasījumam.";
    HeldClosed "held_closed" ["hours.opens", "promise"] "The queue closed on somebody who waits (R27)."
        "Sorry, we did not get to you before closing. We are back {{ hours.opens }} and will answer you here by {{ promise }}; you keep your place."
        "סליחה, לא הספקנו לענות לפני הסגירה. נחזור {{ hours.opens }} ונענה כאן עד {{ promise }}. המקום בתור נשמר."
        "Atvainojiet, nepaspējām atbildēt pirms slēgšanas. Būsim atpakaļ {{ hours.opens }} un atbildēsim līdz {{ promise }}; jūsu vieta rindā saglabāta.";
    HeldKept "held_kept" ["hours.opens"] "A flow was left while the queue is closed: everything is kept."
        "I'm not getting this right. I have kept everything you wrote for my colleagues."
        "לא מצליח להבין, אבל כל מה שנכתב נשמר לצוות."
        "Man neizdodas saprast. Visu, ko rakstījāt, esmu saglabājis kolēģiem.";
    Added "added" [] "The first message while waiting."
        "Thanks, I have added this to your enquiry." "תודה, זה נוסף לפנייה." "Paldies, pievienoju to jūsu pieprasījumam.";
    StillRelevant "still_relevant" [] "The morning check (R28)."
        "Good morning! Do you still need our help with this?" "בוקר טוב! העזרה שלנו עדיין נחוצה?" "Labrīt! Vai mūsu palīdzība vēl ir vajadzīga?";
    StillYes "still_yes" [] "Its first button (20 characters)." "Yes, please" "כן, עדיין" "Jā, lūdzu";
    StillNo "still_no" [] "Its second button (20 characters)." "No, thanks" "לא, תודה" "Nē, paldies";
    StillThanks "still_thanks" [] "The morning check is answered with no."
        "Good to know, thank you! Write any time." "טוב לדעת, תודה! אפשר לכתוב בכל עת." "Labi, paldies! Rakstiet jebkurā laikā.";
    StillJoined "still_joined" ["promise"] "The morning check is answered with yes."
        "You are in line: {{ queue }} will answer you here by {{ promise }}."
        "התור שמור: {{ queue }}, מענה כאן עד {{ promise }}."
        "Jūs esat rindā: {{ queue }} jums šeit atbildēs līdz {{ promise }}.";
    Helped "helped" [] "After an article (R12)." "Did that help?" "זה עזר?" "Vai tas palīdzēja?";
    Yes "yes" [] "A button (20 characters)." "Yes" "כן" "Jā";
    No "no" [] "A button (20 characters)." "No" "לא" "Nē";
    HelpedYes "helped_yes" [] "It helped." "Glad to hear it!" "שמחים לשמוע!" "Prieks dzirdēt!";
    Confirm "confirm" ["label"] "Before a flow that is costly to get wrong."
        "You want to: {{ label }}?" "לבצע: {{ label }}?" "Vai vēlaties: {{ label }}?";
    QuestionReminder "question_reminder" [] "Quiet on a question (R20)."
        "Whenever you are ready, I just need this from you:" "מתי שנוח, חסר לי רק זה:" "Kad jums ērti, man vajag tikai šo:";
    Reminder "reminder" ["agent"] "The customer is silent (R33)."
        "We are waiting for your answer here, whenever it suits you." "מחכים כאן לתשובה, מתי שנוח." "Gaidām jūsu atbildi šeit, kad jums ērti.";
    Closing "closing" ["agent"] "The closing notice, which is the closing message (R33, R34)."
        "We have not heard from you, so we will close this enquiry in an hour. Nothing is lost: write here any time and it goes on with the same person."
        "לא שמענו ממך, אז הפנייה תיסגר בעוד שעה. שום דבר לא הולך לאיבוד: אפשר לכתוב כאן בכל עת ולהמשיך עם אותו נציג."
        "Neesam saņēmuši atbildi, tāpēc pēc stundas slēgsim šo pieprasījumu. Nekas nepazudīs: rakstiet šeit jebkurā laikā, un turpinās tas pats cilvēks.";
    ClosingButton "closing_button" [] "Its button (20 characters)." "I still need you" "עדיין צריך עזרה" "Man vēl vajag jūs";
    RecordButton "record_button" [] "The record's button (20 characters)." "Send me a record" "לשלוח לי תיעוד" "Sūtīt pierakstu";
    Ended "ended" ["agent"] "An agent ended the enquiry (R34)."
        "Thank you for writing! If anything is open, just write here: within a day and a half it goes straight back to a person."
        "תודה שכתבת! אם נשאר משהו, אפשר פשוט לכתוב כאן: ביממה וחצי הקרובות זה חוזר ישר לנציג."
        "Paldies, ka rakstījāt! Ja kas palicis, vienkārši rakstiet šeit: pusotras dienas laikā tas uzreiz nonāks pie cilvēka.";
    RecordCaption "record_caption" [] "Under the record (R34)." "Here is the record of our conversation." "הנה תיעוד השיחה שלנו." "Šeit ir mūsu sarunas pieraksts.";
    RecordNone "record_none" [] "There is nothing to record." "There is no conversation to record yet." "עדיין אין שיחה לתעד." "Vēl nav sarunas, ko pierakstīt.";
    StopConfirmed "stop_confirmed" [] "`stop` (R6)."
        "All right, no more reminders from us. Write \"start\" to get them again." "בסדר, לא יישלחו עוד תזכורות. כדי לחזור לקבל אותן אפשר לכתוב \"התחל\"." "Labi, vairs nesūtīsim atgādinājumus. Rakstiet \"sākt\", lai tos atkal saņemtu.";
    StartConfirmed "start_confirmed" [] "`start` (R6)." "Reminders are on again." "התזכורות פועלות שוב." "Atgādinājumi atkal ieslēgti.";
    Cancelled "cancelled" [] "`cancel`: the flow is dropped, the menu follows (R6)." "All right, dropped. Anything else?" "בסדר, עצרנו כאן. משהו אחר?" "Labi, pārtraucam. Vai kas cits?";
    Greeting "greeting" [] "A greeting (R10)." "Hello!" "שלום!" "Sveiki!";
    Thanks "thanks" [] "A thank-you (R10)." "You're welcome!" "בשמחה!" "Lūdzu!";
    Goodbye "goodbye" [] "A goodbye (R10)." "Goodbye, take care!" "להתראות, ויום טוב!" "Uz redzēšanos!";
    AgentPromise "agent_promise" ["promise", "agent"] "An agent promises a time (R30)."
        "{{ agent }} will come back to you here by {{ promise }}." "{{ agent }}: תשובה כאן עד {{ promise }}." "{{ agent }} jums šeit atbildēs līdz {{ promise }}.";
    SentToFlow "sent_to_flow" ["agent"] "An agent sends the customer to a flow (R30)."
        "This goes quicker with a question or two from our assistant; I'm right here." "זה ילך מהר יותר עם שאלה או שתיים מהעוזר שלנו; אני כאן." "Ātrāk būs ar vienu diviem jautājumiem no mūsu palīga; es esmu tepat.";
    PhoneContinued "phone_continued" ["agent"] "Going on by phone (R35)." "We go on by phone, as you wished." "ממשיכים בטלפון, כמו שביקשת." "Turpinām pa tālruni, kā vēlējāties.";
    WhatsappContinued "whatsapp_continued" ["promise"] "Going on here (R35)." "We go on here: {{ queue }} will answer you by {{ promise }}." "ממשיכים כאן: {{ queue }}, מענה עד {{ promise }}." "Turpinām šeit: {{ queue }} jums atbildēs līdz {{ promise }}.";
    ArticleMore "article_more" ["link"] "Under an article that has a link." "Read more: {{ link }}" "עוד בנושא: {{ link }}" "Vairāk: {{ link }}";
    RecordTitle "record_title" [] "The record's first line (R34)." "Record of your conversation with {{ bot }}" "תיעוד השיחה עם {{ bot }}" "Jūsu sarunas ar {{ bot }} pieraksts";
    RecordPromiseKept "record_promise_kept" [] "In the record." "The answer came within the time we promised." "המענה הגיע בזמן שהובטח." "Atbilde saņemta solītajā laikā.";
    RecordPromiseBroken "record_promise_broken" [] "In the record." "The answer came later than we promised. We are sorry." "המענה הגיע מאוחר ממה שהובטח. סליחה." "Atbilde saņemta vēlāk, nekā solījām. Atvainojiet.";
    RecordComeBack "record_come_back" [] "The record's last line." "To come back to this, write to the same WhatsApp number." "כדי לחזור לנושא, אפשר לכתוב לאותו מספר ב-WhatsApp." "Lai atgrieztos pie šī, rakstiet uz to pašu WhatsApp numuru.";
    RecordCustomer "record_customer" [] "Who wrote, in the record." "Customer" "לקוח/ה" "Klients";
    RecordBot "record_bot" [] "Who wrote, in the record." "Assistant" "העוזר" "Palīgs";
}

impl Text {
    /// The text with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|text| text.name() == name)
    }

    /// The built-in text in a language, if the language is shipped.
    #[must_use]
    pub fn built_in(self, language: Language) -> Option<&'static str> {
        let at = Language::BUILT_IN.iter().position(|shipped| *shipped == language)?;
        self.defaults().get(at).copied()
    }

    /// How many UTF-16 units it may have, where it is a button or a row.
    #[must_use]
    pub const fn length_max(self) -> Option<usize> {
        match self {
            Self::MenuButton
            | Self::StillYes
            | Self::StillNo
            | Self::Yes
            | Self::No
            | Self::ClosingButton
            | Self::RecordButton => Some(20),
            Self::MenuPerson | Self::SomethingElse => Some(24),
            _ => None,
        }
    }
}

/// The texts of one bot.
#[derive(Debug)]
pub struct Wording {
    texts: Vec<LocalText>,
}

impl Wording {
    /// The built-in texts, replaced by the bot's own by name and language.
    #[must_use]
    pub fn new(default: Language, own: &BTreeMap<Text, BTreeMap<Language, String>>) -> Self {
        let texts = Text::ALL.iter().map(|text| {
            let shipped = Language::BUILT_IN.into_iter().zip(text.defaults()).map(|(l, t)| (l, t.to_owned()));
            let mut by_language: BTreeMap<Language, String> = shipped.collect();
            by_language.extend(own.get(text).into_iter().flatten().map(|(l, t)| (*l, t.clone())));
            let fallback = by_language.get(&default).or_else(|| by_language.get(&Language::EN)).cloned();
            by_language.entry(default).or_insert(fallback.unwrap_or_default());
            LocalText::new(default, by_language)
        });
        Self { texts: texts.collect() }
    }

    /// A text by name.
    #[must_use]
    pub fn text(&self, text: Text) -> &LocalText {
        &self.texts[text as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::utf16_len;

    #[test]
    fn labels_fit_where_they_stand() {
        for text in Text::ALL {
            let Some(max) = text.length_max() else { continue };
            for label in text.defaults() {
                assert!(utf16_len(label) <= max && !label.is_empty(), "{}: {label}", text.name());
            }
        }
    }

    #[test]
    fn names_are_unique_and_read_back() {
        for text in Text::ALL {
            assert_eq!(Text::from_name(text.name()), Some(*text));
        }
    }
}
