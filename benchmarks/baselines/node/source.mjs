// The weather source, asked with fetch: what it answers is checked before it is used.

const MiB = 1 << 20;
const ENV = process.env;
const GEOCODING = ENV.TANDEM_GEOCODING_URL ?? "https://geocoding-api.open-meteo.com/v1/search";
const FORECAST = ENV.TANDEM_FORECAST_URL ?? "https://api.open-meteo.com/v1/forecast";
const DEADLINE_MS = 1000 * Number(ENV.TANDEM_WEATHER_DEADLINE_SECONDS ?? 5);
const MEASURED = {
  temperature_2m: "temperature_c",
  apparent_temperature: "feels_like_c",
  relative_humidity_2m: "humidity_percent",
  precipitation: "precipitation_mm",
  wind_speed_10m: "wind_speed_kmh",
  wind_direction_10m: "wind_direction_deg",
};
const ASKED = [...Object.keys(MEASURED), "is_day", "weather_code"].join();
const TEXTS = { 0: "clear", 1: "mainly clear", 2: "partly cloudy", 3: "overcast", 77: "snow grains" };
for (const [codes, text] of [
  [[45, 48], "fog"],
  [[51, 53, 55], "drizzle"],
  [[56, 57], "freezing drizzle"],
  [[61, 63, 65], "rain"],
  [[66, 67], "freezing rain"],
  [[71, 73, 75], "snow"],
  [[80, 81, 82], "rain showers"],
  [[85, 86], "snow showers"],
  [[95], "thunderstorm"],
  [[96, 99], "thunderstorm with hail"],
])
  for (const code of codes) TEXTS[code] = text;

export class Failure extends Error {
  constructor(status, slug, detail, more = {}) {
    super(detail);
    Object.assign(this, { status, slug, more });
  }
}

const broken = () => new Failure(502, "upstream-broken", "The weather source failed.");
const isText = (value) => typeof value === "string";
const isNumber = (value) => typeof value === "number";

function check(holds) {
  if (!holds) throw broken();
}

export async function lookUp(city, country) {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const place = await geocode(city, country, signal);
    return reportOf(place, await forecast(place, signal));
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (signal.aborted)
      throw new Failure(504, "upstream-timeout", "The weather source took too long.");
    throw broken();
  }
}

async function geocode(name, country, signal) {
  const query = { name, count: "1", language: "en", format: "json" };
  if (country) query.countryCode = country;
  const { error, results } = await ask(GEOCODING, query, signal);
  check(!error && (results === undefined || Array.isArray(results)));
  if (!results?.length) throw new Failure(404, "unknown-city", "No such city is known.");
  const { latitude = 0, longitude = 0, country_code = null, admin1 = null } = results[0];
  check(isText(results[0].name) && isNumber(latitude) && isNumber(longitude));
  check([country_code, admin1].every((each) => each === null || isText(each)));
  return { name: results[0].name, country_code, admin1, latitude, longitude };
}

async function forecast({ latitude, longitude }, signal) {
  const query = { latitude, longitude, current: ASKED, timezone: "auto" };
  const found = await ask(FORECAST, query, signal);
  check(isText(found.timezone) && Number.isInteger(found.utc_offset_seconds));
  check(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(found.current?.time));
  for (const name of ASKED.split(","))
    check(found.current[name] === null || isNumber(found.current[name]));
  return found;
}

function reportOf(place, { timezone, utc_offset_seconds: offset, current }) {
  const code = current.weather_code;
  const minutes = Math.abs(offset / 60);
  const digits = (number) => String(Math.trunc(number)).padStart(2, "0");
  const zone = (offset < 0 ? "-" : "+") + digits(minutes / 60) + ":" + digits(minutes % 60);
  const text = code === null ? "unknown" : (TEXTS[code] ?? `weather code ${code}`);
  const report = {
    place: { ...place, timezone },
    observed_at: `${current.time}:00${zone}`,
    condition: { code, text },
  };
  for (const [theirs, ours] of Object.entries(MEASURED)) report[ours] = current[theirs];
  report.is_day = current.is_day === null ? null : current.is_day !== 0;
  report.source = "open-meteo";
  report.attribution = "Weather data by Open-Meteo.com (CC BY 4.0)";
  report.fetched_at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  report.stale = false;
  return report;
}

async function ask(url, query, signal) {
  const address = `${url}?${new URLSearchParams(query)}`;
  let status, body;
  try {
    [status, body] = await get(address, signal);
  } catch (error) {
    if (error instanceof Failure || signal.aborted) throw error;
    status = 503; // a connection that broke may be better a moment later
  }
  if (status >= 500) [status, body] = await get(address, signal);
  if (status === 429)
    throw new Failure(503, "upstream-busy", "The weather source takes no more for now.", {
      "Retry-After": String(retryAfter(body)),
    });
  check(status === 200);
  return JSON.parse(body);
}

async function get(address, signal) {
  const response = await fetch(address, { signal, headers: { "Accept-Encoding": "identity" } });
  const parts = [];
  let length = 0;
  for await (const part of response.body) {
    check((length += part.length) <= MiB);
    parts.push(part);
  }
  return [response.status, Buffer.concat(parts).toString()];
}

function retryAfter(refusal) {
  if (refusal.includes("Too many concurrent")) return 1;
  if (refusal.includes("Hourly")) return 3600;
  if (refusal.includes("Daily")) return 86400 - (Math.trunc(Date.now() / 1000) % 86400);
  return 60;
}
