"""Many clients that only listen, in rooms of a hundred."""

import asyncio
import resource
from collections.abc import Callable

from tests.memory.clients import Client, request_to_join
from tests.memory.messages import Fault
from tests.memory.serving import Serving

_A_ROOM = 100
_AT_ONCE = 50
_AN_ADDRESS = 10_000
"""Connections from one address of the loopback network: each takes a port of it."""

_SPARE_FILES = 200


def allow_files(connections: int) -> None:
    """Raise the limit on open files, ours and the cells', if need be. Raises Fault."""
    needed = connections + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and needed > hard:
        raise Fault(
            f"{connections:,} connections need {needed:,} open files in one process and"
            f" {hard:,} are allowed: take fewer, or raise the limit (`ulimit -Hn`)."
        )
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


async def idle(cell: Serving, count: int, tell: Callable[[str], None]) -> float:
    """The bytes that each of so many idle connections takes. Raises Fault."""
    lost: list[str] = []
    clients: list[Client] = []

    async def join(number: int) -> None:
        request = request_to_join(cell.port, f"r{number // _A_ROOM}", f"n{number}")
        client = Client(request, lost.append)
        address = f"127.0.0.{2 + number // _AN_ADDRESS}"
        clients.append(await client.join(cell.port, address))

    try:
        await join(0)  # what the first one takes is not of connections
        async with cell.watched() as before:
            for begin in range(1, count + 1, _AT_ONCE):
                end = min(begin + _AT_ONCE, count + 1)
                await asyncio.gather(*map(join, range(begin, end)))
                if end // 1_000 > begin // 1_000:
                    tell(f"{end - 1:,} of {count:,} idle connections")
        async with cell.watched() as after:
            pass
        if lost:
            raise Fault(f"{len(lost):,} idle connections were lost: {lost[0]}")
    finally:
        for client in clients:
            client.cut()
    return (after - before) / count
