// The locale of the chosen person, in which Slack writes dates and times.

let current;

/** Sets the locale, such as de-DE; returns whether it is another one than before. */
export function setLocale(next) {
  const changed = next !== current;
  current = next;
  return changed;
}

/** The locale of the chosen person, for Intl. */
export function locale() {
  return current;
}
