/** Requests to an app, with every failure in words. */

const LONGEST_MS = 15_000; // over the apps' own deadlines, so that they get to answer

/**
 * GET `base + path` and read its JSON: {body, headers, took}, took in milliseconds.
 * Throws an Error whose message is for a person, or whatever `signal` is aborted with.
 */
export async function ask(base, path, signal = new AbortController().signal) {
  const began = performance.now();
  const either = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  let response, body;
  try {
    response = await fetch(base + path, { signal: either });
    body = await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(explain(error));
  }
  if (!response.ok) {
    throw new Error(describe(body, response.headers));
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
