// Client of the sandbox's control API; every response is an object, errors included.

import { gettext } from "./language.js";

/** Returns the JSON of a GET; throws when the sandbox does not answer. */
export async function read(path) {
  const response = await fetch(path, { cache: "no-store" });
  if (!response.ok) throw Object.assign(new Error(`${path} answered ${response.status}`), { status: response.status });
  return response.json();
}

/** Returns `{ok: true, …}` or `{ok: false, error}`, in the reader's language; never throws. */
export async function send(path, body = {}, method = "POST") {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    return { ok: false, error: gettext("The sandbox does not answer. Is it still running?") };
  }
  try {
    const answer = await response.json();
    return response.ok ? { ok: true, ...answer } : { ok: false, error: problemOf(answer) ?? `HTTP ${response.status}` };
  } catch {
    return response.ok ? { ok: true } : { ok: false, error: `HTTP ${response.status}` };
  }
}

/** Calls `on(kind)` after each change of "slack", "store" or "clock", and `on("online" | "offline")`. */
export function listen(on) {
  const source = new EventSource("/sandbox/events");
  for (const kind of ["slack", "store", "clock"]) source.addEventListener(kind, () => on(kind));
  source.addEventListener("open", () => on("online"));
  source.addEventListener("error", () => {
    on("offline");
    // A browser never reconnects after an HTTP error, but the sandbox may have been restarted.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(on), 1000);
  });
}

/** Returns Slack's text for an error: a code is quoted in `message`, a sentence is shown as it is. */
export function failure(message, error, values = {}) {
  return /^[a-z0-9_]+$/.test(error) ? gettext(message, { ...values, code: error }) : error;
}

/** A sentence of the local Slack in the reader's language; the app's own is a string, and stays as it is. */
export function sentenceText(sentence) {
  return typeof sentence === "string" ? sentence : gettext(sentence.message, sentence.values);
}

function problemOf({ error, sentence }) {
  return sentence ? sentenceText(sentence) : error && gettext(error);
}

/** Loads the state once at a time; a change that arrives meanwhile causes another load. */
export function reader(take) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await take();
    } catch (error) {
      console.warn("The sandbox could not be read:", error.message);
    }
    running = false;
    if (again) {
      again = false;
      run();
    }
  };
}
