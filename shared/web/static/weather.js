/** The weather of a column: a city's report, or in words why there is none. */

import { ask } from "./ask.js";
import { milliseconds, part, say } from "./parts.js";

// WMO codes; see shared/weather/report.py for their words.
const ICONS = {
  2: "cloud-sun",
  3: "cloud",
  45: "fog", 48: "fog",
  51: "drizzle", 53: "drizzle", 55: "drizzle",
  56: "sleet", 57: "sleet",
  61: "rain", 63: "rain", 65: "rain",
  66: "sleet", 67: "sleet",
  71: "snow", 73: "snow", 75: "snow", 77: "snow",
  80: "rain", 81: "rain", 82: "rain",
  85: "snow", 86: "snow",
  95: "thunder", 96: "thunder", 99: "thunder",
};
const AT_NIGHT = { "sun": "moon", "cloud-sun": "cloud-moon" };
const WINDS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

export class Weather {
  #app;
  #parts;
  #asking = new AbortController();

  constructor(root, app) {
    this.#app = app;
    this.#parts = (name) => part(root, name);
    const form = this.#parts("ask");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask(form.elements.city.value.trim());
    });
    app.isKnown.then(() => form.requestSubmit());
  }

  async #ask(city) {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#parts("weather").ariaBusy = "true";
    try {
      const path = `/weather/${encodeURIComponent(city)}`;
      const answer = await ask(this.#app.base, path, signal);
      this.#show(answer);
    } catch (error) {
      if (signal.aborted) {
        return; // the next question is on its way
      }
      this.#parts("report").hidden = true;
      this.#parts("weather-timing").textContent = "\u00a0";
      say(this.#parts("weather-notice"), error.message);
    }
    this.#parts("weather").ariaBusy = "false";
  }

  #show({ body: report, headers, took }) {
    const texts = {
      "temperature": measured(report.temperature_c, "°C", 1),
      "condition": report.condition.text,
      "place": placeOf(report.place),
      "observed": `local time ${report.observed_at.slice(11, 16)}`,
      "feels-like": measured(report.feels_like_c, "°C", 1),
      "humidity": measured(report.humidity_percent, "%"),
      "wind": windOf(report),
      "precipitation": measured(report.precipitation_mm, "mm", 1),
      "attribution": `Source: ${report.source}. ${report.attribution}`,
    };
    for (const [name, text] of Object.entries(texts)) {
      this.#parts(name).textContent = text;
    }
    this.#parts("icon").setAttribute("href", `#icon-${iconOf(report)}`);
    this.#parts("stale").hidden = !report.stale;
    this.#parts("report").hidden = false;
    say(this.#parts("weather-notice"), "");
    const age = headers.get("Age");
    this.#parts("weather-timing").textContent =
      `${this.#app.name} answered in ${milliseconds(took)}` +
      (Number(age) > 0 ? `, with a report ${age} s old.` : ".");
  }
}

function measured(value, unit, digits = 0) {
  if (value === null) {
    return "not measured";
  }
  return `${value.toFixed(digits).replace("-", "\u2212")} ${unit}`;
}

function windOf({ wind_speed_kmh: speed, wind_direction_deg: degrees }) {
  const from = degrees === null ? "" : ` from ${WINDS[Math.round(degrees / 45) % 8]}`;
  return measured(speed, "km/h") + from;
}

function placeOf({ name, admin1, country_code: country }) {
  return [name, admin1 === name ? null : admin1, country].filter(Boolean).join(", ");
}

function iconOf({ condition: { code }, is_day: isDay }) {
  if (code === null) {
    return "unknown";
  }
  const icon = ICONS[code] ?? (code < 2 ? "sun" : "unknown");
  return isDay === false ? AT_NIGHT[icon] ?? icon : icon;
}
