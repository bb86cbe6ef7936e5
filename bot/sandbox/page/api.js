// Talks to the sandbox's control API; every answer is an object, also when it is a refusal.

const SILENT = "The sandbox does not answer. Is it still running?";

/** The JSON of a GET; throws when the sandbox is gone. */
export async function read(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw Object.assign(new Error(`${path} answered ${response.status}`), { status: response.status });
  return response.json();
}

/** `{ok: true, …}` or `{ok: false, error}`; never throws for a sandbox that is gone or refuses. */
export async function send(path, body = {}, method = "POST") {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    return { ok: false, error: SILENT };
  }
  try {
    const answer = await response.json();
    return response.ok ? { ok: true, ...answer } : { ok: false, error: `HTTP ${response.status}`, ...answer };
  } catch {
    return response.ok ? { ok: true } : { ok: false, error: `HTTP ${response.status}` };
  }
}

/** Calls `on(kind)` after each change of "slack" or "store", and `on("online" | "offline")`. */
export function listen(on) {
  const source = new EventSource("/sandbox/events");
  for (const kind of ["slack", "store"]) source.addEventListener(kind, () => on(kind));
  source.addEventListener("open", () => on("online"));
  source.addEventListener("error", () => {
    on("offline");
    // A browser gives up for good after an HTTP error; a restarted sandbox deserves a new try.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(on), 1000);
  });
}

/** Slack's own words for a failure: codes are quoted, sentences stand for themselves. */
export function failure(what, error) {
  return /^[a-z0-9_]+$/.test(error) ? `${what} failed with the error “${error}”` : error;
}
