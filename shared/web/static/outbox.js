/** Messages on their way: kept until the server's own broadcast acknowledges them. */

const IN_FLIGHT = 20; // half of the burst that the apps' rate limit lets pass

export class Outbox {
  #messages = [];

  /** All messages not yet acknowledged, oldest first. */
  get messages() {
    return this.#messages;
  }

  /** Whether something waits for the server. */
  get isBusy() {
    return this.#messages.some(({ refusal }) => !refusal);
  }

  /** Take in a new text. */
  add(text) {
    const ref = newRef();
    this.#messages.push({ ref, text, sentAt: null, times: 0, refusal: null });
  }

  /** Those to be sent now. Each is marked as sent. */
  take() {
    const open = this.#messages.filter(({ refusal }) => !refusal);
    const due = open.slice(0, IN_FLIGHT).filter(({ sentAt }) => sentAt === null);
    for (const message of due) {
      message.sentAt = performance.now();
      message.times += 1;
    }
    return due;
  }

  /** The message of this ref, or undefined. */
  find(ref) {
    return this.#messages.find((message) => message.ref === ref);
  }

  /** Take a message out: it is acknowledged, or its writer wants it back. */
  remove(message) {
    this.#messages = this.#messages.filter((other) => other !== message);
  }

  /** A connection ended: what it did not acknowledge must be sent again. */
  rewind() {
    for (const message of this.#messages) {
      message.sentAt = null;
    }
  }
}

/** 128 random bits; crypto.randomUUID() is for pages of secure origins only. */
function newRef() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
