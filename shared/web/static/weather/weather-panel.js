/** The weather of several cities at once, asked of every app, shown once. */

import { complain, milliseconds, onSubmit, part, say } from "../parts.js";
import { cityCard, problemCard } from "./city.js";

const CITIES = 20;

export class WeatherPanel {
  #root;
  #apps;
  #asking = new AbortController();

  constructor(root, apps) {
    this.#root = root;
    this.#apps = apps;
    onSubmit(this.#part("ask"), ({ cities }) => this.#submit(cities));
    this.#part("ask").requestSubmit();
  }

  #submit(field) {
    const cities = field.value.split(",").map((city) => city.trim()).filter(Boolean);
    if (!cities.length) {
      complain(field, "Name a city, or several with commas between them.");
    } else if (cities.length > CITIES) {
      complain(field, `At most ${CITIES} cities at once.`);
    } else {
      this.#ask(cities);
    }
  }

  async #ask(cities) {
    this.#asking.abort();
    const { signal } = this.#asking = new AbortController();
    this.#root.ariaBusy = "true";
    const query = new URLSearchParams(cities.map((city) => ["city", city]));
    const answers = await Promise.allSettled(
      this.#apps.map(async (app) => {
        await app.introduce(); // for what it answers is told under its name
        return app.ask(`/weather?${query}`, signal);
      }));
    if (!signal.aborted) { // else the next question is on its way
      this.#show(cities, answers);
      this.#root.ariaBusy = "false";
    }
  }

  #show(cities, answers) {
    const first = answers.find(({ status }) => status === "fulfilled");
    const results = first ? first.value.body.results : [];
    const cards = results.map((result, index) =>
      "place" in result ? cityCard(result) : problemCard(cities[index], result));
    this.#part("cities").replaceChildren(...cards);
    this.#part("attribution").textContent = creditOf(results);
    this.#part("timing").textContent = this.#words(answers, ({ name }, { value }) =>
      value && `${name} answered in ${milliseconds(value.took)}`);
    say(this.#part("weather-notice"), this.#words(answers, ({ name }, { reason }) =>
      reason && (this.#apps.length > 1 ? `${name}: ${reason.message}` : reason.message)));
  }

  #words(answers, describe) {
    const words = answers.map((answer, index) => describe(this.#apps[index], answer));
    return words.filter(Boolean).join(" · ");
  }

  #part(name) {
    return part(this.#root, name);
  }
}

/** Where the reports are from, and the credit that its licence asks for. */
function creditOf(results) {
  const report = results.find((result) => "place" in result);
  return report ? `Source: ${report.source}. ${report.attribution}.` : "";
}
