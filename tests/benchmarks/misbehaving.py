"""A server that does wrong on demand, against which the generator is tested."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.utils import accept_key

Respond = Callable[[bytes], bytes | None]
"""The raw answer to a raw request; None ends the connection."""


def answer(body: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """A whole response; `length` may lie."""
    announced = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, announced, body)


@asynccontextmanager
async def serving(respond: Respond) -> AsyncIterator[int]:
    """The port of a server that answers so until the block ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = respond(head)
                if found is None:
                    break
                writer.write(found)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]


def frame(text: bytes, head: int = 0x81) -> bytes:
    """A frame of a server."""
    if len(text) < 126:
        return bytes([head, len(text)]) + text
    return bytes([head, 126]) + len(text).to_bytes(2, "big") + text


@asynccontextmanager
async def relaying(
    relay: Callable[[bytes, int], bytes], greeting: bytes = frame(b"{}")
) -> AsyncIterator[int]:
    """The port of a relay that sends each socket, by its number, what `relay` makes."""
    sockets: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
            accepted = accept_key(key.decode()).encode()
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n" + greeting
            )
            sockets.append(writer)
            while True:
                start = await reader.readexactly(2)
                length = start[1] & 0x7F
                if length == 126:
                    length = int.from_bytes(await reader.readexactly(2), "big")
                text = (await reader.readexactly(4 + length))[4:]
                for number, each in enumerate(sockets):
                    each.write(relay(text, number))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]
