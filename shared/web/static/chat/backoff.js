/** How long to wait before the next attempt to connect. */

const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/**
 * Twice as long after each failure, less up to a half by chance: full delays would
 * bring all clients of a restarted server back at one moment.
 */
export function delayAfter(failures, chance = Math.random()) {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return full * (1 - chance / 2);
}
