// Puts the parts together: one customer is looked at, and everything follows what the server says.

import { h } from "./dom.js";
import { ask, listen } from "./server.js";
import { startClock } from "./clock.js";
import { startPanel, stateBadge } from "./panel.js";
import { startPhone } from "./phone.js";
import { times } from "./words.js";

const at = (id) => document.getElementById(id);
const about = JSON.parse(document.body.dataset.about);
const languageNames = new Intl.DisplayNames("en", { type: "language" });

const SOON = 40;

let current = Number(new URLSearchParams(location.search).get("customer")) || null;
let customers = [];
let asked = 0;
let shown = 0;
let waiting = null;

const clock = startClock(async (to) => {
  clock.set(await ask("/clock", { to, number: number() }));
  await load();
});
const panel = startPanel({
  clock,
  go: (to) => clock.move(to),
  hasDesk: about.has_desk,
  async reveal() {
    const secrets = await trouble(ask(`/customers/${current}/secrets`, {}));
    phone.unmask(secrets.lines);
    return secrets;
  },
  turn: (turn) => phone.turn(turn),
});
const phone = startPhone({
  clock,
  starters: about.starters,
  say: async (say, id) => show(await trouble(ask(`/customers/${current}/messages`, { id, say })), ++asked),
  why(turn) {
    tab("panel");
    panel.reveal(turn);
  },
  earlier: async (before) => (await trouble(ask(`/customers/${current}?before=${before}`))).thread.lines,
});

const number = () => customers.find((customer) => customer.id === current)?.number;

/// Passes a problem on after telling it.
async function trouble(answer) {
  try {
    return await answer;
  } catch (error) {
    toast(error.message);
    throw error;
  }
}

let toastTimer = null;
function toast(words) {
  at("toast").textContent = words;
  at("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { at("toast").hidden = true; }, 6000);
}

/// Shows a customer as of request `order`, unless a later one was shown already.
function show(view, order) {
  if (view.customer.id !== current || order < shown) return;
  shown = order;
  clock.set(view.clock);
  phone.show(view);
  panel.show(view);
}

async function load() {
  const order = ++asked;
  const query = number() ? `?number=${encodeURIComponent(number())}` : "";
  const world = await ask(`/world${query}`);
  customers = world.customers;
  if (!current && customers.length) current = customers[0].id;
  clock.set(world.clock);
  list();
  if (!current) return nobody();
  try {
    show(await ask(`/customers/${current}`), order);
    somebody();
  } catch (error) {
    const gone = !customers.some((customer) => customer.id === current);
    if (!gone) throw error;
    pick(customers[0]?.id ?? null);
  }
}

/// Many changes at once are one load.
function soon() {
  waiting ??= setTimeout(() => {
    waiting = null;
    load().catch((error) => toast(error.message));
  }, SOON);
}

function pick(id) {
  current = id;
  const address = new URL(location.href);
  if (id) address.searchParams.set("customer", id);
  else address.searchParams.delete("customer");
  history.replaceState(null, "", address);
  list();
  soon();
}

function list() {
  const look = times("en", clock.zone());
  const initial = (name) => [...name][0]?.toUpperCase() ?? "?";
  const row = (customer) => h("li", {}, h("button.customer", { type: "button", "aria-current": customer.id === current ? "true" : "false", onclick: () => { pick(customer.id); tab("phone"); } },
    h("span.avatar", { "aria-hidden": "true" }, initial(customer.name)),
    h("span.customer-who", {}, h("span.customer-name", {}, h("bdi", {}, customer.name)), h("span.hint.times", {}, customer.phone ?? ""), h("span.customer-more", {}, h("span.hint", {}, [languageNames.of(customer.language), customer.department].filter(Boolean).join(" · ")), customer.state ? stateBadge(customer.state) : null)),
    customer.wrote_at ? h("span.hint.times.customer-wrote", {}, look.moment(customer.wrote_at, clock.now())) : null));
  at("customers").replaceChildren(...customers.map(row));
}

async function create(wish) {
  const view = await ask("/customers", wish);
  current = view.customer.id;
  pick(current);
  somebody();
  show(view, ++asked);
  tab("phone");
  if (matchMedia("(pointer: fine)").matches) phone.focus();
}

/// A new customer like the one looked at.
function another() {
  const like = customers.find((customer) => customer.id === current);
  create(like ? { language: like.language, number: like.number } : {}).catch((error) => toast(error.message));
}

function nobody() {
  at("composer").hidden = true;
  const first = (spoken) => h("button.button.main", { type: "button", onclick: () => create({ language: spoken.code }).catch((error) => toast(error.message)) }, `Write in ${languageNames.of(spoken.code)}`);
  at("welcome").hidden = false;
  at("welcome").dataset.as = "nobody";
  at("welcome").replaceChildren(h("h3", {}, "Be a customer"), h("p.hint", {}, `Talk to ${about.bot} as anyone would on WhatsApp. Move the clock to try the evening, the weekend, the next morning.`), h("div.chips", {}, about.languages.map(first)));
}

function somebody() {
  at("composer").hidden = false;
}

function tab(name) {
  document.body.dataset.tab = name;
  for (const button of document.querySelectorAll(".tabs button")) button.setAttribute("aria-pressed", String(button.dataset.to === name));
}

function startChoosing() {
  const dialog = at("choose-dialog");
  const form = at("choose-form");
  at("choose-language").replaceChildren(...about.languages.map((spoken) => h("option", { value: spoken.code }, languageNames.of(spoken.code))));
  at("choose-number").replaceChildren(...about.numbers.map((one) => h("option", { value: one.id }, one.department ? `${one.department} (${one.queue})` : one.queue || one.id)));
  at("choose-numbers").hidden = about.numbers.length < 2;
  at("choose").addEventListener("click", () => {
    at("choose-error").hidden = true;
    dialog.showModal();
  });
  at("choose-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim() !== ""));
    try {
      await create(wish);
      dialog.close();
      form.reset();
    } catch (error) {
      at("choose-error").textContent = error.message;
      at("choose-error").hidden = false;
    }
  });
}

at("new").addEventListener("click", another);
at("again").addEventListener("click", another);
for (const button of document.querySelectorAll(".tabs button")) button.addEventListener("click", () => tab(button.dataset.to));
startChoosing();
at("panel").addEventListener("click", async (event) => {
  const link = event.target.closest("[data-save]");
  if (!link) return;
  event.preventDefault();
  try {
    await save(link);
  } catch (error) {
    toast(error.message);
  }
});

/// Downloads the test; a problem is told instead of saved.
async function save(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.error ?? `The server answered ${answer.status}.`);
  const address = URL.createObjectURL(await answer.blob());
  h("a", { href: address, download: link.download }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

setInterval(() => panel.draw(), 30_000);
listen({
  changed({ contact, now }) {
    clock.setNow(now);
    if (contact === current || customers.some((customer) => customer.id === contact)) soon();
  },
  again: soon,
  away(is) {
    phone.away(is);
    document.body.dataset.away = is;
  },
});
