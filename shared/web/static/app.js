/** The page: one column for each app that it was told of. */

import { ask } from "./ask.js";
import { Chat } from "./chat.js";
import { part } from "./parts.js";
import { Weather } from "./weather.js";

const NAMES = { quart: "Quart", fastapi: "FastAPI" };

/** What a column knows of its app, once it has answered. */
class App {
  #root;
  #known;

  constructor(root, base) {
    /** Resolves when the app has answered for the first time. */
    this.isKnown = new Promise((resolve) => (this.#known = resolve));
    this.#root = root;
    this.base = base;
    this.#call(new URL(base).host);
    const links = { base: "/", docs: "/docs", asyncapi: "/asyncapi.json" };
    for (const [name, path] of Object.entries(links)) {
      part(root, name).href = base + path;
    }
    part(root, "base").textContent = new URL(base).host;
  }

  /** Ask the app which it is, and show it. Throws an Error if it does not answer. */
  async identify() {
    const { framework, version } = (await ask(this.base, "/healthz")).body;
    this.#call(NAMES[framework] ?? framework);
    this.#root.dataset.framework = framework;
    part(this.#root, "version").textContent = version;
    this.#known();
  }

  #call(name) {
    this.name = name;
    this.#root.ariaLabel = name;
    part(this.#root, "framework").textContent = name;
  }
}

function addColumn(base) {
  const template = document.getElementById("column").content;
  const root = template.cloneNode(true).firstElementChild;
  const app = new App(root, base);
  document.getElementById("columns").append(root);
  new Chat(root, app);
  new Weather(root, app);
}

const given = document.querySelector("meta[name=tandem-columns]").content;
const bases = given.split(" ").filter(Boolean);
for (const base of bases.length ? bases : [location.origin]) {
  addColumn(base);
}
