// Countdowns, by the clock of the server: in local mode it can be moved, and this machine's may be wrong.

const START = Date.now();
const now = () => Number(document.body.dataset.now) + (Date.now() - START);

// The server says lengths of time likewise: `words::length`.
function length(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return 'under a minute';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes < 2880 ? '1 day' : `${Math.floor(minutes / 1440)} days`;
}

export function tick() {
  const at = now();
  for (const time of document.querySelectorAll('.countdown')) {
    const due = Number(time.dataset.due);
    const tone = at >= due ? 'bad' : at >= Number(time.dataset.warn) ? 'caution' : 'good';
    const left = at < due ? `in ${length(due - at)}` : `${length(at - due)} late`;
    if (time.textContent !== left) time.textContent = left;
    if (!time.classList.contains(tone)) time.className = `countdown ${tone}`;
  }
}
