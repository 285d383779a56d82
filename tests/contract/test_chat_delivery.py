"""Everyone gets every message exactly once and in order, whatever happens to others."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.contract import raw
from tests.contract.chat import (
    HELD_BYTES,
    LONG,
    LONG_MESSAGES,
    SMALL_BUFFER,
    Member,
    chat_path,
    fill,
    history,
    join,
    join_all,
    new_room,
    post_while_others_join,
    read_seqs_to_the_end,
    said,
)
from tests.contract.clauses import clause
from tests.contract.patience import TIMEOUT, within
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio


@clause("C-23", "C-26")
async def test_all_get_every_message_once_and_in_order(
    target: Target, http: httpx.AsyncClient
) -> None:
    """However many post at once, over sockets and HTTP; what is numbered is kept."""
    room = new_room()
    posters = [f"poster{number}" for number in range(4)]
    async with join_all(target, room, [*posters, "a", "b", "c", "d"]) as everyone:
        async with asyncio.TaskGroup() as at_once:
            for sender in everyone[: len(posters)]:
                at_once.create_task(_say(sender, 40))
            for name in ("web1", "web2"):
                at_once.create_task(_post(http, room, name, 20))
        for member in everyone:
            await member.wait_for_seq(200)
    messages = everyone[0].messages
    assert [message["seq"] for message in messages] == list(range(1, 201))
    assert all(member.messages == messages for member in everyone)
    for name in (*posters, "web1", "web2"):
        texts = [each["text"] for each in messages if each["name"] == name]
        assert texts == [f"{number}" for number in range(40 if name in posters else 20)]
    kept = await history(http, room)
    assert [{"type": "message", **message} for message in kept] == messages


async def _say(sender: Member, count: int) -> None:
    for number in range(count):
        await sender.say(f"{number}", f"{sender.welcome['name']}-{number}")


async def _post(http: httpx.AsyncClient, room: str, name: str, count: int) -> None:
    for number in range(count):
        new = {"name": name, "text": f"{number}"}
        answer = await http.post(f"/chat/{room}/messages", json=new)
        assert answer.status_code == 201


@clause("C-24", "C-25")
async def test_a_ref_sent_again_is_no_new_message(target: Target) -> None:
    """Its sender gets the first one back, on whichever connection, each time."""
    room = new_room()
    async with join(target, room, name="bob") as bob:
        async with join(target, room, name="ann") as ann:
            first = await ann.post("first", "r1")
            await ann.say("again on the same connection", "r1")
            await ann.post("second")
            assert ann.seqs == [1, 2]
        await fill(target, room, 58)
        async with join(target, room, name="ann") as ann:
            assert await ann.post("again, and it is not shown any more", "r1") == first
            assert await ann.post("and once more", "r1") == first
            await ann.wait_for_seq(60)
            assert sorted(ann.seqs) == [1, 1, *range(11, 61)]
        for after in (0, 1, 59):
            async with join(target, room, name="ann", after=after) as ann:
                assert await ann.post(f"again, with cursor {after}", "r1") == first
                await ann.wait_for_seq(60)
                assert ann.seqs.count(1) == 1
        await bob.say("another's r1", "r1")
        await bob.wait_for_seq(61)
        assert bob.seqs == list(range(1, 62))
        assert bob.messages[0] == first


@clause("C-27")
async def test_rooms_do_not_leak(target: Target) -> None:
    """Each numbers its own messages, and tells nothing of them to another."""
    rooms = [new_room() for _ in range(3)]
    async with AsyncExitStack() as stack:
        members = [
            await stack.enter_async_context(join(target, room, name="ann"))
            for room in rooms
        ]
        assert [member.welcome["members"] for member in members] == [1, 1, 1]
        for number in range(20):
            for member, room in zip(members, rooms, strict=True):
                await member.say(f"{number} in {room}", f"ref-{number}")
        for member, room in zip(members, rooms, strict=True):
            await member.wait_for_seq(20)
            assert member.seqs == list(range(1, 21))
            texts = [message["text"] for message in member.messages]
            assert texts == [f"{number} in {room}" for number in range(20)]
            assert {message["room"] for message in member.messages} == {room}
            presences = [each for each in member.frames if each["type"] == "presence"]
            assert {each["members"] for each in presences} <= {1}


@clause("C-28")
async def test_what_was_sent_before_a_close_is_delivered(target: Target) -> None:
    """100 messages and a close frame in one breath, 20 bad frames among them."""
    rounds = 5
    async with join(target, new_room()) as bob:
        room = bob.welcome["room"]
        for number in range(rounds):
            uri = chat_path(room, name=f"hasty{number}")
            async with await raw.WebSocket.open(target, uri) as hasty:
                frames = [raw.frame(raw.Op.TEXT, b"bad")] * 20
                texts = [said(f"{number}-{each}").encode() for each in range(100)]
                frames += [raw.frame(raw.Op.TEXT, text) for text in texts]
                frames.append(raw.frame(raw.Op.CLOSE, b"\x03\xe8"))
                await hasty.connection.send(b"".join(frames))
                await bob.wait_for_seq(100 * (number + 1))
    expected = [f"{number}-{each}" for number in range(rounds) for each in range(100)]
    assert [message["text"] for message in bob.messages] == expected


@clause("C-29")
async def test_a_dead_member_harms_nobody(target: Target) -> None:
    """Members whose connection breaks in the instant of a message, over many rounds."""
    rounds = 15
    async with join_all(target, new_room(), ("ann", "bob")) as (ann, bob):
        room = ann.welcome["room"]
        for number in range(rounds):
            victims = await asyncio.gather(
                *(
                    raw.WebSocket.open(target, chat_path(room, after=0))
                    for _ in range(5)
                )
            )
            for victim in victims:
                await victim.receive()
            for each in range(4):
                await ann.say(f"{number}-{each} while they die")
            for victim in victims:
                victim.connection.reset()
            for each in range(4):
                await ann.say(f"{number}-{each} when they are dead")
            await ann.wait_for_seq(8 * (number + 1))
        await bob.wait_for_seq(8 * rounds)
        assert ann.seqs == bob.seqs == list(range(1, 8 * rounds + 1))
        while ann.members != 2:
            await ann.receive()


@clause("C-29")
async def test_who_comes_and_goes_harms_nobody(target: Target) -> None:
    """Some join and break off again and again, while two talk without a pause."""
    async with join_all(target, new_room(), ("ann", "bob")) as (ann, bob):
        room = ann.welcome["room"]

        async def talk(member: Member) -> None:
            for number in range(100):
                await member.post(f"{number}")

        async def come_and_go() -> None:
            while not all(talk.done() for talk in talks):
                async with await raw.WebSocket.open(target, chat_path(room)) as victim:
                    await victim.receive()
                    victim.connection.reset()

        async with asyncio.TaskGroup() as at_once:
            talks = [at_once.create_task(talk(member)) for member in (ann, bob)]
            for _ in range(8):
                at_once.create_task(come_and_go())
        for member in (ann, bob):
            await member.wait_for_seq(200)
            assert member.seqs == list(range(1, 201))


@clause("C-30", "C-31", "C-32")
async def test_who_does_not_read_is_closed(target: Target) -> None:
    """One stalls in silence, one floods; who comes back has missed nothing."""
    room = new_room()
    async with AsyncExitStack() as stack:
        watcher = await stack.enter_async_context(join(target, room, name="watcher"))
        silent, flooding = [
            await stack.enter_async_context(
                await raw.WebSocket.open(
                    target, chat_path(room, name=name), receive_buffer=SMALL_BUFFER
                )
            )
            for name in ("silent", "flooding")
        ]
        # What cannot be seen now could not be seen to be let go.
        assert target.holds(silent.connection.port)
        await fill(target, room, LONG_MESSAGES, LONG)
        assert await _flood(flooding) < HELD_BYTES
        left: set[str] = set()
        while not {"silent", "flooding"} <= left:
            left.update((await watcher.wait_for(type="presence"))["left"])
        await watcher.wait_for_seq(LONG_MESSAGES)
        assert watcher.seqs == list(range(1, LONG_MESSAGES + 1))
        await _wait_until_cut(target, silent)
        for stalled in (silent, flooding):
            seen = await read_seqs_to_the_end(stalled)
            assert seen == list(range(1, len(seen) + 1))
            assert len(seen) < LONG_MESSAGES
        after = len(seen)
        epoch = watcher.welcome["epoch"]
        async with join(target, room, name="silent", after=after, epoch=epoch) as back:
            assert back.welcome["resumed"] is True
            await back.wait_for_seq(LONG_MESSAGES)
            assert back.seqs == list(range(after + 1, LONG_MESSAGES + 1))


async def _wait_until_cut(target: Target, stalled: raw.WebSocket) -> None:
    """Return when the target does not hold the connection any more."""
    port = stalled.connection.port
    async with within(TIMEOUT, "that the stalled connection is let go"):
        while target.holds(port):  # noqa: ASYNC110 -- nobody is told of it
            await asyncio.sleep(0.02)


async def _flood(flooding: raw.WebSocket) -> int:
    """Send as much as is taken until the server closes; the bytes that it took."""
    accepted = 0
    frame = raw.frame(raw.Op.TEXT, b"x" * 16_000) * 16
    try:
        while accepted < HELD_BYTES:
            await flooding.connection.send(frame)
            accepted += len(frame)
    except ConnectionError:
        pass
    return accepted


@clause("C-05")
async def test_replay_and_live_have_no_seam(target: Target) -> None:
    """Who joins in the midst of posting, with any cursor, gets the rest once each."""
    async with join_all(target, new_room(), ("ann", "bob", "cat")) as (ann, bob, cat):
        await post_while_others_join(target, ann, bob, cat)


@clause("C-05")
async def test_who_is_the_first_in_a_room_misses_nothing(
    target: Target, http: httpx.AsyncClient
) -> None:
    """It joins while somebody posts over HTTP, who need not be there."""

    async def first_in_a_room() -> None:
        room = new_room()
        async with asyncio.TaskGroup() as at_once:
            # Each poster has a name, and so a rate limit, of its own.
            at_once.create_task(_post(http, room, room, 3))
            async with join(target, room, after=0) as first:
                await first.wait_for_seq(3)
        assert first.seqs == [1, 2, 3]

    for _ in range(3):  # many at once, so that the room takes its time to open
        await asyncio.gather(*(first_in_a_room() for _ in range(30)))
