"""What was acknowledged is kept, whatever becomes of the process."""

import asyncio
from contextlib import suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract.cells import Cell
from tests.contract.chat import Json, history, join, new_room
from tests.contract.checks import client
from tests.contract.clauses import clause

pytestmark = pytest.mark.asyncio

SAID = 100


@clause("C-23", "C-24", "C-44")
async def test_a_kill_loses_nothing_that_was_acknowledged(patient: Cell) -> None:
    """SIGKILL in full flow, three times; what is unsure is sent once more."""
    room, after = new_room(), 0
    acknowledged: list[Json] = []
    async with join(patient, room) as ann:
        epoch = ann.welcome["epoch"]
    for number in range(3):
        refs = [f"{number}-{each}" for each in range(SAID)]
        acknowledged += await _talk_until_killed(patient, room, refs)
        patient.restart()
        kept = await _history(patient, room)
        assert [kept[message["seq"] - 1] for message in acknowledged] == acknowledged
        async with join(patient, room, name="ann", after=after, epoch=epoch) as ann:
            assert ann.welcome["resumed"] is True
            assert ann.welcome["seq"] == len(kept)
            for ref in refs:
                await ann.say(ref, ref)
            last = await ann.post("done")
            assert ann.seqs == list(range(after + 1, last["seq"] + 1))
        kept = await _history(patient, room)
        after = last["seq"]
        assert after == len(kept)
        said = [message["ref"] for message in kept if message["ref"] in refs]
        assert sorted(said) == sorted(refs)


async def _talk_until_killed(patient: Cell, room: str, refs: list[str]) -> list[Json]:
    """Say all, post on, and kill the process midway; what was acknowledged."""
    async with asyncio.TaskGroup() as at_once, join(patient, room, name="ann") as ann:
        posting = at_once.create_task(_post_until_killed(patient, room))
        for ref in refs:
            await ann.say(ref, ref)
        await ann.wait_for(type="message", ref=refs[SAID // 3])
        patient.kill()
        with suppress(ConnectionClosed):
            while True:
                await ann.receive()
    keys = ("seq", "room", "name", "text", "at", "ref")
    live = [{key: message[key] for key in keys} for message in ann.messages]
    return [*live, *(await posting)]


async def _post_until_killed(patient: Cell, room: str) -> list[Json]:
    created = []
    async with client(patient.http_url) as http:
        with suppress(httpx.TransportError):
            while True:
                new = {"name": "web", "text": "posted"}
                answer = await http.post(f"/chat/{room}/messages", json=new)
                if answer.status_code == 201:
                    created.append(answer.json())
    return created


async def _history(patient: Cell, room: str) -> list[Json]:
    """All messages of the room, whose numbers have no gap."""
    async with client(patient.http_url) as http:
        kept = await history(http, room)
    assert [message["seq"] for message in kept] == list(range(1, len(kept) + 1))
    return kept
