// The time in the sandbox, which may be ahead of the real one.

let ahead = 0;

/** Sets by how many seconds the sandbox's clock is ahead. */
export function setAhead(seconds) {
  ahead = seconds * 1000;
}

/** The time now, as a Date. */
export function now() {
  return new Date(Date.now() + ahead);
}
