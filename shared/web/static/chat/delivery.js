/** Sends what is pending over the socket that is open, as fast as the app takes it. */

const ACKNOWLEDGE_MS = 10_000; // the apps answer within their journal's 5 s
const RETRY_SECONDS = 1;

export class Delivery {
  #membership;
  #listener;
  #onSilence;
  #socket = null;
  #pauseTimer = null;
  #silenceTimer;

  /** `onSilence` is called if a message is not answered in time. */
  constructor(membership, listener, onSilence) {
    this.#membership = membership;
    this.#listener = listener;
    this.#onSilence = onSilence;
  }

  /** This socket takes messages now. */
  begin(socket) {
    this.#socket = socket;
    this.flush();
  }

  /** There is no socket: what was sent and not acknowledged is to be sent again. */
  end() {
    this.#socket = null;
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = null;
    this.#membership.rewind();
  }

  /** Send what is due, unless it must wait. */
  flush() {
    if (!this.#socket || this.#pauseTimer !== null) {
      return;
    }
    const due = this.#membership.due(performance.now());
    for (const { text, ref } of due) {
      this.#socket.send(JSON.stringify({ text, ref }));
    }
    if (due.length) {
      this.#listener.pendingChanged();
    }
    this.#expectAnswer();
  }

  /** The app refused a message, for now or for good. */
  refused({ retry_after_seconds: wait = RETRY_SECONDS, ...frame }) {
    if (this.#membership.refuse(frame)) {
      this.#pause(wait);
      this.#listener.notice(`${frame.detail} This happens by itself.`);
    } else {
      this.#listener.notice(`The server refused a message: ${frame.detail}`);
    }
    this.#listener.pendingChanged();
  }

  #pause(seconds) {
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => {
      this.#pauseTimer = null;
      this.flush();
    }, seconds * 1000);
  }

  #expectAnswer() {
    clearTimeout(this.#silenceTimer);
    const since = this.#membership.waitingSince;
    if (since !== undefined) {
      const left = since + ACKNOWLEDGE_MS - performance.now();
      this.#silenceTimer = setTimeout(this.#onSilence, left);
    }
  }
}
