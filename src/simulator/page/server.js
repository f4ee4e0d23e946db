// Talks to the server: asks, tells, and listens to what changes.

const API = "/simulator/api";
const AGAIN_AFTER = 2000;

/// Asks for something, or with a `body` tells the server to do something. Fails with a sentence.
export async function ask(path, body) {
  const post = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(API + path, post);
  } catch {
    throw new Error("The server cannot be reached; nothing was done.");
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok || data === null) {
    const elsewhere = answer.redirected || data === null && answer.ok;
    throw new Error(sentence(data) ?? (elsewhere ? "You are signed out; load the page again." : `The server answered ${answer.status}.`));
  }
  return data;
}

const sentence = (data) => data?.error && data.error[0].toUpperCase() + data.error.slice(1);

/// Calls `changed({contact, now})` for each change and `again()` whenever everything should be loaded anew: at the start,
/// after the server was away, and when the page was too slow. `away(true)` while the server is away.
export function listen({ changed, again, away }) {
  const source = new EventSource(`${API}/live`);
  source.addEventListener("hello", () => { away(false); again(); });
  source.addEventListener("reload", again);
  source.addEventListener("changed", (event) => changed(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    away(true);
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => listen({ changed, again, away }), AGAIN_AFTER);
    }
  });
}

/// An id for a message, so that sending it twice changes nothing.
export const messageId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
