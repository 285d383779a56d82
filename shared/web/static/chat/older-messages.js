/** Older messages, which load when the start of the log comes into view. */

import { part } from "../parts.js";
import { pageBefore } from "./history.js";
import { messageLine } from "./lines.js";

export class OlderMessages {
  #parts;
  #app;
  #membership;
  #log;
  #isWhole = false; // the log begins where the room does
  #isLoading = false;
  #whenSeen;

  constructor(root, app, membership, log) {
    this.#parts = (name) => part(root, name);
    this.#app = app;
    this.#membership = membership;
    this.#log = log;
    this.#parts("load").addEventListener("click", () => this.#load());
    this.#whenSeen = new IntersectionObserver(([start]) => {
      if (start.isIntersecting) {
        this.#load();
      }
    }, { root: this.#parts("log"), rootMargin: "150px 0px 0px" });
  }

  /** The log has begun: load more as soon as its start is in view. */
  watch() {
    this.#log.sayIfEmpty();
    this.#isWhole = (this.#log.oldest ?? 1) === 1;
    this.#show();
    this.#lookOut();
  }

  #lookOut() {
    const start = this.#parts("start");
    this.#whenSeen.unobserve(start);
    if (!this.#isWhole) {
      this.#whenSeen.observe(start); // tells at once whether it is in view already
    }
  }

  async #load() {
    const before = this.#log.oldest;
    if (this.#isWhole || this.#isLoading || before === null) {
      return;
    }
    this.#isLoading = true;
    this.#parts("log").ariaBusy = "true";
    try {
      const { room, epoch } = this.#membership;
      const page = await pageBefore(this.#app, room, epoch, before);
      if (epoch === this.#membership.epoch && before === this.#log.oldest) {
        this.#add(page);
      }
      this.#lookOut();
    } catch (failure) {
      // Not again by itself: the button is there for that.
      this.#parts("load-failure").textContent = failure.message;
    } finally {
      this.#isLoading = false;
      this.#parts("log").ariaBusy = "false";
    }
  }

  #add({ messages, isStart }) {
    const { name } = this.#membership;
    const lines = messages.map((each) => messageLine(each, each.name === name, null));
    this.#log.prepend(lines);
    this.#isWhole = isStart;
    this.#show();
  }

  #show() {
    this.#parts("load").hidden = this.#isWhole;
    this.#parts("load-failure").textContent = "";
    this.#parts("beginning").hidden = !this.#isWhole;
  }
}
