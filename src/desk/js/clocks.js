// Countdowns, by the clock of the server: in local mode it can be moved, and this machine's may be wrong.

// The groups of the list carry the server's time as of when they were made.
const made = new WeakMap();

function server() {
  const groups = document.querySelector('[data-now]');
  if (!groups) return null;
  if (!made.has(groups)) made.set(groups, Date.now());
  return { groups, passed: Date.now() - made.get(groups) };
}

function clock({ clock }, passed) {
  const [hours, minutes] = clock.split(':').map(Number);
  const total = hours * 60 + minutes + Math.floor(passed / 60000);
  return [total / 60 % 24, total % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
}

// The server says lengths of time likewise: `words::length`.
function length(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes < 2880 ? '1 day' : `${Math.floor(minutes / 1440)} days`;
}

export function tick() {
  const time = server();
  if (!time) return;
  const at = Number(time.groups.dataset.now) + time.passed;
  const shown = document.querySelector('.top .clock');
  if (shown) shown.textContent = clock(time.groups.dataset, time.passed);
  for (const time of document.querySelectorAll('.countdown')) {
    const due = Number(time.dataset.due);
    const tone = at >= due ? 'bad' : at >= Number(time.dataset.warn) ? 'caution' : 'good';
    const left = at < due ? `in ${length(due - at)}` : `${length(at - due)} late`;
    if (time.textContent !== left) time.textContent = left;
    if (!time.classList.contains(tone)) time.className = `countdown ${tone}`;
  }
}
