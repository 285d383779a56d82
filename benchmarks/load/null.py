"""The null server, which does nothing: what it gets is the generator's ceiling.

`python -m benchmarks.load.null PORT`: any request is answered with the constant in
BODY_BYTES bytes; after a WebSocket handshake whatever comes goes to all sockets.
"""

import asyncio
import os
import sys
from typing import cast

import uvloop
from websockets.utils import accept_key

from benchmarks.load.http import constant

_KEY = b"Sec-WebSocket-Key: "


class Null(asyncio.Protocol):
    """Answers each read with the same bytes, or relays it as it is."""

    sockets: "set[Null]" = set()  # noqa: RUF012 -- those of the process, on purpose

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._relays = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer, upgrade or relay."""
        if self._relays:
            unmasked = _unmasked(data)
            for each in self.sockets:
                each.transport.write(unmasked)
        elif _KEY in data:
            self._upgrade(data)
        else:
            self.transport.write(self._answer)

    def _upgrade(self, data: bytes) -> None:
        key = data.partition(_KEY)[2].partition(b"\r\n")[0].decode()
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
            + accept_key(key).encode()
            + b"\r\n\r\n\x81\x02{}"
        )
        self._relays = True
        self.sockets.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget it."""
        self.sockets.discard(self)


def _unmasked(frames: bytes) -> bytes:
    """Frames of a client as a server sends them; the generator's mask is zero."""
    length, rest = frames[1] & 0x7F, 6
    if length == 126:
        length, rest = int.from_bytes(frames[2:4], "big"), 8
    head = frames[:1] + bytes([frames[1] & 0x7F]) + frames[2 : rest - 4]
    frame = head + frames[rest : rest + length]
    return frame * (len(frames) // (rest + length))


async def main(port: int, body_bytes: int) -> None:
    """Serve until the end of the process."""
    body = constant(body_bytes)
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Null(answer), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(os.environ["BODY_BYTES"])))
