/** The weather of one city as a card, or in words why there is none. */

import { fromTemplate, make, part } from "../parts.js";
import { drawIcon } from "./icon.js";

const WINDS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];

/** The card of a report. */
export function cityCard(report) {
  const card = fromTemplate("city");
  const texts = {
    "place": placeOf(report.place),
    "observed": report.observed_at.slice(11, 16),
    "temperature": measured(report.temperature_c, "°C", 1),
    "condition": report.condition.text,
    "feels-like": measured(report.feels_like_c, "°C", 1),
    "humidity": measured(report.humidity_percent, "%"),
    "wind": windOf(report),
    "precipitation": measured(report.precipitation_mm, "mm", 1),
  };
  for (const [name, text] of Object.entries(texts)) {
    part(card, name).textContent = text;
  }
  drawIcon(part(card, "icon"), report.condition.code, report.is_day);
  part(card, "stale").hidden = !report.stale;
  return card;
}

/** The card of a problem (RFC 9457) with a city. */
export function problemCard(city, { detail }) {
  const card = make("li", "city problem");
  card.append(make("h3", "place", city), make("p", "", detail));
  return card;
}

function measured(value, unit, digits = 0) {
  if (value === null) {
    return "not measured";
  }
  return `${value.toFixed(digits).replace("-", "\u2212")}\u00a0${unit}`;
}

function windOf({ wind_speed_kmh: speed, wind_direction_deg: degrees }) {
  const from = degrees === null ? "" : ` ${WINDS[Math.round(degrees / 45) % 8]}`;
  return measured(speed, "km/h") + from;
}

function placeOf({ name, country_code: country }) {
  return [name, country].filter(Boolean).join(", ");
}
