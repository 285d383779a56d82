"""A way to a cell on which peers go slow, stand still or vanish: a TCP relay."""

import asyncio
import ctypes
import socket
import struct
from contextlib import suppress
from typing import Self

from tests.contract.cells import HOST
from tests.contract.targets import Target

_CHUNK = 65_536
_RECEIVE_BUFFER = 4_096
"""What our kernel takes from the cell for a peer that does not read, in bytes."""

_SO_ATTACH_FILTER = 26  # Linux's; the socket module has no name for it
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
"""A program for the kernel's packet filter: return 0, keep nothing of any packet."""


class Route:
    """Relays to a target; what it does at a time goes for all its connections."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._passable = asyncio.Event()
        self._passable.set()
        self._trickling = False
        self._relays: set[asyncio.Task[None]] = set()
        self._towards_cell: set[socket.socket] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, HOST, limit=_CHUNK)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut what there is, and listen no more."""
        assert self._server
        self._server.close()
        await self.cut()

    @property
    def url(self) -> str:
        """What a client that takes this route connects to."""
        assert self._server
        return f"ws://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def stall(self) -> None:
        """Relay nothing, in either direction, until `clear`."""
        self._passable.clear()

    def trickle(self) -> None:
        """Relay one byte a second from the cell to each peer, until `clear`."""
        self._trickling = True

    def vanish(self) -> None:
        """Let the peers be gone without a word: no packet of the cell's is answered.

        Where the system lets nobody filter, they merely stand still.
        """
        self.stall()
        program = ctypes.create_string_buffer(_DROP_ALL)
        pointer = struct.pack("HL", 1, ctypes.addressof(program))
        for each in self._towards_cell:
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)

    def clear(self) -> None:
        """Relay everything, at once."""
        self._trickling = False
        self._passable.set()

    async def cut(self) -> None:
        """Reset all connections there are, on both sides."""
        for each in self._relays:
            each.cancel()
        if self._relays:
            await asyncio.wait(self._relays)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        relay = asyncio.create_task(self._relay(reader, writer))
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        outer: asyncio.StreamWriter | None = None
        try:
            address = (self._target.host, self._target.port)
            await asyncio.get_running_loop().sock_connect(sock, address)
            back, outer = await asyncio.open_connection(
                sock=sock, limit=_RECEIVE_BUFFER
            )
            self._towards_cell.add(sock)
            ways = [
                asyncio.create_task(self._pump(reader, outer, slow=False)),
                asyncio.create_task(self._pump(back, writer, slow=True)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.wait(ways)
        except OSError:
            pass  # the cell is down: the peer is told by the end of its connection
        finally:
            self._towards_cell.discard(sock)
            for each in (writer, outer):
                if each is not None:
                    each.transport.abort()
            sock.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        slow: bool,
    ) -> None:
        with suppress(OSError):
            while True:
                await self._passable.wait()
                trickling = slow and self._trickling
                if trickling:
                    await asyncio.sleep(1)
                data = await reader.read(1 if trickling else _CHUNK)
                if not data:
                    await writer.drain()
                    return
                await self._passable.wait()
                writer.write(data)
                await writer.drain()
