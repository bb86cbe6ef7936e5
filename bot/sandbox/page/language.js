// The language of the chosen person: the page's own words in it, and how it writes dates and numbers.

/** Languages with a dictionary, `<language>.json`: each English message with its translation. */
const TRANSLATED = ["fr", "de", "ru", "zh"];
const LETTER = /\p{L}/u;
const fixed = fixedMessages();
let current;
let dictionary = {};

/** Sets the locale, such as de-DE; returns whether it is another one than before. */
export async function setLocale(next) {
  if (next === current) return false;
  const { language } = new Intl.Locale(next);
  const translated = TRANSLATED.includes(language);
  const found = translated ? await (await fetch(`/page/${language}.json`)).json() : {};
  current = next;
  dictionary = found;
  document.documentElement.lang = translated ? language : "en";
  for (const { message, write } of fixed) write(gettext(message));
  return true;
}

/** The locale of the chosen person, for Intl. */
export function locale() {
  return current;
}

/** Translates a message, then puts the values in place of its `{names}`. */
export function gettext(message, values = {}) {
  const text = Object.hasOwn(dictionary, message) ? dictionary[message] : message;
  return text.replace(/\{([a-z_]+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** Marks a message of a table for the dictionaries; it is translated when it is drawn. */
export function N_(message) {
  return message;
}

/** The messages of index.html: texts, names for screen readers, and tooltips. */
function fixedMessages() {
  const isMessage = (text, node) => LETTER.test(text) && !node.closest("script, noscript, [translate=no]");
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const { data } = node;
    const message = data.trim();
    if (isMessage(message, node.parentElement)) found.push({ message, write: (text) => { node.data = data.replace(message, () => text); } });
  }
  for (const name of ["aria-label", "title"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) {
      const message = node.getAttribute(name);
      if (isMessage(message, node)) found.push({ message, write: (text) => node.setAttribute(name, text) });
    }
  }
  return found;
}
