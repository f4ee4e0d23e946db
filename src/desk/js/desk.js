// The desk's scripts: live changes, drafts, clocks, keys. Without them the pages work by links and forms.

import { tick } from './clocks.js';
import { keep, restore, forget } from './drafts.js';
import { listen } from './live.js';
import { read, refresh } from './parts.js';

const me = document.body.dataset.me;
const plainTitle = document.title.replace(/^\(\d+\) /, '');
const room = document.querySelector('.room');

function badge() {
  const must = document.querySelector('[data-must]')?.dataset.must ?? '0';
  document.title = must === '0' ? plainTitle : `(${must}) ${plainTitle}`;
}

function toast({ contact, href, text, loud }) {
  const toasts = document.getElementById('toasts');
  const toast = Object.assign(document.createElement('a'), { className: loud ? 'toast loud' : 'toast', href: href ?? `/desk/cases/${contact}`, textContent: text });
  toasts.append(toast);
  while (toasts.children.length > 4) toasts.firstElementChild.remove();
  setTimeout(() => toast.remove(), loud ? 20000 : 8000);
}

const open = document.getElementById('case')?.dataset.contact;

// `contacts`: whose threads or states changed; `null` among them is anybody's.
async function changed(contacts) {
  await refresh(contacts.has(null) || contacts.has(open));
  badge();
  read();
  restore();
  tick();
}

// A form that acts: what is refused is said beside what was typed, and nothing typed is lost.
async function send(form, submitter) {
  const refusal = form.querySelector('.refusal');
  const say = (words) => {
    if (refusal) Object.assign(refusal, { textContent: words, hidden: words === '' });
    else if (words) toast({ contact: open, text: words, loud: true });
  };
  say('');
  if (form.dataset.busy) return;
  form.dataset.busy = 'yes';
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await fetch(form.action, { method: 'POST', body, headers: { 'x-desk': 'words' } });
    if (!answer.ok) return say(await answer.text());
    if (form.dataset.draft) forget(form);
    form.closest('[popover]')?.hidePopover();
    await changed(new Set([null]));
  } catch {
    say('The server cannot be reached. Your text is kept; try again in a moment.');
  } finally {
    delete form.dataset.busy;
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.closest('#case') || 'plain' in form.dataset) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener('input', (event) => {
  if (event.target.form?.dataset.draft) keep(event.target.form);
});

// A sheet that opens is there to be filled in.
document.addEventListener('toggle', (event) => {
  if (event.newState === 'open') event.target.querySelector('input:not([type="hidden"]), select')?.focus();
}, true);

function step(by) {
  const cards = [...document.querySelectorAll('.group[open] .case-card')];
  const at = cards.findIndex((card) => card === document.activeElement);
  const here = at >= 0 ? at : cards.findIndex((card) => card.classList.contains('here'));
  cards[Math.max(0, Math.min(cards.length - 1, here + by))]?.focus();
}

function write(to) {
  const form = document.querySelector('.say');
  if (!form) return;
  const choice = [...form.elements.to].find((radio) => (radio.value === 'note') === (to === 'note'));
  if (choice) choice.checked = true;
  form.elements.text.focus();
}

const KEYS = { j: () => step(1), k: () => step(-1), r: () => write('customer'), n: () => write('note') };

document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input, textarea, select');
  if (typing && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.target.form?.requestSubmit();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

for (const link of document.querySelectorAll('[data-link]')) {
  link.value = location.origin + link.value;
  link.addEventListener('focus', () => link.select());
}

tick();
setInterval(tick, 5000);
badge();
read();
restore();
addEventListener('signed-out', () => toast({ href: `/desk/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`, text: 'You are signed out. What you typed is kept; sign in again.', loud: true }), { once: true });
if (room) listen({ changed, alert: toast, me, open: (contact) => contact === open });
