/** The head of a room in words: how its connection is, and who is there. */

import { part } from "../parts.js";

export class RoomStatus {
  #parts;

  /** `onRetry` when somebody does not want to wait for the next attempt. */
  constructor(root, onRetry) {
    this.#parts = (name) => part(root, name);
    this.#parts("retry").addEventListener("click", onRetry);
  }

  connecting() {
    this.#state("connecting", "Connecting …");
  }

  connected(members) {
    this.#state("connected", "Connected");
    this.#say(here(members));
  }

  waiting(reason, milliseconds) {
    const seconds = Math.ceil(milliseconds / 1000);
    this.#state("waiting", `${reason} Next try in ${seconds} s.`);
    this.#say("");
  }

  /** Who came and who went, of those who are not called `ownName`. */
  presence({ members, joined, left }, ownName) {
    const isOther = (name) => name !== ownName;
    const changes = [
      ...joined.filter(isOther).map((name) => `${name} joined`),
      ...left.filter(isOther).map((name) => `${name} left`),
    ];
    this.#say([here(members), ...changes.slice(-2)].join(" · "));
  }

  #say(words) {
    this.#parts("presence").textContent = words;
  }

  #state(state, words) {
    this.#parts("state").dataset.state = state;
    this.#parts("state").textContent = words;
    this.#parts("retry").hidden = state !== "waiting";
  }
}

function here(members) {
  return members === 1 ? "Only you here" : `${members} here`;
}
