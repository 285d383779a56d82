// The weather chapter of the contract: cache, single flight, problems.

import { createHash, randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";

import { Failure, lookUp } from "./source.mjs";

const ENV = process.env;
const FRESH_MS = 1000 * Number(ENV.TANDEM_WEATHER_FRESH_SECONDS ?? 300);
const STALE_MS = 1000 * Number(ENV.TANDEM_WEATHER_STALE_SECONDS ?? 3600);
const UNKNOWN_MS = 1000 * Number(ENV.TANDEM_WEATHER_UNKNOWN_SECONDS ?? 300);
const MOST_KEPT = Number(ENV.TANDEM_WEATHER_CACHE_CITIES ?? 1000);

const JSON_TYPE = "application/json";
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

const kept = new Map(); // by key: { fresh, stale, at }
const unknown = new Map(); // by key: when it was
const flights = new Map(); // by key: the promise that all wait for

function remember(map, key, value) {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_KEPT) map.delete(map.keys().next().value);
}

function encode(report) {
  const body = Buffer.from(JSON.stringify(report));
  return { body, etag: `"${createHash("md5").update(body).digest("hex")}"` };
}

async function answerFor(city, country) {
  const name = city.split(/\s+/).join(" ").normalize("NFC");
  const key = `${name.toLowerCase()}\n${country}`;
  const found = kept.get(key);
  if (found && Date.now() - found.at < FRESH_MS) return answer(found, false);
  if (Date.now() - (unknown.get(key) ?? -Infinity) < UNKNOWN_MS) throw notKnown();
  if (!flights.has(key)) {
    const flight = fly(key, name, country).finally(() => flights.delete(key));
    flights.set(key, flight);
  }
  try {
    return answer(await flights.get(key), false);
  } catch (error) {
    const usable = found && Date.now() - found.at < FRESH_MS + STALE_MS;
    if (usable && error.status !== 404) return answer(found, true);
    throw error;
  }
}

async function fly(key, name, country) {
  try {
    const report = await lookUp(name, country);
    const fresh = encode(report);
    const entry = { fresh, stale: encode({ ...report, stale: true }), at: Date.now() };
    remember(kept, key, entry);
    return entry;
  } catch (error) {
    if (error.status === 404) {
      kept.delete(key);
      remember(unknown, key, Date.now());
    }
    throw error;
  }
}

const notKnown = () => new Failure(404, "unknown-city", "No such city is known.");

function answer(entry, stale) {
  const age = Math.trunc((Date.now() - entry.at) / 1000);
  const maxAge = stale ? 0 : Math.trunc(FRESH_MS / 1000);
  return { ...(stale ? entry.stale : entry.fresh), age, maxAge };
}

function problemOf(failure, path) {
  const { status, slug, message, errors } = failure;
  const type = slug ? `urn:tandem:problem:${slug}` : "about:blank";
  const instance = path.split("/").map(encodeURIComponent).join("/");
  const title = STATUS_CODES[status];
  return { type, title, status, detail: message, instance, ...(errors && { errors }) };
}

function invalid(places) {
  const failure = new Failure(422, "invalid-input", "The request breaks the rules in `errors`.");
  failure.errors = places.map((place) => ({ place, reason: "It breaks its rule." }));
  return failure;
}

function checkedCity(text) {
  const city = text.trim();
  const length = [...city].length;
  return length >= 1 && length <= 100 && !CONTROL.test(city) ? city : undefined;
}

function checkedCountry(query) {
  const given = query.getAll("country").at(-1);
  if (given !== undefined && !/^[A-Za-z]{2}$/.test(given)) return [undefined, ["query.country"]];
  return [given?.toUpperCase(), []];
}

async function one(text, query, request, respond) {
  const city = checkedCity(text);
  const [country, bad] = checkedCountry(query);
  const places = [...(city === undefined ? ["path.city"] : []), ...bad];
  if (places.length) throw invalid(places);
  const { body, etag, age, maxAge } = await answerFor(city, country);
  const headers = { "Cache-Control": `public, max-age=${maxAge}`, Age: age, ETag: etag };
  const given = request.headers["if-none-match"];
  if (given?.trim() === "*" || given?.match(/"[^"]*"/g)?.includes(etag)) respond(304, headers);
  else respond(200, { "Content-Type": JSON_TYPE, ...headers }, body);
}

async function many(query, respond) {
  const names = query.getAll("city");
  const cities = names.map(checkedCity);
  const [country, places] = checkedCountry(query);
  if (names.length < 1 || names.length > 20) places.push("query.city");
  else cities.forEach((city, n) => city === undefined && places.push(`query.city.${n}`));
  if (places.length) throw invalid(places);
  const bodies = await Promise.all(
    cities.map(async (city) => {
      try {
        return (await answerFor(city, country)).body.toString();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return JSON.stringify(problemOf(error, `/weather/${city}`));
      }
    }),
  );
  respond(200, { "Content-Type": JSON_TYPE }, Buffer.from(`{"results":[${bodies.join()}]}`));
}

function decodedPath(raw) {
  const bytes = raw.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

export async function serve(request, response) {
  const [raw, ...rest] = request.url.split("?");
  const path = decodedPath(raw);
  const given = request.headers["x-request-id"];
  const id = REQUEST_ID.test(given ?? "") ? given : randomBytes(8).toString("hex");

  function respond(status, headers, body) {
    const length = body ? { "Content-Length": body.length } : {};
    response.writeHead(status, { ...headers, ...length, "X-Request-ID": id });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  try {
    const parts = path.split("/").slice(1);
    const isOurs = parts[0] === "weather" && parts.length <= 2 && parts[1] !== "";
    if (!isOurs) throw new Failure(404, "", "Nothing is at this path.");
    if (!["GET", "HEAD"].includes(request.method))
      throw new Failure(405, "", "Only GET and HEAD.", { Allow: "GET, HEAD" });
    const query = new URLSearchParams(rest.join("?"));
    if (parts.length === 2) await one(parts[1], query, request, respond);
    else await many(query, respond);
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure(500, "", "Something went wrong.");
    const body = Buffer.from(JSON.stringify(problemOf(failure, path)));
    respond(failure.status, { "Content-Type": "application/problem+json", ...failure.more }, body);
  }
}
