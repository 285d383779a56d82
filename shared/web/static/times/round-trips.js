/**
 * How long an app took to answer, as measured by the page: the last minute.
 *
 * @typedef {object} Sample
 * @property {number} at  when, in milliseconds of performance.now()
 * @property {?number} took  milliseconds, null if there was no answer
 */

const WINDOW_MS = 60_000;

/** What is measured: requests that the page makes by itself, and one's own messages. */
export const KINDS = ["request", "message"];

export class RoundTrips {
  #samples = new Map(KINDS.map((kind) => [kind, []]));

  /** Note an answer, or with null that there was none. */
  add(kind, took, now = performance.now()) {
    const samples = this.of(kind, now);
    samples.push({ at: now, took });
    this.#samples.set(kind, samples);
  }

  /** @returns {Sample[]} those of the window, oldest first */
  of(kind, now = performance.now()) {
    return this.#samples.get(kind).filter(({ at }) => now - at < WINDOW_MS);
  }

  /** How many there are, the last, and the median; null where there is none. */
  summary(kind, now = performance.now()) {
    const times = this.of(kind, now).map(({ took }) => took).filter((t) => t !== null);
    return { count: times.length, last: times.at(-1) ?? null, median: median(times) };
  }
}

/** Where in the window a moment is: 0 is its beginning, 1 is now. */
export function positionOf(at, now) {
  return 1 - (now - at) / WINDOW_MS;
}

function median(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return sorted.length
    ? (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
    : null;
}
