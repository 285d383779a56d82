"""A polite chat client, and what the chat tests share."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.contract import raw, transcript
from tests.contract.cells import SUITE_ENV, Cell
from tests.contract.patience import TIMEOUT, within
from tests.contract.targets import Target

BURST = int(SUITE_ENV["TANDEM_MESSAGE_BURST"])
PER_SECOND = int(SUITE_ENV["TANDEM_MESSAGES_PER_SECOND"])
"""Messages that one client may send, at once and from then on."""

SMALL_BUFFER = 4_096
"""What the kernel takes for a client that does not read, in bytes."""

LONG = "🦊" * 2_000
"""The longest text there is: 8,000 bytes."""

LONG_MESSAGES = 800
"""So many long messages that no buffer on the way holds them for who does not read."""

HELD_BYTES = 32 << 20
"""More than all buffers on the way from a client hold, and far less than a flood."""

Json = dict[str, Any]


class Member:
    """A client in a room; `frames` holds all that it was sent after the welcome."""

    def __init__(self, connection: ClientConnection, welcome: Json) -> None:
        self.connection = connection
        self.welcome = welcome
        self.frames: list[Json] = []

    @property
    def messages(self) -> list[Json]:
        """The messages among the frames."""
        return [frame for frame in self.frames if frame["type"] == "message"]

    @property
    def seqs(self) -> list[int]:
        """Which messages came, in the order in which they came."""
        return [message["seq"] for message in self.messages]

    @property
    def members(self) -> int:
        """How many are in the room, as far as this member was told."""
        told = (frame["members"] for frame in reversed(self.frames) if "left" in frame)
        return int(next(told, self.welcome["members"]))

    async def send(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        transcript.sent(frame)
        await self.connection.send(frame)

    async def say(self, text: str, ref: str | None = None) -> None:
        """Send a message, and do not wait for anything."""
        await self.send(said(text, ref))

    async def post(self, text: str, ref: str | None = None) -> Json:
        """Send a message; its acknowledgement, which is the message with its `ref`."""
        ref = ref or secrets.token_hex(8)
        await self.say(text, ref)
        return await self.wait_for(type="message", ref=ref)

    async def receive(self, *, timeout: float = TIMEOUT) -> Json:
        """The next frame. Raises ConnectionClosed."""
        async with within(timeout, "a frame"):
            text = await self.connection.recv()
        transcript.came(text)
        frame: Json = json.loads(text)
        self.frames.append(frame)
        return frame

    async def wait_for(self, *, timeout: float = TIMEOUT, **fields: object) -> Json:
        """The next frame with these fields; what came before it is in `frames`."""
        async with within(timeout, f"a frame with {fields}"):
            while True:
                frame = await self.receive(timeout=timeout)
                if fields.items() <= frame.items():
                    return frame

    async def wait_for_seq(self, seq: int, *, timeout: float = TIMEOUT) -> None:
        """Return when that message has come."""
        if seq not in self.seqs:
            await self.wait_for(type="message", seq=seq, timeout=timeout)

    async def wait_until_closed(self, *, timeout: float = TIMEOUT) -> tuple[int, str]:
        """The code and the reason of the close; 1006 where there was no close frame."""
        async with within(timeout, "the end of the connection"):
            try:
                while True:
                    await self.receive(timeout=timeout)
            except ConnectionClosed as closed:
                close = closed.rcvd
                transcript.came(f"the end of the connection: {close}")
                return (close.code, close.reason) if close else (1006, "")


def new_room() -> str:
    """The name of a room that no other test has."""
    return f"room-{secrets.token_hex(6)}"


def said(text: str, ref: str | None = None) -> str:
    """The frame that posts a message."""
    frame = {"text": text} if ref is None else {"text": text, "ref": ref}
    return json.dumps(frame, ensure_ascii=False)


def chat_path(room: str, **query: object) -> str:
    """The uri of a handshake; what is None is left out."""
    given = {"room": room, **query}
    return "/chat?" + urlencode({k: v for k, v in given.items() if v is not None})


@asynccontextmanager
async def join(target: Target, room: str, **query: object) -> AsyncIterator[Member]:
    """A member of a room; `name`, `after` and `epoch` go into the query."""
    uri = chat_path(room, **query)
    transcript.sent(f"handshake {uri}")
    async with connect(
        target.ws_url + uri, compression=None, max_queue=None
    ) as connection:
        async with within(TIMEOUT, "a welcome"):
            text = await connection.recv()
        transcript.came(text)
        yield Member(connection, json.loads(text))


@asynccontextmanager
async def join_all(
    target: Target, room: str, names: Iterable[str]
) -> AsyncIterator[list[Member]]:
    """Members of a room, one of each name, all there."""
    async with AsyncExitStack() as stack:
        members = [join(target, room, name=name) for name in names]
        yield [await stack.enter_async_context(each) for each in members]


async def fill(target: Target, room: str, count: int, text: str = "filling") -> None:
    """Post messages to a room and return when all are acknowledged."""
    for start in range(0, count, BURST):
        async with join(target, room, name="filler") as filler:
            for _ in range(min(BURST, count - start) - 1):
                await filler.say(text)
            await filler.post(text)


async def post_while_others_join(
    target: Target, ann: Member, bob: Member, cat: Member
) -> None:
    """Two post in a new room, and with all that the third sees somebody joins.

    The comers' cursors are at the start, midway and at the end; each must get all that
    follows once and in order.
    """
    room, last = ann.welcome["room"], 200

    async def post(sender: Member) -> None:
        for number in range(last // 2):
            await sender.post(f"{sender.welcome['name']} {number}")

    async def follow(after: int) -> None:
        async with join(target, room, after=after) as comer:
            assert comer.welcome["resumed"] is True
            await comer.wait_for_seq(last)
            assert comer.seqs == list(range(after + 1, last + 1))

    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(post(ann))
        at_once.create_task(post(bob))
        for seen in range(4, last, 6):
            await cat.wait_for_seq(seen)
            at_once.create_task(follow((0, seen // 2, seen - 1, seen)[seen // 2 % 4]))


async def read_seqs_to_the_end(stalled: raw.WebSocket) -> list[int]:
    """Which messages a stalled client finds once it reads, until the end."""
    seqs = []
    try:
        while (frame := await stalled.receive()).op != raw.Op.CLOSE:
            received = json.loads(frame.payload)
            if received["type"] == "message":
                seqs.append(received["seq"])
        assert frame.close_code == 1013
    except (ConnectionError, EOFError):
        pass  # where the close frame cannot be written, the connection is cut
    return seqs


async def history(http: httpx.AsyncClient, room: str) -> list[Json]:
    """All messages of a room, page by page."""
    messages: list[Json] = []
    after = 0
    while after is not None:
        query = {"after": after, "limit": 200}
        answer = await http.get(f"/chat/{room}/messages", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        messages += page["messages"]
        after = page["next"]
    return messages


@contextmanager
def own_cell(cell: Cell, folder: Path, **settings: str) -> Iterator[Cell]:
    """A cell of the same name with a journal and settings of its own."""
    env = {**cell.env, **settings}
    del env["TANDEM_JOURNAL"]
    with Cell(cell.name, folder, env) as own:
        yield own


async def shake(
    target: Target, uri: str, headers: Mapping[str, str] | None = None
) -> raw.Response:
    """What a handshake is answered with."""
    async with await raw.WebSocket.open(target, uri, headers=headers) as websocket:
        return websocket.response
