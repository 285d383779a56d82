/**
 * A membership kept alive over sockets that come and go. It touches no DOM; it tells
 * its listener:
 *
 *   connecting(), connected(welcome), waiting(reason, milliseconds)
 *   cleared()                the messages so far are of a log that is gone
 *   message(message, took)   a new one; how long it took if it is one's own, or null
 *   acknowledged(took)       one's own is durable, and nothing to wait for any more
 *   presence(frame), notice(text), pendingChanged()
 */

import { delayAfter } from "./backoff.js";
import { Delivery } from "./delivery.js";
import { whyClosed, whyRefused } from "./reasons.js";

export class Connection {
  #app;
  #membership;
  #listener;
  #delivery;
  #socket = null;
  #attempt = 0;
  #failures = 0;
  #timer;
  #ended = new AbortController();

  constructor(app, membership, listener) {
    this.#app = app;
    this.#membership = membership;
    this.#listener = listener;
    this.#delivery = new Delivery(membership, listener, () =>
      this.#fail(this.#attempt, "The server did not answer in time."));
    // What looks open may be dead by now. No such haste when the network goes: an
    // app on this machine stays within reach.
    addEventListener("online", () => this.connect(), { signal: this.#ended.signal });
  }

  /** Connect now, in place of any connection there is. */
  async connect() {
    this.#hangUp();
    const attempt = this.#attempt;
    this.#listener.connecting();
    try {
      await this.#app.identify();
      if (attempt === this.#attempt) {
        this.#open(attempt);
      }
    } catch (failure) {
      this.#fail(attempt, failure.message);
    }
  }

  /** Send what is pending, as soon as that is possible. */
  flush() {
    this.#delivery.flush();
  }

  /** Leave, for good. */
  end() {
    this.#hangUp();
    this.#ended.abort();
  }

  #open(attempt) {
    const socket = this.#app.connect(this.#membership.query);
    let isIn = false;
    socket.onmessage = ({ data }) => {
      isIn = true;
      this.#receive(JSON.parse(data));
    };
    socket.onclose = async (end) => {
      const { room } = this.#membership;
      const reason = isIn ? whyClosed(end) : await whyRefused(this.#app, room);
      this.#fail(attempt, reason);
    };
    this.#socket = socket;
  }

  #hangUp() {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#delivery.end();
    if (this.#socket) {
      this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
  }

  #fail(attempt, reason) {
    if (attempt !== this.#attempt) {
      return; // another attempt is under way
    }
    this.#hangUp();
    const delay = delayAfter(this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.connect(), delay);
    this.#listener.waiting(reason, delay);
  }

  #receive(frame) {
    if (frame.type === "welcome") {
      this.#welcome(frame);
    } else if (frame.type === "message") {
      this.#message(frame);
    } else if (frame.type === "presence") {
      this.#listener.presence(frame);
    } else if (frame.type === "error") {
      this.#delivery.refused(frame);
    }
  }

  #welcome(frame) {
    if (!this.#membership.welcome(frame)) {
      this.#listener.cleared();
      this.#listener.notice("Messages may be missing: the log could not be resumed.");
      this.connect();
      return;
    }
    this.#failures = 0;
    this.#listener.connected(frame);
    this.#delivery.begin(this.#socket);
  }

  #message(message) {
    const now = performance.now();
    const { isNew, isAcknowledged, took } = this.#membership.take(message, now);
    if (isAcknowledged) {
      this.#listener.acknowledged(took);
    }
    if (isNew) {
      this.#listener.message(message, took);
    }
    this.#delivery.flush();
  }
}
