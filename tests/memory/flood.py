"""Clients that send as fast as they can and never read what comes of it."""

import asyncio
import socket
from contextlib import suppress
from time import perf_counter

from tests.contract.cells import HOST
from tests.contract.chat import said
from tests.contract.raw import Op, frame
from tests.memory.clients import request_to_join
from tests.memory.serving import Serving

KINDS = {
    "messages": frame(Op.TEXT, said("x" * 1_000).encode()),
    "nonsense": frame(Op.TEXT, b"{" * 1_000),
    "pings": frame(Op.PING, b"x" * 125),
}
"""What is sent: each asks for another kind of answer."""

_CLIENTS = 8
_SECONDS = 5.0
_AT_ONCE_BYTES = 1 << 16
_RECEIVE_BUFFER = 4_096


async def flood_of(cell: Serving, kind: str) -> int:
    """By how many bytes memory grows in it."""
    data = KINDS[kind]
    data *= _AT_ONCE_BYTES // len(data)
    until = perf_counter() + _SECONDS
    async with cell.watched() as before:
        tasks = [_flood(cell.port, f"{kind}-{n}", data, until) for n in range(_CLIENTS)]
        await asyncio.gather(*tasks)
    return cell.peak - before


async def _flood(port: int, room: str, data: bytes, until: float) -> None:
    loop = asyncio.get_running_loop()
    while perf_counter() < until:
        with socket.socket() as sock, suppress(OSError, TimeoutError):
            sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            async with asyncio.timeout(until - perf_counter()):
                await loop.sock_connect(sock, (HOST, port))
                await loop.sock_sendall(sock, request_to_join(port, room, "flood"))
                await loop.sock_recv(sock, 1)  # once it was let in
                while True:
                    await loop.sock_sendall(sock, data)
