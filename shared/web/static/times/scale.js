/** A logarithmic scale of milliseconds: a slow answer does not flatten all others. */

const TICKS = [-1, 0, 1, 2, 3, 4].flatMap((power) =>
  [1, 2, 5].map((step) => Number(`${step}e${power}`)));
const LEAST = [1, 10]; // what is always on it
const MOST_LABELS = 6;

/** The round values from just below the least of `times` to just above the most. */
export function ticksFor(times) {
  const low = Math.min(...times, LEAST[0]);
  const high = Math.max(...times, LEAST[1]);
  const from = TICKS.findLastIndex((tick) => tick <= low);
  const to = TICKS.findIndex((tick) => tick >= high);
  return TICKS.slice(Math.max(from, 0), to + 1);
}

/** Those to be labelled: all if there is room for them, else the powers of ten. */
export function labelled(ticks) {
  const powers = ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
  return ticks.length > MOST_LABELS ? powers : ticks;
}

/** Where between the first tick (0) and the last (1) a time is. */
export function heightOf(took, ticks) {
  const [low, high] = [Math.log(ticks[0]), Math.log(ticks.at(-1))];
  return (Math.log(Math.max(took, ticks[0])) - low) / (high - low);
}
