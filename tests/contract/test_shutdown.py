"""SIGTERM: everyone is told, nothing is lost, and it is over soon."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from time import monotonic

import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract import raw
from tests.contract.cells import Cell
from tests.contract.chat import (
    LONG,
    LONG_MESSAGES,
    SMALL_BUFFER,
    Member,
    chat_path,
    fill,
    history,
    join,
    new_room,
    read_seqs_to_the_end,
)
from tests.contract.checks import client
from tests.contract.clauses import clause

pytestmark = pytest.mark.asyncio

TOLD_SECONDS = 2
OVER_SECONDS = 5
GOING_AWAY, RESTARTING = 1001, 1012


@clause("C-46", "C-47", "C-48", "C-49", "C-50")
async def test_sigterm_ends_it_in_order(patient: Cell) -> None:
    """With idle sockets, one in full flow, one that does not read, and keep-alive."""
    busy, quiet = new_room(), new_room()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(client(patient.http_url))
        assert (await http.get("/readyz")).status_code == 200
        idle = [
            await stack.enter_async_context(join(patient, quiet, name=f"idle{number}"))
            for number in range(5)
        ]
        uri = chat_path(busy, name="stalled")
        stalled = await stack.enter_async_context(
            await raw.WebSocket.open(patient, uri, receive_buffer=SMALL_BUFFER)
        )
        await fill(patient, busy, LONG_MESSAGES, LONG)
        sender = await stack.enter_async_context(join(patient, busy, name="sender"))
        await sender.post("first")
        async with asyncio.TaskGroup() as at_once:
            ends = [at_once.create_task(_post_until_closed(sender))]
            ends += [at_once.create_task(_code(member)) for member in idle]
            patient.terminate()
            began = monotonic()
            codes = {await end for end in ends}
            assert monotonic() - began < TOLD_SECONDS
        assert codes <= {GOING_AWAY, RESTARTING}
        while (status := await _shake(patient)) is not None:
            assert status >= 500
        assert await asyncio.to_thread(patient.wait, OVER_SECONDS) == 0
        assert monotonic() - began < OVER_SECONDS
        assert len(await read_seqs_to_the_end(stalled)) < LONG_MESSAGES
    assert _logs(patient) == []
    patient.restart()
    async with client(patient.http_url) as http:
        kept = await history(http, busy)
    assert [message["seq"] for message in kept] == list(range(1, len(kept) + 1))
    for message in sender.messages:
        assert {"type": "message", **kept[message["seq"] - 1]} == message


async def _post_until_closed(sender: Member) -> int:
    with suppress(ConnectionClosed):
        while True:
            await sender.post("flow")
    return await _code(sender)


async def _code(member: Member) -> int:
    return (await member.wait_until_closed())[0]


async def _shake(patient: Cell) -> int | None:
    """The status of a new handshake, None if there is nobody to answer it."""
    try:
        async with await raw.WebSocket.open(patient) as websocket:
            return websocket.response.status
    except (ConnectionError, EOFError):
        return None


def _logs(patient: Cell) -> list[Path]:
    """SQLite's log, which it takes away when a journal is closed, and only then."""
    journal = Path(patient.env["TANDEM_JOURNAL"].removeprefix("sqlite:///"))
    return [*journal.parent.glob("*-wal"), *journal.parent.glob("*-shm")]
