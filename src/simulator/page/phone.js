// The phone: the thread, the composer, what can be tapped.

import { h, keep } from "./dom.js";
import { day, line, typing } from "./thread.js";
import { attachments, closeSheet, openSheet, rows } from "./sheet.js";
import { messageId } from "./server.js";
import { phoneWords, times } from "./words.js";

const at = (id) => document.getElementById(id);
const KINDS = ["image", "voice", "video", "document", "sticker", "location", "contact", "order", "reaction", "unsupported"];
const NEAR_END = 80;

/// Starts the phone. `say(wish)` sends, `why(turn)` shows reasons, `earlier(seq)` loads lines before one.
export function startPhone({ say, why, earlier, clock, starters }) {
  const text = at("text");
  let view = null;
  let older = [];
  let words = phoneWords("en");
  let away = false;
  let draft = null;
  let unmasked = new Map();

  const quietly = (wish) => say(wish).catch(() => {});
  const plain = (bubble) => ({ ...bubble, ...unmasked.get(bubble.seq) });
  const lines = () => [...older, ...(view?.thread.lines ?? [])].map(plain);
  const look = () => ({
    words,
    time: (moment) => times(view.customer.language, clock.zone()).time(moment),
    tap: (seq, choice) => quietly({ kind: "tap", seq, id: choice.id }),
    open: (bubble) => openSheet(bubble.list, words, rows(bubble.choices, (choice) => quietly({ kind: "tap", seq: bubble.seq, id: choice.id }))),
    place: () => quietly({ kind: "location" }),
    record: (enquiry) => `/simulator/api/customers/${view.customer.id}/records/${enquiry}`,
    why,
  });

  function elements() {
    const shown = look();
    const look2 = times(view.customer.language, clock.zone());
    const made = [];
    let last = null;
    for (const bubble of [...lines(), ...view.thread.waiting]) {
      const key = look2.dayKey(bubble.at);
      if (key !== last) made.push(marked(day(look2.day(bubble.at, clock.now(), words)), `day-${key}`, look2.day(bubble.at, clock.now(), words)));
      last = key;
      made.push(marked(line(bubble, shown), bubble.seq ? `line-${bubble.seq}` : `waiting-${made.length}`, JSON.stringify(bubble) + view.customer.language));
    }
    if (view.thread.typing) made.push(marked(typing(words.typing), "typing", "typing"));
    return made;
  }

  const marked = (element, key, as) => {
    element.dataset.key = key;
    element.dataset.as = as;
    return element;
  };

  function welcome() {
    const own = starters[view.customer.language] ?? starters.en ?? [];
    const chip = (label) => h("button.button", { type: "button", dir: "auto", onclick: () => quietly({ kind: "text", text: label }) }, label);
    return [h("h3", {}, words.hello), h("p.hint", {}, words.start), h("div.chips", {}, own.map(chip))];
  }

  function draw() {
    const scroll = at("scroll");
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
    const language = view.customer.language;
    words = phoneWords(language);
    const phone = at("phone");
    phone.dir = view.customer.right_to_left ? "rtl" : "ltr";
    phone.lang = language;
    text.placeholder = words.message;
    text.setAttribute("aria-label", words.message);
    at("send").setAttribute("aria-label", words.send);
    at("attach").setAttribute("aria-label", words.attach);
    at("earlier").textContent = words.earlier;
    at("earlier").hidden = !(older[0] ? older[0].seq > 1 : view.thread.more);
    keep(at("thread"), elements());
    const empty = lines().length + view.thread.waiting.length === 0;
    at("welcome").hidden = !empty;
    if (empty && at("welcome").dataset.as !== language) {
      at("welcome").replaceChildren(...welcome());
      at("welcome").dataset.as = language;
    }
    status();
    if (atEnd) toEnd();
    newest();
  }

  function status() {
    at("status").textContent = away ? words.away : view?.thread.typing ? words.typing : words.assistant;
    at("status").dataset.typing = Boolean(!away && view?.thread.typing);
  }

  const toEnd = () => at("scroll").scrollTo({ top: at("scroll").scrollHeight });
  function newest() {
    const scroll = at("scroll");
    at("newest").hidden = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END * 3;
  }

  function grow() {
    text.style.blockSize = "auto";
    text.style.blockSize = `${Math.min(text.scrollHeight + 2, 140)}px`;
    at("send").disabled = text.value.trim() === "";
  }

  async function send() {
    const words = text.value.trim();
    if (!words) return;
    if (draft?.words !== words) draft = { words, id: messageId() };
    text.value = "";
    grow();
    try {
      await say({ kind: "text", text: words }, draft.id);
      draft = null;
    } catch {
      if (!text.value) text.value = words;
      grow();
    }
  }

  function attach(kind) {
    const caption = text.value.trim() || null;
    const captioned = ["image", "video", "document"].includes(kind);
    if (captioned && caption) {
      text.value = "";
      grow();
    }
    quietly(captioned ? { kind, caption } : { kind });
  }

  at("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });
  at("attach").addEventListener("click", () => {
    const hint = text.value.trim() ? h("p.hint.sheet-hint", {}, words.caption) : null;
    openSheet(words.attach, words, attachments(KINDS, words, attach), ...(hint ? [hint] : []));
  });
  at("newest").addEventListener("click", () => { toEnd(); newest(); });
  at("scroll").addEventListener("scroll", newest, { passive: true });
  at("earlier").addEventListener("click", async () => {
    const scroll = at("scroll");
    const from = scroll.scrollHeight - scroll.scrollTop;
    older = [...await earlier(lines()[0].seq), ...older];
    draw();
    scroll.scrollTop = scroll.scrollHeight - from;
  });
  grow();

  return {
    show(next) {
      const other = view?.customer.id !== next.customer.id;
      if (other) {
        older = [];
        unmasked = new Map();
        closeSheet();
      }
      view = next;
      draw();
      if (other) toEnd();
    },
    away(is) {
      away = is;
      if (view) status();
    },
    /// Shows lines that were masked.
    unmask(lines) {
      unmasked = new Map(lines.map(({ seq, text, html }) => [seq, { text, html }]));
      draw();
    },
    focus: () => text.focus({ preventScroll: true }),
    /// What the customer and the desk said in a turn, for the panel.
    turn: (turn) => lines().filter((bubble) => bubble.turn === turn),
  };
}
