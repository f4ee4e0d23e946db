// A line of a thread as an element. `bubble` is what the server makes of it (`web::bubble`); its `html` is escaped there.

import { h, icon } from "./dom.js";

const PICTURES = {
  image: "image", video: "video", voice: "voice", audio: "voice", document: "document", sticker: "sticker",
  location: "location", contact: "contact", order: "order", record: "document", template: "template",
};

/// The element of a line.
///
/// `look` says how: `words` (labels by name), `time(at)`, `tap(seq, choice)`, `open(bubble)` for a list,
/// `place()` for a location request, `record(enquiry)` for a record's address, `why(turn)`.
export function line(bubble, look) {
  if (bubble.stand_in === "reaction") return reaction(bubble, look);
  const voice = bubble.side === "phone" ? "agent" : bubble.side;
  const parts = [author(bubble, look), standIn(bubble, look), words(bubble), foot(bubble, look)];
  const element = h("li.line", { data: { voice } }, h("div.bubble", {}, parts), actions(bubble, look));
  if (bubble.failure) element.append(h("p.failure", {}, bubble.failure));
  return element;
}

/// The line between two days.
export function day(label) {
  return h("li.day", {}, h("span", {}, label));
}

/// Somebody is about to answer.
export function typing(label) {
  const dots = h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  return h("li.line.typing", { data: { voice: "bot" } }, h("div.bubble", { role: "status", "aria-label": label }, dots));
}

function author(bubble, look) {
  if (bubble.side === "agent") return h("p.author", { dir: "auto" }, icon("person"), bubble.author);
  if (bubble.side === "phone") return h("p.author", {}, icon("person"), look.words.staff);
  if (bubble.side === "note") return h("p.author", { dir: "auto" }, icon("note"), bubble.author ?? look.words.note);
  return null;
}

function words(bubble) {
  if (!bubble.html) return null;
  const element = h("p.words", { dir: "auto" });
  element.innerHTML = bubble.html;
  return element;
}

function standIn(bubble, look) {
  const kind = bubble.stand_in;
  if (!kind || kind === "location_request") return null;
  if (kind === "unsupported") return h("p.unreadable", {}, look.words.unsupported);
  const label = look.words[kind] ?? kind;
  const called = bubble.called && h("span.called", { dir: "auto" }, bubble.called);
  const inside = [icon(PICTURES[kind] ?? "document"), h("span.what", {}, h("span", {}, label), called)];
  const address = kind === "record" && bubble.record ? look.record?.(bubble.record) : null;
  if (!address) return h("div.stand-in", { data: { kind } }, inside);
  return h("a.stand-in", { data: { kind }, href: address, target: "_blank", rel: "noopener" }, inside, icon("open"));
}

function foot(bubble, look) {
  const time = look.time(bubble.at);
  const why = look.why && bubble.turn
    ? h("button.when", { type: "button", title: look.words.why, onclick: () => look.why(bubble.turn) }, time)
    : h("span.when", {}, time);
  return h("p.foot.times", {}, bubble.secret ? icon("lock", look.words.secret) : null, why, tick(bubble, look));
}

function tick(bubble, look) {
  const far = bubble.side === "customer" ? customerTick(bubble) : bubble.delivery;
  const names = { queued: "clock", sent: "tick", delivered: "ticks", read: "ticks", failed: "failed" };
  if (!far || !names[far] || (bubble.side !== "customer" && far === "read")) return null;
  return h("span.tick", { data: { far } }, icon(names[far], look.words[`tick_${far}`]));
}

const customerTick = (bubble) => (bubble.turn === null ? "sent" : bubble.seen ? "read" : "delivered");

function actions(bubble, look) {
  const buttons = [];
  if (bubble.list) {
    buttons.push(action(icon("list"), bubble.list, look.open && (() => look.open(bubble)), { "aria-haspopup": "dialog" }));
  } else {
    for (const choice of bubble.choices) {
      buttons.push(action(null, choice.title, look.tap && (() => look.tap(bubble.seq, choice))));
    }
  }
  if (bubble.link) {
    const [label, address] = bubble.link;
    const safe = /^https?:/i.test(address) ? address : null;
    buttons.push(h("a.action", { href: safe, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, icon("open"), label));
  }
  if (bubble.stand_in === "location_request") {
    buttons.push(action(icon("location"), look.words.send_location, look.place && (() => look.place())));
  }
  return buttons.length ? h("div.actions", {}, buttons) : null;
}

function action(picture, label, act, more) {
  return h("button.action", { type: "button", disabled: !act, onclick: act, ...more }, picture, h("span", { dir: "auto" }, label));
}

function reaction(bubble, look) {
  return h("li.day.reaction", {}, h("span", {}, `${look.words.reaction} ${bubble.called ?? ""}`));
}
