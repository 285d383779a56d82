/** What came into a room while nobody looked at its end, and the way back to there. */

import { part } from "../parts.js";

export class Unread {
  #root;
  #log;
  #jump;
  #onChange;
  #count = 0;

  /** `onChange` is called when `count` is another. */
  constructor(root, log, onChange) {
    this.#root = root;
    this.#log = log;
    this.#jump = part(root, "jump");
    this.#onChange = onChange;
    this.#jump.addEventListener("click", () => this.readAll());
  }

  /** How many messages have not been in view. */
  get count() {
    return this.#count;
  }

  /** A message has come, on this line. */
  add(line) {
    if (this.#isLookedAt) {
      return;
    }
    if (this.#count === 0) {
      this.#log.mark(line);
    }
    this.#set(this.#count + 1);
  }

  /** Somebody looks at the room now, or at another part of it. */
  look() {
    this.#set(this.#isLookedAt ? 0 : this.#count);
  }

  /** Go to the end, past all that is new. */
  readAll() {
    this.#log.scrollToEnd();
    this.look();
  }

  /** Nothing of what was counted is there any more. */
  forget() {
    this.#set(0);
  }

  get #isLookedAt() {
    const isInView = !this.#root.hidden && document.visibilityState === "visible";
    return isInView && this.#log.isFollowing;
  }

  #set(count) {
    const isNews = count !== this.#count;
    this.#count = count;
    this.#jump.hidden = this.#log.isFollowing;
    this.#jump.textContent = count === 0 ? "To the newest" :
      `${count} new message${count === 1 ? "" : "s"}`;
    if (isNews) {
      this.#onChange();
    }
  }
}
