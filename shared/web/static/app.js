/** One app that the page talks to: where it is, which it is, and how to ask it. */

import { ask } from "./http.js";
import { RoundTrips } from "./times/round-trips.js";

const NAMES = { quart: "Quart", fastapi: "FastAPI" };

/** Tells by events: `identified` once it is known, `unauthorized` if it says 401. */
export class App extends EventTarget {
  #identifying = null;

  /** @param {string} base its URL, @param {string} token who may come in, or "" */
  constructor(base, token) {
    super();
    this.base = base;
    this.host = new URL(base).host;
    this.token = token;
    this.framework = "";
    this.version = "";
    this.times = new RoundTrips();
  }

  /** What to call it: by its host until it has said what it is. */
  get name() {
    return NAMES[this.framework] ?? (this.framework || this.host);
  }

  /** Ask which it is. Throws a Failure if it does not answer. */
  identify() {
    // All rooms of a column ask at once when the server is back.
    this.#identifying ??= this.#identify().finally(() => (this.#identifying = null));
    return this.#identifying;
  }

  /** Ask which it is, unless it has said so. Throws a Failure if it does not answer. */
  async introduce() {
    if (!this.framework) {
      await this.identify();
    }
  }

  /** GET a path: {body, headers, took}. Throws a Failure, in words. */
  async ask(path, signal) {
    try {
      return await ask(this.base + path, { token: this.token, signal });
    } catch (failure) {
      if (failure.status === 401) {
        this.dispatchEvent(new Event("unauthorized"));
      }
      throw failure;
    }
  }

  /** A socket into a room, which is still connecting. */
  connect(query) {
    const url = `${this.base.replace(/^http/, "ws")}/chat?${query}`;
    // A browser's handshake takes no headers of ours, but it takes subprotocols.
    return this.token
      ? new WebSocket(url, ["tandem.v1", `bearer.${this.token}`])
      : new WebSocket(url);
  }

  async #identify() {
    const { framework, version } = (await this.ask("/healthz")).body;
    const isNews = framework !== this.framework || version !== this.version;
    Object.assign(this, { framework, version });
    if (isNews) {
      this.dispatchEvent(new Event("identified"));
    }
  }
}
