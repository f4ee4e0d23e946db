// Changes as they happen. Browsers allow few streams to one server, so the tabs of an agent share one: the tab that holds
// the lock listens and tells the others.

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('frontdesk') : null;

// What is open is looked up at once, what only moves in the lists after a moment: many changes are one look.
const AT_ONCE = 150;
const IN_A_MOMENT = 1000;
// After this long somebody who was refused asks again.
const REFUSED = 10000;

export function listen({ changed, alert, me, open: isOpen }) {
  let timer = null;
  let at = 0;
  let wanted = new Set();
  let looking = Promise.resolve();
  const look = () => {
    const contacts = wanted;
    [timer, wanted] = [null, new Set()];
    // One after the other, so that an older answer never replaces a newer one.
    looking = looking.then(() => changed(contacts)).catch((error) => console.error(error));
  };
  const soon = (contact) => {
    wanted.add(contact);
    const due = Date.now() + (contact === null || isOpen(contact) ? AT_ONCE : IN_A_MOMENT);
    if (timer !== null && due >= at) return;
    clearTimeout(timer);
    at = due;
    timer = setTimeout(look, due - Date.now());
  };
  const heard = ({ kind, data }) => {
    if (kind === 'changed') soon(data);
    if (kind === 'reload') soon(null);
    if (kind === 'alert') alert(JSON.parse(data));
  };
  const open = () => {
    const stream = new EventSource('/desk/live');
    // A browser gives up where it is refused: signed out, or a store in trouble. A look says which.
    stream.addEventListener('error', () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      soon(null);
      setTimeout(open, REFUSED);
    });
    for (const kind of ['hello', 'changed', 'reload', 'alert']) {
      stream.addEventListener(kind, ({ data }) => {
        // After a break, whatever happened meanwhile is looked up.
        const message = { kind: kind === 'hello' ? 'reload' : kind, data };
        heard(message);
        channel?.postMessage({ me, ...message });
      });
    }
  };
  if (!channel || !navigator.locks) return open();
  channel.addEventListener('message', ({ data }) => { if (data.me === me) heard(data); });
  navigator.locks.request('frontdesk-live', () => { open(); return new Promise(() => {}); });
}
