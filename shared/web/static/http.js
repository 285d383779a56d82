/** Requests, with every failure in words. */

const LONGEST_MS = 15_000; // over the apps' own deadlines, so that they get to answer

/** Why there is no answer, for a person; `status` is that of the refusal, if any. */
export class Failure extends Error {
  constructor(words, status = null) {
    super(words);
    this.status = status;
  }
}

/**
 * GET a URL and read its JSON: {body, headers, took}, took in milliseconds.
 * Throws a Failure, or whatever `signal` is aborted with.
 */
export async function ask(url, { token = "", signal = new AbortController().signal }) {
  const began = performance.now();
  const either = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let response, body;
  try {
    // What the browser has kept is asked for again, or it would be a time of no app's.
    response = await fetch(url, { headers, signal: either, cache: "no-cache" });
    body = await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw new Failure(explain(error));
  }
  if (!response.ok) {
    throw new Failure(describe(body, response.headers), response.status);
  }
  return { body, headers: response.headers, took: performance.now() - began };
}

function explain(error) {
  if (error instanceof SyntaxError) {
    return "The answer is not JSON.";
  }
  return error.name === "TimeoutError"
    ? `The app did not answer in ${LONGEST_MS / 1000} s.`
    : "The app cannot be reached.";
}

/** A problem (RFC 9457) in words. */
function describe(problem, headers) {
  const errors = problem.errors ?? [];
  const reasons = errors.map(({ place, reason }) => `${place}: ${reason}.`);
  const words = reasons.join(" ") || problem.detail;
  const wait = headers.get("Retry-After");
  return wait ? `${words} Try again in ${wait} s.` : words;
}
