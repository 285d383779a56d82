/** Small helpers for the parts of a column. Text goes in as text, never as HTML. */

/** The element of `root` that index.html marks with `data-part="name"`. */
export function part(root, name) {
  return root.querySelector(`[data-part="${name}"]`);
}

/** Show `text` in an element that is hidden while there is none. */
export function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

/** A new element with a class and a text. */
export function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** A span of milliseconds in words, as fine as is worth reading. */
export function milliseconds(span) {
  return `${span < 10 ? span.toFixed(1) : Math.round(span)} ms`;
}

/** How many characters a text has: code points, as the apps count them. */
export function lengthOf(text) {
  return [...text].length;
}
