/** Where a message is written: checked as the apps do, sent by Enter. */

import { complain, lengthOf, onSubmit } from "../parts.js";

const TEXT_LENGTH = 2_000;

export class Composer {
  #field;

  /** `onSend` gets a text that the apps will take. */
  constructor(form, onSend) {
    this.#field = form.elements.text;
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    onSubmit(form, () => this.#submit(onSend));
  }

  /** Put a text back, before whatever has been written since. */
  restore(text) {
    this.#field.value = [text, this.#field.value].filter(Boolean).join("\n");
    this.#field.focus();
  }

  #submit(onSend) {
    // A lone surrogate has no place in UTF-8.
    const text = this.#field.value.toWellFormed().trim();
    if (!text) {
      complain(this.#field, "Write something first.");
    } else if (lengthOf(text) > TEXT_LENGTH) {
      complain(this.#field, `A message has at most ${TEXT_LENGTH} characters.`);
    } else {
      this.#field.value = "";
      onSend(text);
    }
  }
}
