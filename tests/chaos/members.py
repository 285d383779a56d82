"""Members of a room who come back, with the protocol's own means, whatever happens."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Iterable
from time import monotonic
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.chaos.oracle import Line, Message
from tests.contract.chat import chat_path, said

_WINDOW = 64
"""Messages of one poster that wait for their acknowledgement."""

_LEAST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
"""Seconds between two attempts: each twice the last, with jitter."""


class Stream:
    """What all members of one round share."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.begun = asyncio.Event()
        self.refused = asyncio.Event()
        self.on_route: set[str] = set()  # who may be silent without anybody's fault
        self.acknowledged: dict[tuple[str, str | None], Message] = {}
        self._known: dict[tuple[str, int], Message] = {}
        self._awaited: dict[int, asyncio.Event] = {}

    def acknowledge(self, message: Message) -> None:
        """Note what its sender was told."""
        self.acknowledged[message.key] = message
        if event := self._awaited.get(len(self.acknowledged)):
            event.set()

    async def reaches(self, count: int) -> None:
        """Wait until so many messages are acknowledged."""
        if len(self.acknowledged) < count:
            await self._awaited.setdefault(count, asyncio.Event()).wait()

    def same(self, message: Message) -> Message:
        """The equal message that another has got already: a thousand may have it."""
        known = self._known.setdefault((message.epoch, message.seq), message)
        return known if known == message else message


class Member:
    """One name in a room: it reads, and posts what it is given to post.

    It comes back with `epoch` and `after`, and sends again, with its `ref`, what was
    not acknowledged.
    """

    def __init__(
        self,
        url: str,
        room: str,
        name: str,
        stream: Stream,
        texts: Iterable[tuple[str, str]] = (),
        *,
        after: int = 0,
    ) -> None:
        self.name = name
        self.cursor = after
        self.connected = asyncio.Event()
        self.silence = 0.0  # the longest time in which nothing came
        self.connections = 0
        self.events: list[str | Message] = []
        self._url = url
        self._room = room
        self._stream = stream
        self._texts = dict(texts)
        self._unsaid = deque(self._texts)
        self._after = after
        self._epoch: str | None = None
        self._more = asyncio.Event()
        self._moved = asyncio.Event()
        self._failures = 0
        self._heard: float | None = None

    @property
    def line(self) -> Line:
        """What it has got."""
        got = [each for each in self.events if isinstance(each, Message)]
        return Line(self._after, got)

    @property
    def unacknowledged(self) -> int:
        """How many of its messages are not acknowledged yet."""
        return len(self._texts)

    async def stay(self) -> None:
        """Be there, and come back, until cancelled."""
        while True:
            query = {"name": self.name, "after": self.cursor, "epoch": self._epoch}
            uri = self._url + chat_path(self._room, **query)
            try:
                # Two seconds to let go of a socket whose other side has vanished.
                async with connect(
                    uri, compression=None, open_timeout=5, close_timeout=2
                ) as socket:
                    await self._talk(socket)
            except (OSError, WebSocketException, TimeoutError) as error:
                self._note(f"{type(error).__name__}: {error}")
            self.connected.clear()
            await asyncio.sleep(self._pause())

    async def reaches(self, seq: int) -> None:
        """Wait until it has come to that message."""
        while self.cursor < seq:
            self._moved.clear()
            await self._moved.wait()

    def listen_from_now(self) -> None:
        """Count the time in which nothing comes from here on."""
        self.silence, self._heard = 0.0, monotonic()

    async def _talk(self, socket: ClientConnection) -> None:
        welcome = json.loads(await socket.recv())
        self._note(f"welcome {welcome}")
        self._epoch = welcome["epoch"]
        if not welcome["resumed"]:
            self.cursor = welcome["seq"]
        self._unsaid = deque(self._texts)
        self._failures = 0
        self.connections += 1
        self.connected.set()
        posting = asyncio.create_task(self._post(socket))
        try:
            async for text in socket:
                self._take(json.loads(text))
            self._note(f"closed with {socket.close_code}")
        finally:
            posting.cancel()
            await asyncio.wait([posting])
            if not posting.cancelled():
                posting.exception()  # the connection's end, which reading tells too

    async def _post(self, socket: ClientConnection) -> None:
        await self._stream.begun.wait()
        while self._texts:
            self._more.clear()
            under_way = len(self._texts) - len(self._unsaid)
            if self._unsaid and under_way < _WINDOW:
                ref = self._unsaid.popleft()
                await socket.send(said(self._texts[ref], ref))
            else:
                await self._more.wait()

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "message":
                self._take_message(frame)
            case "error":
                self._stream.refused.set()
                self._note(f"refused {frame}")
                again = asyncio.get_running_loop().call_later
                again(self._pause(), self._send_again, frame["ref"])

    def _take_message(self, frame: dict[str, Any]) -> None:
        if self._heard is not None and frame["name"] not in self._stream.on_route:
            now = monotonic()
            self.silence, self._heard = max(self.silence, now - self._heard), now
        fields = (frame[each] for each in Message._fields[1:])
        message = self._stream.same(Message(str(self._epoch), *fields))
        self.events.append(message)
        self.cursor = message.seq
        self._moved.set()
        if message.name == self.name and message.ref in self._texts:
            del self._texts[message.ref]
            self._stream.acknowledge(message)
            if message.ref in self._unsaid:  # it was to be sent again
                self._unsaid.remove(message.ref)
            self._more.set()

    def _send_again(self, ref: str) -> None:
        if ref in self._texts and ref not in self._unsaid:
            self._unsaid.append(ref)
            self._more.set()

    def _pause(self) -> float:
        longest = min(_LONGEST_PAUSE, _LEAST_PAUSE * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        return random.uniform(longest / 2, longest)

    def _note(self, what: str) -> None:
        self.events.append(f"{monotonic() - self._stream.start:.3f} s: {what}")
