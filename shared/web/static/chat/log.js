/** The lines of a room, scrolled: it follows its end, unless somebody reads further up. */

import { make, part } from "../parts.js";

const SHOWN = 500; // lines that stay on the page while it follows the end
const NEAR_PX = 40;

export class Log {
  #scroller;
  #older; // apart from the new ones, which a screen reader reads out
  #newer;
  #empty;
  #isFollowing = true;
  #isScrollPlanned = false;

  /** `onMove` is called when it leaves its end or comes back to it. */
  constructor(root, onMove) {
    this.#scroller = part(root, "log");
    this.#older = part(root, "older");
    this.#newer = part(root, "messages");
    this.#empty = part(root, "empty");
    this.#scroller.addEventListener("scroll", () => this.#noteScroll(onMove));
    new ResizeObserver(() => this.keepEnd()).observe(this.#scroller);
  }

  /** Whether its end is in view and stays there. */
  get isFollowing() {
    return this.#isFollowing;
  }

  /** The seq of the first line, or null. */
  get oldest() {
    const first = this.#older.firstElementChild ?? this.#newer.firstElementChild;
    return first ? Number(first.dataset.seq) : null;
  }

  /** Add a line at the end; a past one is not read out. */
  append(line, isPast) {
    this.#empty.hidden = true;
    (isPast ? this.#older : this.#newer).append(line);
    if (this.#isFollowing) {
      this.#trim();
      this.keepEnd();
    }
  }

  /** Add lines at the start, while what is being read stays where it is. */
  prepend(lines) {
    const { scrollTop, scrollHeight } = this.#scroller;
    this.#older.prepend(...lines);
    this.#scroller.scrollTop = scrollTop + this.#scroller.scrollHeight - scrollHeight;
  }

  /** Mark a line, and no other, as the first that was not read at once. */
  mark(line) {
    const marked = this.#scroller.querySelector(".first-unread");
    marked?.classList.remove("first-unread");
    marked?.firstElementChild.remove();
    line.classList.add("first-unread");
    line.prepend(make("p", "unread-mark", "New"));
  }

  /** Say that there is nothing, as long as that is so. */
  sayIfEmpty() {
    this.#empty.hidden = this.oldest !== null;
  }

  /** Take all lines away. */
  clear() {
    this.#older.replaceChildren();
    this.#newer.replaceChildren();
    this.#isFollowing = true;
  }

  /** Keep the end in view, if it was, after something grew or shrank. */
  keepEnd() {
    if (this.#isFollowing && !this.#isScrollPlanned) {
      // Once for all lines of a moment: to scroll is to lay them out.
      this.#isScrollPlanned = true;
      requestAnimationFrame(() => {
        this.#isScrollPlanned = false;
        if (this.#isFollowing) {
          this.scrollToEnd();
        }
      });
    }
  }

  /** Show the end, and follow it. */
  scrollToEnd() {
    this.#isFollowing = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #noteScroll(onMove) {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    // Lines that came since the last frame are no reason to stop following.
    if (isAtEnd !== this.#isFollowing && !this.#isScrollPlanned) {
      this.#isFollowing = isAtEnd;
      onMove();
    }
  }

  #trim() {
    const count = this.#older.childElementCount + this.#newer.childElementCount;
    if (count > SHOWN) {
      (this.#older.firstElementChild ?? this.#newer.firstElementChild).remove();
    }
  }
}
