// Changes as they happen. Browsers allow few streams to one server, so the tabs of an agent share one: the tab that holds
// the lock listens and tells the others.

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('frontdesk') : null;

export function listen({ changed, alert, me }) {
  let timer = null;
  let wanted = new Set();
  // Many changes at once are one look.
  const soon = (contact) => {
    wanted.add(contact);
    timer ??= setTimeout(async () => {
      const all = [...wanted];
      wanted = new Set();
      await Promise.all([...new Set(all)].slice(0, 1).map(() => changed(all.length === 1 ? all[0] : null)));
      timer = null;
      if (wanted.size > 0) soon(wanted.values().next().value);
    }, 250);
  };
  const heard = ({ kind, data }) => {
    if (kind === 'changed') soon(data);
    if (kind === 'reload') soon(null);
    if (kind === 'alert') alert(JSON.parse(data));
  };
  const open = () => {
    const stream = new EventSource('/desk/live');
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
