/**
 * What a client has to remember of a room; a client in any language needs no more.
 *
 * Nothing is lost, for it comes back with its cursor (`epoch`, `after`), and nothing is
 * doubled, for it sends with the same `ref` what was not acknowledged, and shows
 * nothing twice. See docs/contract.md, C-03 to C-07 and C-20 to C-25.
 *
 * No socket, no clock, no page: it is told what happens and says what that means.
 *
 * @typedef {object} Pending  one's own message that is not acknowledged yet
 * @property {string} ref  its id, for good
 * @property {string} text
 * @property {?number} sentAt  when it went over this connection, null if it did not
 * @property {number} times  how often it was sent
 * @property {?string} refusal  why the server will never take it
 */

const IN_FLIGHT = 20; // half of the burst that the apps' rate limit lets pass

export class Membership {
  #epoch = null;
  #seq = null; // of the last message seen; null before the first
  #pending = [];

  constructor(room, name) {
    this.room = room;
    this.name = name; // "" until the welcome gives a guest its name
  }

  /** What the handshake asks for: who, where, and whatever came after the cursor. */
  get query() {
    const query = new URLSearchParams({ room: this.room });
    if (this.name) {
      query.set("name", this.name);
    }
    if (this.#seq !== null) {
      query.set("epoch", this.#epoch);
      query.set("after", this.#seq);
    }
    return query;
  }

  /** The life of the journal that all seen messages are of; null before the welcome. */
  get epoch() {
    return this.#epoch;
  }

  /** @returns {readonly Pending[]} oldest first */
  get pending() {
    return this.#pending;
  }

  /** Whether the server owes an answer. A `ref` counts for one name, so it is kept. */
  get isBusy() {
    return this.#pending.some(({ refusal }) => !refusal);
  }

  /** Take the welcome. False: what was seen is of a log that is gone; come anew. */
  welcome({ name, epoch, seq, resumed }) {
    this.name = name;
    if (this.#seq !== null && !resumed) {
      this.#seq = null;
      return false;
    }
    this.#epoch = epoch;
    if (seq === 0) {
      this.#seq = 0; // an empty room: whatever comes is after this
    }
    return true;
  }

  /**
   * Take a message: whether it is new, whether it acknowledges a pending one, and for
   * how long that was on its way: null if it was sent twice, for nobody knows which.
   */
  take({ seq, name, ref }, now) {
    const pending = name === this.name ? this.find(ref) : undefined;
    if (pending) {
      this.remove(ref);
    }
    // One that was sent again may come back though it was seen before.
    const isNew = this.#seq === null || seq > this.#seq;
    if (isNew) {
      this.#seq = seq;
    }
    const took = pending?.times === 1 ? now - pending.sentAt : null;
    return { isNew, isAcknowledged: Boolean(pending), took };
  }

  /** Take the refusal of a message. True: it is sent again, after a while. */
  refuse({ code, detail, ref }) {
    const message = this.find(ref);
    if (message && (code === "rate_limited" || code === "unavailable")) {
      message.sentAt = null;
      return true;
    }
    if (message) {
      message.refusal = detail;
    }
    return false;
  }

  /** Keep a text until it is acknowledged. */
  add(text, ref) {
    this.#pending.push({ ref, text, sentAt: null, times: 0, refusal: null });
  }

  /** Those to be sent now, each of them marked as sent. */
  due(now) {
    const open = this.#pending.filter(({ refusal }) => !refusal);
    const due = open.slice(0, IN_FLIGHT).filter(({ sentAt }) => sentAt === null);
    for (const message of due) {
      message.sentAt = now;
      message.times += 1;
    }
    return due;
  }

  /** When the oldest message went that the server has not answered; else undefined. */
  get waitingSince() {
    const sent = this.#pending.filter(({ sentAt, refusal }) => sentAt && !refusal);
    return sent.length ? Math.min(...sent.map(({ sentAt }) => sentAt)) : undefined;
  }

  /** The connection ended: what it did not acknowledge must be sent again. */
  rewind() {
    for (const message of this.#pending) {
      message.sentAt = null;
    }
  }

  /** @returns {Pending | undefined} */
  find(ref) {
    return this.#pending.find((message) => message.ref === ref);
  }

  /** Take a message out: it is acknowledged, or its writer wants it back. */
  remove(ref) {
    this.#pending = this.#pending.filter((message) => message.ref !== ref);
  }
}
