"""A request's body, read whole and within a bound, before the app is called."""

from shared.asgi import Message, Receive

_DRAINED_BYTES = 8 * 1_048_576
"""How much of an over-long body is read on, so that its sender can read the answer."""


async def read_body(receive: Receive, limit: int) -> bytes | int:
    """The whole body, or the status that refuses it: 413 over `limit` bytes.

    400 if the client broke it off: what came may look whole, and is not.
    """
    body, size, more = [], 0, True
    while more and size <= _DRAINED_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return 400
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            body.append(chunk)
        more = message.get("more_body", False)
    return b"".join(body) if size <= limit else 413


def replay_body(body: bytes, receive: Receive) -> Receive:
    """A receive that gives this body first, then what the connection gives."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return parts.pop() if parts else await receive()

    return replayed
