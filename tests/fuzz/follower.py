"""A client that notices the first message which is not the one it must get next."""

import asyncio
import json
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.contract.cells import Cell
from tests.contract.chat import chat_path, said
from tests.contract.patience import NotInTime
from tests.contract.raw import Op, WebSocket

Json = dict[str, Any]

TIMEOUT = 30.0
"""Seconds that a follower waits for what must come."""

RECEIVE_BUFFER = 32_768
"""What the kernel takes for a follower that does not read, in bytes."""

Log = dict[int, Json]
"""The messages of a room by their `seq`, as the first follower got them."""


class Follower:
    """One name in a room, connected or not; it reads only when it is told to."""

    def __init__(self, cell: Cell, room: str, name: str, log: Log) -> None:
        self.name = name
        self.stalled = False
        self.next = 0
        self.resent: Counter[str] = Counter()  # refs whose message must come again
        self.refused = 0
        self._cell = cell
        self._room = room
        self._log = log
        self._epoch = ""
        self._brought: set[int] = set()
        self._socket: WebSocket | None = None

    @property
    def active(self) -> bool:
        """Whether it is connected and reads."""
        return self._socket is not None and not self.stalled

    @property
    def gone(self) -> bool:
        """Whether it is not connected."""
        return self._socket is None

    async def join(self, after: int | None) -> None:
        """Connect, with a cursor or without, and know what must come next."""
        await self._connect(after, None)

    async def come_back(self, *, epoch: str | None = None) -> None:
        """Connect again, where it was, or so it says with a foreign `epoch`."""
        await self._connect(self.next - 1, epoch or self._epoch)

    async def send(self, text: str, ref: str | None = None) -> None:
        """Send a message and wait for nothing."""
        await self.send_frame(said(text, ref))

    async def send_frame(self, frame: str) -> None:
        """Send a text frame as it is."""
        await self._connected.send_text(frame)

    async def read_until(self, done: Callable[[], bool], what: str) -> None:
        """Read until that has come to pass."""
        try:
            async with asyncio.timeout(TIMEOUT):
                while not done():
                    await self._read()
        except (EOFError, OSError, NotInTime) as error:
            missing = f"{self.name} misses {what}, and next {self.next}"
            raise AssertionError(f"{missing}: {error!r}") from error

    async def read_to(self, seq: int) -> None:
        """Read all messages up to that one."""
        await self.read_until(lambda: self.next > seq, f"message {seq}")

    def has(self, text: str) -> bool:
        """Whether this connection has brought, in order, a message with that text."""
        return any(self._log[seq]["text"] == text for seq in self._brought)

    async def send_again(self, text: str, ref: str) -> None:
        """Send what it sent before; it comes back if it has not come in order."""
        if not self._has_ref(ref):
            self.resent[ref] += 1
        await self.send(text, ref)
        await self.read_until(
            lambda: not self.resent[ref] or self._has_ref(ref), f"its {ref} again"
        )
        self.resent.clear()

    def _has_ref(self, ref: str) -> bool:
        mine = (self._log[seq] for seq in self._brought)
        return any((each["name"], each["ref"]) == (self.name, ref) for each in mine)

    async def resume(self) -> None:
        """Read on; one that the server has cut meanwhile comes back."""
        self.stalled = False
        try:
            async with asyncio.timeout(TIMEOUT):
                while self.next <= max(self._log, default=0):
                    await self._read()
        except (EOFError, ConnectionError):
            self.abort()
            await self.come_back()

    async def leave(self, *, binary: bool = False) -> None:
        """Say goodbye, or be thrown out for a binary frame, and read what comes."""
        close = struct.pack("!H", 1000)
        await self._connected.send(*((Op.BINARY,) if binary else (Op.CLOSE, close)))
        async with asyncio.timeout(TIMEOUT):
            while (frame := await self._connected.receive()).op != Op.CLOSE:
                self._take(json.loads(frame.text))
        assert frame.close_code == (1003 if binary else 1000), frame
        self._connected.connection.close()
        self._forget()

    def abort(self) -> None:
        """Cut the connection, as a lost route does."""
        self._connected.connection.reset()
        self._forget()

    @property
    def _connected(self) -> WebSocket:
        assert self._socket
        return self._socket

    async def _connect(self, after: int | None, epoch: str | None) -> None:
        query = {"name": self.name, "after": after, "epoch": epoch}
        path = chat_path(self._room, **query)
        self._socket = await WebSocket.open(
            self._cell, path, receive_buffer=RECEIVE_BUFFER
        )
        assert self._socket.response.status == 101, self._socket.response
        welcome = json.loads((await self._socket.receive(timeout=TIMEOUT)).text)
        assert welcome["type"] == "welcome", welcome
        last, self._epoch = welcome["seq"], welcome["epoch"]
        same = epoch in (None, self._epoch)
        resumed = after is not None and same and after <= last
        assert welcome["resumed"] is resumed, welcome
        if after is None:
            self.next = max(0, last - 50) + 1
        else:
            self.next = (after if resumed else last) + 1

    async def _read(self) -> None:
        frame = await self._connected.receive(timeout=TIMEOUT)
        assert frame.op == Op.TEXT, f"{self.name} got {frame}"
        self._take(json.loads(frame.text))

    def _take(self, frame: Json) -> None:
        match frame["type"]:
            case "message":
                self._take_message(frame)
            case "error":
                assert self.refused, f"{self.name} got {frame}"
                self.refused -= 1
            case other:
                assert other == "presence", frame

    def _take_message(self, frame: Json) -> None:
        seq = frame["seq"]
        known = self._log.setdefault(seq, frame)
        assert frame == known, f"{self.name} got {frame}, another got {known}"
        if seq == self.next:
            self.next += 1
            self._brought.add(seq)
            return
        again = seq < self.next and seq not in self._brought
        asked = frame["name"] == self.name and self.resent[frame["ref"]]
        assert again, f"{self.name} got {seq} instead of {self.next}"
        assert asked, f"{self.name} got {seq} instead of {self.next}"
        self.resent[frame["ref"]] -= 1

    def _forget(self) -> None:
        self._socket = None
        self.stalled = False
        self.refused = 0
        self.resent.clear()
        self._brought.clear()
