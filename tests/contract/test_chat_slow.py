"""Slow clients, in a cell that is patient with them and keeps little in memory."""

from contextlib import suppress

import pytest

from tests.contract import raw
from tests.contract.cells import Cell
from tests.contract.chat import (
    HELD_BYTES,
    LONG,
    LONG_MESSAGES,
    SMALL_BUFFER,
    chat_path,
    fill,
    join,
    join_all,
    new_room,
    post_while_others_join,
    read_seqs_to_the_end,
)
from tests.contract.clauses import clause
from tests.contract.patience import TIMEOUT, NotInTime, within

pytestmark = pytest.mark.asyncio

MAX_LAG = 1_000
"""Of `patient`, in messages."""

STILL_SECONDS = 2
"""How long nothing is taken of a flood before it counts as held up."""


@clause("C-05")
async def test_replay_from_far_back_and_live_have_no_seam(patient: Cell) -> None:
    """Also where the room no longer has at hand what a comer asks for."""
    room = new_room()
    async with join_all(patient, room, ("ann", "bob", "cat")) as (ann, bob, cat):
        await post_while_others_join(patient, ann, bob, cat)


@clause("C-30", "C-31")
async def test_who_does_not_read_holds_up_nobody(patient: Cell) -> None:
    """Others are served as if it were not there, until it lags too far behind."""
    room = new_room()
    async with (
        join(patient, room, name="watcher") as watcher,
        await raw.WebSocket.open(
            patient, chat_path(room, name="stalled"), receive_buffer=SMALL_BUFFER
        ) as stalled,
    ):
        await fill(patient, room, LONG_MESSAGES, LONG)
        await watcher.wait_for_seq(LONG_MESSAGES)
        assert (await watcher.post("still here"))["seq"] == LONG_MESSAGES + 1
        left = [name for frame in watcher.frames for name in frame.get("left", ())]
        assert "stalled" not in left
        await fill(patient, room, MAX_LAG, "short")
        async with within(TIMEOUT, "that the stalled client has left"):
            while "stalled" not in left:
                left += (await watcher.wait_for(type="presence"))["left"]
        last = LONG_MESSAGES + 1 + MAX_LAG
        assert watcher.seqs == list(range(1, last + 1))
        seen = await read_seqs_to_the_end(stalled)
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) < LONG_MESSAGES


@clause("C-31")
async def test_no_more_of_a_flood_is_taken_than_buffers_hold(patient: Cell) -> None:
    """Of one that does not read, so that what it sends can have no answer."""
    room = new_room()
    async with await raw.WebSocket.open(
        patient, chat_path(room), receive_buffer=SMALL_BUFFER
    ) as flooding:
        await fill(patient, room, LONG_MESSAGES, LONG)
        frames = raw.frame(raw.Op.TEXT, b"x" * 16_000) * 16
        taken = 0
        with suppress(NotInTime):
            while taken < HELD_BYTES:
                await flooding.connection.send(frames, timeout=STILL_SECONDS)
                taken += len(frames)
        assert taken < HELD_BYTES
