/** Why there is no connection, in words. */

const CLOSE_REASONS = {
  1001: "The server is stopping.",
  1009: "The server closed: a message was too large.",
  1011: "The server failed.",
  1012: "The server is restarting.",
  1013: "The connection was too slow.",
};

const POLICY = 1008; // the server says which of its rules was broken

/** Why a connection ended, by its close frame. */
export function whyClosed({ code, reason }) {
  return code === POLICY
    ? `The server closed the connection: ${reason}.`
    : CLOSE_REASONS[code] ?? "The connection was lost.";
}

/** Why a handshake failed, which browsers keep to themselves: a request may tell. */
export async function whyRefused(app, room) {
  try {
    await app.ask(`/chat/${room}/messages?limit=1`);
    return "The server lets nobody in just now.";
  } catch (failure) {
    return failure.message;
  }
}
