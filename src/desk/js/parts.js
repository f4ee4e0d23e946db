// Parts of the page, fetched again when something changed. What did not change stays as it is, so that folded-out reasons,
// scroll positions and what is being typed are not disturbed.

async function fetched(address) {
  const answer = await fetch(address, { headers: { 'x-desk': 'words' } });
  if (answer.status === 401) dispatchEvent(new Event('signed-out'));
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

// How an element came from the server: what was folded out since does not count.
function plain(element) {
  const copy = element.cloneNode(true);
  for (const folded of copy.querySelectorAll('.why[open]')) folded.removeAttribute('open');
  return copy.outerHTML;
}

// Lines of the thread, by their ids: only what is new or different is exchanged.
function exchangeLines(thread, fresh) {
  const known = new Map([...thread.children].filter((line) => line.id).map((line) => [line.id, line]));
  const lines = [...fresh.children].map((line) => {
    const old = known.get(line.id);
    if (old && plain(old) === plain(line)) return old;
    if (old?.querySelector('.why[open]')) line.querySelector('.why')?.setAttribute('open', '');
    return line;
  });
  const same = lines.length === thread.children.length && lines.every((line, at) => line === thread.children[at]);
  if (!same) thread.replaceChildren(...lines);
  tell(lines.filter((line) => line.matches('.customer') && !known.has(line.id)));
}

// Reads out what the customer wrote while the page was open.
function tell(lines) {
  const words = lines.map((line) => line.querySelector('.said, .stand-in')?.textContent.trim()).filter(Boolean);
  if (words.length > 0) document.getElementById('news').textContent = `Customer: ${words.join('\n')}`;
}

async function refreshList() {
  const list = document.getElementById('part-list');
  const fresh = await fetched(list.dataset.from);
  if (!fresh) return;
  const folded = new Map([...list.querySelectorAll('details')].map((group) => [group.id, group.open]));
  const focused = list.contains(document.activeElement) ? document.activeElement.id : '';
  const top = list.scrollTop;
  list.replaceChildren(...fresh.body.childNodes);
  for (const group of list.querySelectorAll('details')) group.open = folded.get(group.id) ?? group.open;
  list.scrollTop = top;
  if (focused) document.getElementById(focused)?.focus();
}

async function refreshCase() {
  const open = document.getElementById('case');
  if (!open?.dataset.from) return;
  const fresh = await fetched(open.dataset.from);
  if (!fresh) return;
  document.getElementById('part-head').replaceWith(fresh.getElementById('part-head'));
  exchangeLines(document.getElementById('part-thread'), fresh.getElementById('part-thread'));
  document.getElementById('part-learned').replaceChildren(fresh.getElementById('learned-part').content);
  const [composer, next] = [document, fresh].map((page) => page.getElementById('part-composer'));
  const typing = composer.contains(document.activeElement) ? document.activeElement.name : null;
  const busy = composer.querySelector('[popover]:popover-open') || composer.querySelector('.refusal:not([hidden])');
  if (busy && composer.dataset.shut === next.dataset.shut && composer.dataset.over === next.dataset.over) return;
  const [text, from, to] = ['value', 'selectionStart', 'selectionEnd'].map((what) => composer.querySelector('textarea')?.[what]);
  const whom = composer.querySelector('[name="to"]:checked')?.value;
  composer.replaceWith(next);
  const area = next.querySelector('textarea');
  if (area && text) {
    area.value = text;
    const choice = [...next.querySelectorAll('[name="to"]')].find((radio) => radio.value === whom);
    if (choice) choice.checked = true;
  }
  if (area && typing === 'text') {
    area.focus();
    area.setSelectionRange(from, to);
  }
}

export async function refresh(withCase) {
  const room = document.querySelector('.room');
  if (!room) return;
  try {
    await Promise.all([refreshList(), withCase ? refreshCase() : null]);
  } catch {
    // The server is away; the stream says when it is back, and then everything is looked up again.
  }
}

// Unread marks: which message of whom was the last that this browser showed.
const KEPT = 'frontdesk:read';
const KEPT_MAX = 500;

export function read() {
  let seen = {};
  try { seen = JSON.parse(localStorage.getItem(KEPT) ?? '{}'); } catch { /* begins anew */ }
  for (const card of document.querySelectorAll('.case-card')) {
    const { contact, wrote } = card.dataset;
    if (card.classList.contains('here') && document.visibilityState === 'visible') seen[contact] = Number(wrote);
    const unread = Number(wrote) > (seen[contact] ?? 0);
    card.classList.toggle('unread', unread);
    card.querySelector('.new').hidden = !unread;
  }
  const kept = Object.entries(seen).sort((a, b) => b[1] - a[1]).slice(0, KEPT_MAX);
  try { localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(kept))); } catch { /* without marks, then */ }
}

document.addEventListener('visibilitychange', read);
