// The panel: where the enquiry stands, what will happen by itself, and why each turn went as it did.

import { h, icon } from "./dom.js";
import { away, times } from "./words.js";

const at = (id) => document.getElementById(id);
const STATES = {
  bot: "accent", settled: "good", waiting: "warm", needs_reply: "warm", promised: "warm", awaiting_customer: "warm",
  held: "caution", asked: "caution", ended: "",
};

/// Badge of a state.
export const stateBadge = (state) => h(`span.badge${STATES[state] ? `.${STATES[state]}` : ""}`, {}, state.replaceAll("_", " "));

/// Starts the panel. `reveal()` fetches secrets, `go(to)` moves the clock, `turn(n)` gives the lines of a turn.
export function startPanel({ clock, go, reveal, turn, hasDesk }) {
  let view = null;
  let secrets = null;
  const open = new Set();
  const closed = new Set();

  const look = () => times("en", clock.zone());
  const moment = (time) => look().moment(time, clock.now());
  const fact = (name, ...value) => [h("dt", {}, name), h("dd", {}, ...value)];

  function enquiry(enquiry) {
    if (!enquiry) {
      return h("section.card", {}, h("h2", {}, "Enquiry"), h("p.hint", {}, "Nothing yet. The first message opens one."));
    }
    const facts = [
      enquiry.topic && fact("About", topic(enquiry.topic)),
      enquiry.flow && fact("Flow", h("code", {}, enquiry.flow.name), enquiry.flow.question && [" asks ", h("code", {}, enquiry.flow.question)], enquiry.flow.lookup && [" waits for ", h("code", {}, enquiry.flow.lookup)]),
      enquiry.offer && fact("On offer", enquiry.offer),
      fact("Failures", dots(enquiry.failures, enquiry.failures_max)),
      enquiry.handoff && fact("Handed off", enquiry.handoff.means, " ", h("code", {}, enquiry.handoff.reason), enquiry.handoff.note && h("p.hint", { dir: "auto" }, marked(enquiry.handoff.note))),
      enquiry.queue && fact("Queue", enquiry.queue),
      enquiry.agent && fact("Agent", enquiry.agent),
      enquiry.promise && fact("Promise", promise(enquiry.promise)),
      enquiry.reply_due && fact("Reply due", h("span.times", {}, moment(enquiry.reply_due)), ` · ${away(enquiry.reply_due, clock.now())}`),
      enquiry.held_until && fact("Held until", h("span.times", {}, moment(enquiry.held_until))),
      view.panel.window_until && fact("Free to write", window(view.panel.window_until)),
      view.panel.stopped && fact("Reminders", "stopped by the customer"),
      enquiry.older_version && fact("Version", "an older one; it finishes on it"),
    ].filter(Boolean);
    return h("section.card", {},
      h("div.state", {}, stateBadge(enquiry.state), h("p", {}, enquiry.means), h("span.hint.times", {}, `since ${moment(enquiry.since)}`)),
      h("dl.facts", {}, facts.flat()),
      answers(enquiry.answers),
      enquiry.lookups.map(lookup));
  }

  function window(until) {
    const open = Date.parse(until) > clock.now();
    return [open ? "until " : "no, since ", h("span.times", {}, moment(until)), open ? "" : " only templates"];
  }

  function topic(topic) {
    return [topic.label ? `${topic.label} ` : "", h("code", {}, topic.name), h("span.times.hint", {}, ` ${percent(topic.probability)}`)];
  }

  function promise(promise) {
    const more = [
      promise.told ? null : "not told",
      promise.by_agent ? "made by the agent" : null,
      promise.renewals ? `renewed ${promise.renewals === 1 ? "once" : "twice"}` : null,
      promise.over ? "cannot be renewed, the supervisors know" : null,
    ].filter(Boolean).join(", ");
    return [h("strong.times", {}, moment(promise.at)), ` · ${away(promise.at, clock.now())}${more ? ` · ${more}` : ""}`];
  }

  function answers(answers) {
    if (!answers.length) return null;
    const rows = answers.map((answer) => fact(answer.called || answer.name,
      h("span", { dir: "auto" }, secrets?.answers[answer.name] && answer.secret ? secrets.answers[answer.name] : answer.shown),
      answer.secret && !secrets?.answers[answer.name] && h("button.button.plain.icon.small", { type: "button", "aria-label": "Show the secret answer", title: "Show; it is noted that you did", onclick: show }, icon("eye"))));
    return h("div.part", {}, h("h3", {}, "Answers"), h("dl.facts", {}, rows.flat()));
  }

  async function show() {
    secrets = await reveal().catch(() => null);
    draw();
  }

  function lookup(found) {
    const rows = Object.entries(found.fields).map(([name, value]) => fact(h("code", {}, name), value || "none"));
    return h("div.part", {}, h("h3", {}, "Lookup ", h("code", {}, found.name)), h("dl.facts", {}, rows.flat()));
  }

  function timers(timers) {
    if (!timers.length) return null;
    const row = (timer) => h("li.timer", {},
      h("span.timer-at.times", { title: away(timer.at, clock.now()) }, moment(timer.at)),
      h("span", {}, timer.means, h("span.hint", {}, ` · ${away(timer.at, clock.now())}`)),
      Date.parse(timer.at) > clock.now() ? h("button.button.plain.icon.small", { type: "button", title: "Move the clock there", "aria-label": `Move the clock to ${moment(timer.at)}`, onclick: () => go(timer.at) }, icon("skip")) : null);
    return h("section.card", {}, h("h2", {}, "What happens by itself"), h("ol.timers", {}, timers.map(row)));
  }

  function whys(turns) {
    return h("section", { "aria-label": "Why, turn by turn" }, h("h2.whys-title", {}, "Why"), turns.length ? h("ol.whys", {}, turns.map((told) => secrets?.why.find((shown) => shown.turn === told.turn) ?? told).map(why)) : h("p.hint.whys-title", {}, "The reasons of each turn will stand here."));
  }

  function why(told, position) {
    const said = turn(told.turn);
    const title = heard(said.filter((bubble) => bubble.side === "customer")) || heard(said.filter((bubble) => bubble.side === "agent"));
    const isOpen = open.has(told.turn) || position === 0 && !closed.has(told.turn);
    const heading = h("summary", { onclick: () => remember(told.turn, !details.open) },
      h("span.times.hint", {}, moment(told.at)), h("span.why-title", {}, title ? h("bdi", {}, title) : marked(byItself(told))), summary(told));
    const details = h("details.why", { data: { turn: told.turn }, open: isOpen }, heading, h("ol.steps", {}, told.steps.length ? told.steps.map(step) : h("li.hint", {}, "No rule had to decide anything.")));
    return h("li", {}, details);
  }

  /// What the reader opened or closed stays so when the panel is drawn again.
  function remember(turn, isOpen) {
    (isOpen ? open : closed).add(turn);
    (isOpen ? closed : open).delete(turn);
  }

  const heard = (bubbles) => bubbles.map((bubble) => `${bubble.author ? `${bubble.author}: ` : ""}${bubble.text || bubble.called || (bubble.stand_in ?? "")}`).join(" ⏎ ");
  const byItself = (told) => told.steps.find((step) => step.kind === "rule")?.did ?? "an agent did something";

  function summary(told) {
    const understood = told.steps.find((step) => step.kind === "understood");
    const best = understood?.candidates[0];
    return best ? h(`span.badge.${tone(understood.decision)}.times`, {}, percent(best.probability)) : null;
  }

  const tone = (decision) => ({ confident: "good", torn: "caution", unsure: "bad" })[decision];

  function step(step) {
    if (step.kind === "rule") return h("li.step", {}, h("span.rule.times", {}, step.rule), h("span", {}, marked(step.did)));
    if (step.kind === "reached") return h("li.step.reached", {}, h("span.rule", { "aria-hidden": "true" }, "→"), h("span", {}, marked(step.words)));
    return h("li.step", {}, h("span.rule.times", {}, "R8"), h("div.understood", {},
      h("p", {}, step.words, step.language ? h("span.hint", {}, ` · seems to be “${step.language}”`) : null),
      h("ol.candidates", {}, step.candidates.slice(0, 5).map(candidate))));
  }

  function candidate(candidate) {
    const bar = h("span.probability", { "aria-hidden": "true" }, h("i"));
    bar.firstChild.style.inlineSize = `${Math.max(1, candidate.probability * 100)}%`;
    return h("li", {},
      h("p.candidate", {}, h("span", {}, candidate.label ?? "", " ", h("code", {}, candidate.name), candidate.what === "article" ? h("span.hint", {}, " article") : null), h("span.times", {}, percent(candidate.probability))),
      bar,
      candidate.reasons.length ? h("p.hint", {}, marked(candidate.reasons.join(" · "))) : null);
  }

  /// Names stand in backticks; words in quotes keep their own direction.
  const marked = (words) => words.split(/("[^"]*"|`[^`]*`)/).map((part) => {
    if (part.startsWith("`") && part.length > 1) return h("code", {}, part.slice(1, -1));
    return part.startsWith('"') ? h("bdi", {}, part) : part;
  });

  function dots(failures, max) {
    const dot = (number) => h(`i.dot${number < failures ? ".hit" : ""}`);
    return [h("span.fail-dots", { "aria-hidden": "true" }, [...Array(max).keys()].map(dot)), `${failures} of ${max}`, h("span.hint", {}, failures === 0 ? "" : failures >= max ? " · a person" : " · the next one goes to a person")];
  }

  const percent = (probability) => `${Math.round(probability * 100)} %`;

  function tools() {
    const { id } = view.customer;
    return h("div.tools", {},
      hasDesk && h("a.button", { href: `/desk/cases/${id}` }, icon("open"), "Open at the desk"),
      h("a.button", { href: `/simulator/api/customers/${id}/test`, download: `simulator-${id}.chat`, data: { save: "test" } }, icon("save"), "Save as test"));
  }

  function draw() {
    if (!view) return;
    const inside = at("panel-inside");
    const focused = document.activeElement?.closest?.("[data-turn]")?.dataset.turn;
    const { scrollTop } = at("panel");
    inside.replaceChildren(...[tools(), enquiry(view.panel.enquiry), timers(view.panel.timers), whys(view.why)].filter(Boolean));
    at("panel").scrollTop = scrollTop;
    if (focused) inside.querySelector(`[data-turn="${focused}"] summary`)?.focus({ preventScroll: true });
  }

  return {
    show(next) {
      if (view?.customer.id !== next.customer.id) {
        secrets = null;
        open.clear();
        closed.clear();
      }
      view = next;
      draw();
    },
    draw,
    /// Opens and shows the reasons of a turn.
    reveal(number) {
      remember(number, true);
      draw();
      const details = at("panel-inside").querySelector(`[data-turn="${number}"]`);
      details?.scrollIntoView({ block: "nearest", behavior: "smooth" });
      details?.querySelector("summary").focus({ preventScroll: true });
    },
  };
}
