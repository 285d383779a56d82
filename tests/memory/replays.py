"""Clients that ask for all of a room of long messages and then never read."""

import asyncio

import httpx

from tests.contract.chat import LONG
from tests.contract.checks import IDLE_SECONDS
from tests.memory.clients import Stalled, request_to_join
from tests.memory.messages import Fault
from tests.memory.serving import Serving

_MESSAGES = 1_000
"""More than the buffers on the way to a client hold."""

_CLIENTS = 100
_RECEIVE_BUFFER = 4_096
_SECONDS = 5.0
_AT_ONCE = 20


async def replays(cell: Serving) -> int:
    """By how many bytes memory grows with them. Raises Fault."""
    limits = httpx.Limits(max_connections=_AT_ONCE, keepalive_expiry=IDLE_SECONDS)
    async with httpx.AsyncClient(base_url=cell.http_url, limits=limits) as http:
        path, message = "/chat/long/messages", {"name": "ann", "text": LONG}
        for _ in range(_MESSAGES // _AT_ONCE):
            posts = [http.post(path, json=message) for _ in range(_AT_ONCE)]
            for told in await asyncio.gather(*posts):
                if told.status_code != 201:
                    raise Fault(f"a post was answered with {told.status_code}")
    stalled: list[Stalled] = []
    try:
        async with cell.watched() as before:
            for _ in range(_CLIENTS):
                request = request_to_join(cell.port, "long", "slow", after=0)
                one = await Stalled.join(cell.port, request, _RECEIVE_BUFFER)
                stalled.append(one)
            await asyncio.sleep(_SECONDS)
    finally:
        for one in stalled:
            one.cut()
    return cell.peak - before
