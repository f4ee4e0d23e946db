// The runtime's clock: shown, and moved.

import { away, times } from "./words.js";

const at = (id) => document.getElementById(id);

/// Starts the clock; `go(to)` moves it and fails with a sentence.
export function startClock(go) {
  let view = null;
  let since = 0;
  let busy = false;

  const now = () => (view.still ? Date.parse(view.now) : Date.parse(view.now) + performance.now() - since);

  function draw() {
    if (!view) return;
    const look = times("en", view.zone);
    at("now").textContent = look.time(now());
    at("date").textContent = look.long(now());
    const { open, always, opens_at, closes_at, queue } = view.desk;
    const badge = at("hours");
    badge.hidden = false;
    badge.className = `badge ${open ? "good" : "caution"}`;
    const until = open ? closes_at && ` · until ${look.moment(closes_at, now())}` : opens_at && ` · opens ${look.moment(opens_at, now())}`;
    badge.textContent = (always ? "Always open" : open ? "Open" : "Closed") + (until ?? "");
    badge.title = queue ? `${queue}, times in ${view.zone}` : `Times in ${view.zone}`;
    at("to-opening").hidden = always;
    at("to-closing").hidden = always;
    const timer = view.next_timer && Date.parse(view.next_timer) > now() ? view.next_timer : null;
    at("to-timer").disabled = !timer;
    at("to-timer").textContent = timer ? `Next timer (${away(timer, now())})` : "Next timer";
  }

  async function move(to) {
    if (busy) return;
    busy = true;
    at("moves").setAttribute("aria-busy", "true");
    at("move-error").hidden = true;
    try {
      await go(to);
      at("moves").hidePopover?.();
      at("move").reset();
    } catch (error) {
      at("move-error").textContent = error.message;
      at("move-error").hidden = false;
    } finally {
      busy = false;
      at("moves").removeAttribute("aria-busy");
    }
  }

  at("moves-quick").addEventListener("click", (event) => {
    const to = event.target.closest("[data-to]")?.dataset.to;
    if (to) move(to);
  });
  at("move").addEventListener("submit", (event) => {
    event.preventDefault();
    move(at("move-to").value);
  });
  setInterval(draw, 1000);

  return {
    now: () => (view ? now() : Date.now()),
    zone: () => view?.zone ?? "UTC",
    move,
    set(next) {
      view = next;
      since = performance.now();
      draw();
    },
    setNow(next) {
      if (view) this.set({ ...view, now: next });
    },
  };
}
