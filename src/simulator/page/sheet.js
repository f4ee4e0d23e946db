// What slides up from the bottom of the phone: the rows of a list, and what can be attached.

import { h, icon } from "./dom.js";

const at = (id) => document.getElementById(id);
const FOCUSABLE = "button:not(:disabled), input, a[href]";

let back = null;

/// Opens the sheet with these elements; `label` names it, `words.close` its button.
export function openSheet(label, words, ...inside) {
  const sheet = at("sheet");
  back = document.activeElement;
  const close = h("button.button.plain.icon", { type: "button", "aria-label": words.close, onclick: closeSheet }, icon("close"));
  sheet.replaceChildren(h("div.sheet-head", {}, h("h2", { id: "sheet-title", dir: "auto" }, label), close), ...inside);
  sheet.hidden = false;
  at("veil").hidden = false;
  for (const id of ["phone-head", "scroll", "composer", "newest"]) at(id).inert = true;
  (sheet.querySelector(".sheet-rows button") ?? close).focus({ preventScroll: true });
}

/// Closes it and gives the focus back.
export function closeSheet() {
  if (at("sheet").hidden) return;
  at("sheet").hidden = true;
  at("veil").hidden = true;
  for (const id of ["phone-head", "scroll", "composer", "newest"]) at(id).inert = false;
  if (back?.isConnected) back.focus({ preventScroll: true });
  back = null;
}

/// Rows of a list; `pick(choice)` when one is tapped.
export function rows(choices, pick) {
  const row = (choice) => h("li", {}, h("button.sheet-row", { type: "button", onclick: () => { closeSheet(); pick(choice); } },
    h("span.sheet-title", { dir: "auto" }, choice.title),
    choice.description && h("span.sheet-more", { dir: "auto" }, choice.description)));
  return h("ol.sheet-rows", {}, choices.map(row));
}

/// Stand-ins to attach; `pick(kind)` when one is tapped.
export function attachments(kinds, words, pick) {
  const tile = (kind) => h("li", {}, h("button.tile", { type: "button", onclick: () => { closeSheet(); pick(kind); } },
    h("span.tile-picture", {}, icon(kind)), h("span", {}, words[`${kind}_name`] ?? words[kind])));
  return h("ol.sheet-rows.tiles", {}, kinds.map(tile));
}

document.addEventListener("keydown", (event) => {
  const sheet = at("sheet");
  if (sheet.hidden) return;
  if (event.key === "Escape") {
    closeSheet();
  } else if (event.key === "Tab") {
    const stops = [...sheet.querySelectorAll(FOCUSABLE)];
    const here = stops.indexOf(document.activeElement);
    const next = event.shiftKey ? here - 1 : here + 1;
    if (here < 0 || next < 0 || next >= stops.length) {
      event.preventDefault();
      stops.at(event.shiftKey ? -1 : 0)?.focus();
    }
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [...sheet.querySelectorAll(".sheet-rows button")];
    const here = stops.indexOf(document.activeElement);
    stops.at((here + (event.key === "ArrowDown" ? 1 : -1)) % stops.length)?.focus();
    event.preventDefault();
  }
});
at("veil").addEventListener("click", closeSheet);
