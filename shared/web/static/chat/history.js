/** What was said before: the older pages of a room, newest first. */

const PAGE = 50;

/**
 * The messages right before the one of this seq; `isStart` if there are none before.
 * The apps list forwards, from `after` on; as `seq` counts without a gap, where the
 * page before another begins is known.
 */
export async function pageBefore(app, room, epoch, before) {
  const after = Math.max(0, before - 1 - PAGE);
  const limit = before - 1 - after;
  if (limit === 0) {
    return { messages: [], isStart: true };
  }
  const path = `/chat/${room}/messages?after=${after}&limit=${limit}`;
  const page = (await app.ask(path)).body;
  // Another life of the journal is told by the socket, soon.
  const isOurs = page.epoch === epoch;
  const messages = isOurs ? page.messages.filter(({ seq }) => seq < before) : [];
  // Where the room keeps no more than that, the first is a later one, or none.
  const isStart = after === 0 || messages[0]?.seq !== after + 1;
  return { messages, isStart };
}
