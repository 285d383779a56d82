/**
 * One conversation with one app, which outlives its sockets: it comes back with its
 * cursor, so that nothing is lost, and sends again with the same `ref` what was not
 * acknowledged, so that nothing is doubled. It touches no DOM; it tells its listener:
 *
 *   connecting(), connected(welcome), waiting(reason, seconds)
 *   cleared()                the messages so far are of another room, or of an old log
 *   message(message, took)   took: milliseconds, if it acknowledges one sent just once
 *   presence(frame), notice(text), outboxChanged()
 */

import { Outbox } from "./outbox.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const ACKNOWLEDGE_MS = 10_000; // the apps answer within their journal's 5 s
const RETRY_SECONDS = 1;

const CLOSE_REASONS = {
  1001: "The server is stopping.",
  1008: "The server closed: too many messages over its limit.",
  1009: "The server closed: a message was too large.",
  1011: "The server failed.",
  1012: "The server is restarting.",
  1013: "The connection was too slow.",
};

export class Conversation {
  #base;
  #identify;
  #listener;
  #outbox = new Outbox();
  #room;
  #name;
  #epoch = null;
  #seq = null; // of the last message seen; null before the first
  #socket = null;
  #isOpen = false;
  #attempt = 0;
  #failures = 0;
  #connectTimer;
  #pauseTimer = null;
  #acknowledgeTimer;

  /** `identify` resolves if the app answers at all, else it throws an Error. */
  constructor(base, identify, listener) {
    this.#base = base;
    this.#identify = identify;
    this.#listener = listener;
    // What looks open may be dead by now. No such haste when the network goes: an
    // app on this machine stays within reach.
    addEventListener("online", () => this.connect());
  }

  get outbox() {
    return this.#outbox;
  }

  get name() {
    return this.#name;
  }

  /** Enter a room. Not while the outbox is busy: a ref counts for one name and room. */
  join(room, name) {
    this.#room = room;
    this.#name = name;
    this.#forget();
    this.connect();
  }

  /** Connect now, in place of any connection there is. */
  async connect() {
    this.#hangUp();
    const attempt = this.#attempt;
    this.#listener.connecting();
    try {
      await this.#identify();
      if (attempt === this.#attempt) {
        this.#open();
      }
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#fail(error.message);
      }
    }
  }

  /** Send a text, or keep it until it can be sent. */
  send(text) {
    this.#outbox.add(text);
    this.#listener.outboxChanged();
    this.#flush();
  }

  /** Take a refused message out of the outbox. */
  takeBack(message) {
    this.#outbox.remove(message);
    this.#listener.outboxChanged();
  }

  #open() {
    const query = new URLSearchParams({ room: this.#room });
    if (this.#name) {
      query.set("name", this.#name);
    }
    if (this.#seq !== null) {
      query.set("epoch", this.#epoch);
      query.set("after", this.#seq);
    }
    const url = this.#base.replace(/^http/, "ws");
    const socket = new WebSocket(`${url}/chat?${query}`);
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#fail(this.#isOpen
      ? CLOSE_REASONS[code] ?? "The connection was lost."
      : "The server lets nobody in just now.");
    this.#socket = socket;
  }

  #hangUp() {
    this.#attempt += 1;
    this.#isOpen = false;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#acknowledgeTimer);
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = null;
    this.#outbox.rewind();
    if (this.#socket) {
      this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
  }

  #fail(reason) {
    this.#hangUp();
    // Full delays would bring all clients of a restarted server back at one moment.
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    const jittered = delay * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#connectTimer = setTimeout(() => this.connect(), jittered);
    this.#listener.waiting(reason, jittered / 1000);
  }

  #forget() {
    this.#seq = null;
    this.#listener.cleared();
  }

  #receive(frame) {
    if (frame.type === "welcome") {
      this.#welcome(frame);
    } else if (frame.type === "message") {
      this.#message(frame);
    } else if (frame.type === "presence") {
      this.#listener.presence(frame);
    } else if (frame.type === "error") {
      this.#refused(frame);
    }
  }

  #welcome(frame) {
    this.#name = frame.name; // a guest keeps its name, for a ref counts for one name
    if (this.#seq !== null && !frame.resumed) {
      this.#forget();
      this.#listener.notice("Messages may be missing: the log could not be resumed.");
      this.connect();
      return;
    }
    if (frame.seq === 0) {
      this.#seq = 0;
    }
    this.#epoch = frame.epoch;
    this.#isOpen = true;
    this.#failures = 0;
    this.#listener.connected(frame);
    this.#flush();
  }

  #message(message) {
    const sent = message.name === this.#name && this.#outbox.find(message.ref);
    if (sent) {
      this.#acknowledged(sent);
    }
    if (this.#seq === null || message.seq > this.#seq) {
      this.#seq = message.seq;
      const once = sent && sent.times === 1;
      this.#listener.message(message, once ? performance.now() - sent.sentAt : null);
    }
    this.#flush();
  }

  #refused({ code, detail, ref, retry_after_seconds: wait = RETRY_SECONDS }) {
    const message = this.#outbox.find(ref);
    if (message && (code === "rate_limited" || code === "unavailable")) {
      message.sentAt = null;
      this.#pause(wait);
      this.#listener.notice(`${detail} This happens by itself.`);
    } else {
      if (message) {
        message.refusal = detail;
      }
      this.#listener.notice(`The server refused a message: ${detail}`);
    }
    this.#listener.outboxChanged();
  }

  #acknowledged(message) {
    this.#outbox.remove(message);
    this.#listener.outboxChanged();
    if (!this.#outbox.messages.length) {
      this.#listener.notice("");
    }
  }

  #pause(seconds) {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => {
      this.#pauseTimer = null;
      this.#flush();
    }, seconds * 1000);
  }

  #flush() {
    if (!this.#isOpen || this.#pauseTimer !== null) {
      return;
    }
    const due = this.#outbox.take();
    for (const { text, ref } of due) {
      this.#socket.send(JSON.stringify({ text, ref }));
    }
    if (due.length) {
      this.#listener.outboxChanged();
    }
    clearTimeout(this.#acknowledgeTimer);
    if (this.#outbox.isBusy) {
      this.#acknowledgeTimer = setTimeout(
        () => this.#fail("The server did not answer in time."), ACKNOWLEDGE_MS);
    }
  }
}
