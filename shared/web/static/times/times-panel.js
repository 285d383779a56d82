/** The round trips of all apps: asked regularly, drawn as a plot, told in a table. */

import { fromTemplate, milliseconds, part } from "../parts.js";
import { drawPlot } from "./plot.js";

const EVERY_MS = 2_000;

export class TimesPanel {
  #root;
  #apps;
  #rows;

  constructor(root, apps) {
    this.#root = root;
    this.#apps = apps;
    this.#rows = apps.map((app, index) => this.#addRow(app, index));
    new ResizeObserver(() => this.#show()).observe(part(root, "plot"));
    apps.forEach((app, index) => {
      // In turn, so that they do not wait for each other on one core.
      setTimeout(() => this.#probe(app), (index * EVERY_MS) / apps.length);
    });
  }

  /** Ask an app, and again after a while: for a page in view, all the time. */
  async #probe(app) {
    if (document.visibilityState === "visible") {
      try {
        app.times.add("request", (await app.ask("/healthz")).took);
      } catch {
        app.times.add("request", null); // the column says why
      }
      this.#show();
    }
    setTimeout(() => this.#probe(app), EVERY_MS);
  }

  #addRow(app, index) {
    const row = fromTemplate("times-row");
    part(row, "sample").classList.add(`series-${index % 2}`);
    part(this.#root, "rows").append(row);
    return row;
  }

  #show() {
    this.#apps.forEach(({ name, framework, times }, index) => {
      const row = this.#rows[index];
      const request = times.summary("request");
      const message = times.summary("message");
      row.dataset.framework = framework;
      part(row, "app").textContent = name;
      part(row, "request-last").textContent = inWords(request.last);
      part(row, "request-median").textContent = inWords(request.median);
      part(row, "message-last").textContent = inWords(message.last);
      part(row, "message-median").textContent = inWords(message.median);
    });
    drawPlot(part(this.#root, "plot"), this.#apps);
  }
}

function inWords(took) {
  return took === null ? "–" : milliseconds(took);
}
