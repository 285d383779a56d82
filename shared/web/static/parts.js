/** Small helpers for the parts of the page. Text goes in as text, never as HTML. */

/** A copy of the element in the template of this id. */
export function fromTemplate(id) {
  return document.getElementById(id).content.cloneNode(true).firstElementChild;
}

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

/** Handle a form in place of the browser; what was complained of may be mended. */
export function onSubmit(form, handle) {
  form.addEventListener("input", ({ target }) => target.setCustomValidity(""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    handle(form.elements);
  });
}

/** Tell in words, at the field, what is wrong with what is in it. */
export function complain(field, text) {
  field.setCustomValidity(text);
  field.reportValidity();
}

/** A span of milliseconds as text, as fine as is worth reading. */
export function milliseconds(span) {
  if (span >= 1000) {
    return `${(span / 1000).toFixed(1)} s`;
  }
  return `${span < 10 ? span.toFixed(1) : Math.round(span)} ms`;
}

/** How many characters a text has: code points, as the apps count them. */
export function lengthOf(text) {
  return [...text].length;
}
