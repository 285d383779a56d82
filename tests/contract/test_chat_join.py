"""Joining a room: handshakes, the welcome, what a newcomer is shown, presence."""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.contract import raw
from tests.contract.cells import ALLOWED_ORIGIN, HOST, Cell
from tests.contract.chat import (
    chat_path,
    fill,
    join,
    join_all,
    new_room,
    shake,
)
from tests.contract.checks import places, problem
from tests.contract.clauses import clause
from tests.contract.raw import TIMEOUT

pytestmark = pytest.mark.asyncio

NAMES = {
    "ann": "ann",
    "  ann  ": "ann",
    "Zoë Ångström": "Zoë Ångström",
    "שלום": "שלום",
    "n" * 32: "n" * 32,
    "🦊" * 32: "🦊" * 32,
    "<b>&\"'</b>": "<b>&\"'</b>",
}
"""Names as they are given, and what comes of them."""

BAD_QUERIES = {
    "room=": "room",
    "room=Lobby": "room",
    "room=a_b": "room",
    "room=a%20b": "room",
    "room=lobby%0A": "room",
    "room=..%2Flobby": "room",
    f"room={'r' * 65}": "room",
    "name=": "name",
    "name=%20%20": "name",
    f"name={'n' * 33}": "name",
    "name=a%00b": "name",
    "name=a%0Ab": "name",
    "name=a%E2%80%AEb": "name",
    "after=-1": "after",
    "after=": "after",
    "after=soon": "after",
    "after=1.5": "after",
    f"after={2**63}": "after",
    f"epoch={'e' * 65}": "epoch",
}
"""Queries that break a rule, and the parameter that does."""


@clause("C-01")
async def test_a_socket_joins_the_room_that_it_names(cell: Cell) -> None:
    """Every form that a room's name may have is taken."""
    for room in ("a", "0", "-", "a-0", "r" * 64):
        async with join(cell, room, name="ann") as ann:
            assert ann.welcome["room"] == room


@clause("C-01", "C-02")
async def test_room_and_name_have_defaults(cell: Cell) -> None:
    """Who says nothing is a guest in the lobby."""
    async with (
        connect(f"{cell.ws_url}/chat") as one,
        connect(f"{cell.ws_url}/chat") as two,
    ):
        welcomes = [str(await guest.recv()) for guest in (one, two)]
    for welcome in welcomes:
        assert '"room":"lobby"' in welcome
    names = re.findall(r'"name":"(guest-[a-z]{4})"', "".join(welcomes))
    assert len(set(names)) == 2


@clause("C-02")
async def test_a_name_is_trimmed_and_else_kept(cell: Cell) -> None:
    """Up to 32 printable characters of any script."""
    for given, kept in NAMES.items():
        async with join(cell, new_room(), name=given) as member:
            assert member.welcome["name"] == kept
            assert (await member.post("hello"))["name"] == kept


@clause("H-13")
async def test_of_a_parameter_given_twice_the_last_counts(cell: Cell) -> None:
    """And one that means nothing is no error."""
    room = new_room()
    target = f"{cell.ws_url}/chat?room=BAD&room={room}&name=&name=ann&colour=blue"
    async with connect(target) as connection:
        welcome = str(await connection.recv())
    assert f'"room":"{room}","name":"ann"' in welcome


@clause("C-03")
async def test_the_first_frame_is_the_welcome(cell: Cell) -> None:
    """It says where the client is, who it is, and how far the room has come."""
    room = new_room()
    async with join(cell, room, name="ann") as ann:
        epoch = ann.welcome["epoch"]
        assert isinstance(epoch, str)
        assert epoch
        assert ann.welcome == {
            "type": "welcome",
            "room": room,
            "name": "ann",
            "epoch": epoch,
            "seq": 0,
            "resumed": False,
            "members": 1,
        }
        await ann.post("hello")
        async with join(cell, room, name="bob") as bob:
            assert bob.welcome == {**ann.welcome, "name": "bob", "seq": 1, "members": 2}
    async with join(cell, new_room(), name="ann") as elsewhere:
        assert elsewhere.welcome["epoch"] == epoch


@clause("C-04")
async def test_a_newcomer_is_shown_the_last_50_messages(cell: Cell) -> None:
    """And then whatever comes."""
    room = new_room()
    await fill(cell, room, 60)
    async with join(cell, room, name="ann") as ann:
        assert ann.welcome["resumed"] is False
        assert (await ann.post("the 61st"))["seq"] == 61
        assert ann.seqs == list(range(11, 62))


@clause("C-05")
async def test_a_cursor_brings_all_that_came_after_it(cell: Cell) -> None:
    """Whether it is old or new, with the epoch or without."""
    room = new_room()
    await fill(cell, room, 120)
    async with join(cell, room, name="ann", after=120) as ann:
        epoch = ann.welcome["epoch"]
        assert ann.welcome["resumed"] is True
        assert (await ann.post("the 121st"))["seq"] == 121
        assert ann.seqs == [121]
    for after, name in ((0, "bob"), (1, "cat"), (70, "dan"), (121, "eve")):
        async with join(cell, room, name=name, after=after, epoch=epoch) as member:
            assert member.welcome["resumed"] is True
            last = await member.post("more")
            assert member.seqs == list(range(after + 1, last["seq"] + 1))


@clause("C-06")
async def test_a_cursor_that_means_nothing_brings_no_history(cell: Cell) -> None:
    """One of another epoch, or from the future, is not resumed, not even in part."""
    room = new_room()
    await fill(cell, room, 10)
    async with join(cell, room, name="ann") as ann:
        epoch = ann.welcome["epoch"]
    future = 1_000
    for after, life in (
        (5, "another"),
        (5, ""),
        (0, "another"),
        (future, epoch),
        (future, None),
        (2**63 - 1, epoch),
    ):
        async with join(cell, room, name="bob", after=after, epoch=life) as bob:
            assert bob.welcome["resumed"] is False
            live = await bob.post("live")
            assert live["seq"] == bob.welcome["seq"] + 1
            assert bob.messages == [live]


@clause("C-07")
async def test_a_message_says_who_said_what_when(cell: Cell) -> None:
    """With all its keys, in the same words for everyone, replayed or live."""
    room = new_room()
    before = datetime.now(UTC)
    async with join_all(cell, room, ("ann", "bob")) as (ann, bob):
        message = await ann.post("hello", "my-ref")
        assert message == {
            "type": "message",
            "seq": 1,
            "room": room,
            "name": "ann",
            "text": "hello",
            "at": message["at"],
            "ref": "my-ref",
        }
        assert await bob.wait_for(type="message") == message
        await ann.say("no ref")
        assert (await bob.wait_for(type="message"))["ref"] is None
    async with join(cell, room, after=0) as cat:
        assert await cat.wait_for(type="message") == message
    at = datetime.fromisoformat(message["at"])
    assert at.tzinfo
    assert before - timedelta(seconds=1) < at < datetime.now(UTC) + timedelta(seconds=1)


@clause("C-08")
async def test_presence_tells_who_comes_and_goes(cell: Cell) -> None:
    """It is live only: a later comer is not told of those who came and went."""
    async with join(cell, new_room(), name="ann") as ann:
        room = ann.welcome["room"]
        await ann.wait_for(type="presence", members=1)
        async with join(cell, room, name="bob"):
            came = await ann.wait_for(type="presence")
        gone = await ann.wait_for(type="presence")
        keys = {"type": "presence"}
        assert came == {**keys, "members": 2, "joined": ["bob"], "left": []}
        assert gone == {**keys, "members": 1, "joined": [], "left": ["bob"]}
        async with join(cell, room, name="cat", after=0) as cat:
            told = await cat.wait_for(type="presence")
            assert told == {**keys, "members": 2, "joined": ["cat"], "left": []}


@clause("C-09")
async def test_presence_is_told_twice_a_second_at_most(cell: Cell) -> None:
    """Many who come or go at once are told of at once, by 20 names at most."""
    now = asyncio.get_running_loop().time
    async with join(cell, new_room(), name="ann") as ann:
        room, began = ann.welcome["room"], now()
        async with AsyncExitStack() as stack:
            comers = [join(cell, room, name=f"m{number}") for number in range(30)]
            await asyncio.gather(*map(stack.enter_async_context, comers))
            await ann.wait_for(type="presence", members=31)
        await ann.wait_for(type="presence", members=1)
    told = [frame for frame in ann.frames if frame["type"] == "presence"]
    assert len(told) <= 2 + 2 * (now() - began)
    assert max(len(each["joined"]) for each in told) <= 20
    assert max(len(each["left"]) for each in told) <= 20


@clause("C-10")
async def test_pages_of_foreign_origins_are_refused(cell: Cell) -> None:
    """What only resembles an allowed origin is foreign, and so is `null`."""
    own = f"{HOST}:{cell.port}"
    for origin in (
        "https://evil.example",
        "null",
        "",
        f"http://{HOST}",
        f"http://{own}.evil.example",
        f"http://evil.example/{own}",
        f"http://{own}@evil.example",
        own,
        f"{ALLOWED_ORIGIN}.evil.example",
        ALLOWED_ORIGIN.replace("https", "http"),
    ):
        refused = await shake(cell, "/chat", {"Origin": origin})
        problem(refused, 403, "foreign-origin")


@clause("C-11")
async def test_own_and_listed_origins_are_let_in(cell: Cell) -> None:
    """So are clients that are no browsers and have no origin."""
    for origin in (f"http://{HOST}:{cell.port}", ALLOWED_ORIGIN):
        assert (await shake(cell, "/chat", {"Origin": origin})).status == 101
    assert (await shake(cell, "/chat")).status == 101


@clause("C-12")
async def test_a_query_that_breaks_a_rule_is_refused(cell: Cell) -> None:
    """The answer names the parameter and the reason."""
    for query, parameter in BAD_QUERIES.items():
        refused = await shake(cell, f"/chat?{query}")
        assert places(refused) == [f"query.{parameter}"], query
    refused = await shake(cell, "/chat?room=A&name=&after=x")
    assert places(refused) == ["query.room", "query.name", "query.after"]


@clause("C-13")
async def test_a_full_house_refuses_until_a_seat_is_free(cell: Cell) -> None:
    """The 101st client is told when to try again; one that leaves makes room."""
    room = new_room()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(join(cell, room))
        for _ in range(99):
            await stack.enter_async_context(await _when_there_is_a_seat(cell, room))
        refused = await shake(cell, chat_path(room))
        problem(refused, 503, "too-many-connections")
        assert int(refused.headers["retry-after"]) > 0
        assert (await first.post("still here"))["seq"] == 1
        await first.connection.close()
        again = await _when_there_is_a_seat(cell, room)
        await stack.enter_async_context(again)


async def _when_there_is_a_seat(cell: Cell, room: str) -> raw.WebSocket:
    # The server may hear a little later than we that somebody has left.
    async with asyncio.timeout(TIMEOUT):
        while True:
            websocket = await raw.WebSocket.open(cell, chat_path(room))
            if websocket.response.status == 101:
                return websocket
            websocket.connection.close()


@clause("H-04")
async def test_there_are_no_other_sockets(cell: Cell) -> None:
    """A handshake on any other path is told that nothing is there."""
    for path in (
        "/",
        "/chat/",
        "/chat/lobby",
        "/chat/lobby/messages",
        "/nowhere",
        "/weather/berlin",
        "/healthz",
        "/metrics",
        "/docs",
        "/static/page.js",
    ):
        problem(await shake(cell, path), 404)


@clause("H-04")
async def test_the_socket_is_no_page(http: httpx.AsyncClient) -> None:
    """A plain request to the socket's path finds nothing."""
    for method in ("GET", "POST"):
        problem(await http.request(method, "/chat"), 404)
