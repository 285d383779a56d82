"""Rooms by the thousand: joined and left at once, and posted to over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from tests.contract.checks import IDLE_SECONDS
from tests.memory.clients import Client, request_to_join
from tests.memory.messages import Fault
from tests.memory.serving import Serving

_AT_ONCE = 20
_WARM_UP = 10
"""One in so many rooms comes before memory is measured: pools and caches fill up."""

Visit = Callable[[int], Awaitable[None]]


async def rooms_joined(cell: Serving, rooms: int) -> int:
    """By how many bytes memory grows when each is joined and left. Raises Fault."""

    async def visit(number: int) -> None:
        request = request_to_join(cell.port, f"joined-{number}", f"name-{number}")
        client = await Client(request, _gone).join(cell.port)
        client.cut()

    return await _growth(cell, rooms, visit)


async def rooms_posted_to(cell: Serving, rooms: int) -> int:
    """By how many bytes it grows when each gets a message by HTTP. Raises Fault."""
    limits = httpx.Limits(max_connections=_AT_ONCE, keepalive_expiry=IDLE_SECONDS)
    async with httpx.AsyncClient(base_url=cell.http_url, limits=limits) as http:

        async def visit(number: int) -> None:
            message = {"name": f"name-{number}", "text": "hello", "ref": f"{number}"}
            told = await http.post(f"/chat/posted-{number}/messages", json=message)
            if told.status_code != 201:
                raise Fault(f"a post was answered with {told.status_code}")

        return await _growth(cell, rooms, visit)


async def _growth(cell: Serving, rooms: int, visit: Visit) -> int:
    await _visit_all(range(rooms // _WARM_UP), visit)
    async with cell.watched() as before:
        await _visit_all(range(rooms // _WARM_UP, rooms), visit)
    return cell.peak - before


async def _visit_all(numbers: range, visit: Visit) -> None:
    left = iter(numbers)

    async def visit_some() -> None:
        for number in left:
            await visit(number)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(visit_some())


def _gone(_: str) -> None:
    """It was to go."""
