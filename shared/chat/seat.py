"""A seat: what a handler holds for one connected client."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

from shared.chat.frames import Welcome, encode
from shared.chat.inbound import Append, Inbound
from shared.chat.outbound import Outbound
from shared.chat.room import Room
from shared.errors import CloseSocket, InternalError, Stalled
from shared.metrics import CLOSED_SOCKETS, DELIVERED, SOCKET_SECONDS
from shared.settings import Settings

_log = logging.getLogger(__name__)
_socket_log = logging.getLogger("tandem.sockets")

_CLOSE_SECONDS = 1.0
"""How long a close frame may take: a client that does not read blocks it too."""


class Seat:
    """One client in a room: what it sends is taken, what it is sent comes as frames."""

    def __init__(
        self,
        room: Room,
        welcome: Welcome,
        cursor: int,
        presences: int,
        append: Append,
        settings: Settings,
    ) -> None:
        self.room = room
        self._name = welcome.name
        self._counted = 0
        self._settings = settings
        self._outbound = Outbound(room, encode(welcome), cursor, presences)
        self._inbound = Inbound(
            room.name,
            welcome.name,
            cursor,
            append,
            self._outbound.notify,
            self.close,
            settings,
        )
        self._closing: asyncio.Future[CloseSocket] = (
            asyncio.get_running_loop().create_future()
        )

    def frames(self) -> AsyncIterator[str]:
        """All text frames for this client, in order, for ever. Raises CloseSocket."""
        return self._outbound.frames()

    async def take(self, data: str | bytes) -> None:
        """Take one frame from the client, a binary one as bytes. Raises CloseSocket."""
        await self._inbound.take(data)

    def close(self, reason: CloseSocket) -> None:
        """End the connection with this code, soon."""
        if not self._closing.done():
            self._closing.set_result(reason)

    def check(self) -> int:
        """Close if a send has stood still, or the client lags, for too long.

        How many messages it lags is returned.
        """
        lag = self._outbound.lag()
        stalled = self._outbound.stalled_seconds() > self._settings.chat_stall_seconds
        if stalled or lag > self._settings.chat_max_lag_messages:
            self.close(Stalled())
        return lag

    def newly_delivered(self) -> int:
        """How many messages it was sent since this was called last."""
        before, self._counted = self._counted, self._outbound.delivered()
        return self._counted - before

    async def serve(
        self,
        reader: Coroutine[None, None, None],
        writer: Coroutine[None, None, None],
        close: Callable[[int, str], Awaitable[None]],
    ) -> None:
        """Read and write at once until one ends; then close, if the client is there.

        `reader` returns when the client has gone.
        """
        began = perf_counter()
        tasks = [asyncio.create_task(reader), asyncio.create_task(self._write(writer))]
        ends: list[asyncio.Future[Any]] = [*tasks, self._closing]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            # On granian a close waits for ever while a receive is pending.
            await asyncio.wait(tasks)
            self._outbound.end()
            reason = self._closing.result() if self._closing.done() else _verdict(tasks)
            self._tell_of_its_life(perf_counter() - began, reason)
        if reason is not None:
            with suppress(Exception):  # the peer may have gone, or never read
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await close(reason.code, reason.reason)

    def _tell_of_its_life(self, seconds: float, end: CloseSocket | None) -> None:
        SOCKET_SECONDS.observe(seconds)
        CLOSED_SOCKETS.labels("gone" if end is None else end.code).inc()
        DELIVERED.inc(self.newly_delivered())
        fields = {
            "room": self.room.name,
            "name": self._name,
            "duration_seconds": round(seconds, 6),
            "messages_in": self._inbound.taken,
            "messages_out": self._outbound.delivered(),
            "code": None if end is None else end.code,
            "reason": "the client has gone" if end is None else end.reason,
        }
        _socket_log.info("socket", extra={"fields": fields})

    async def _write(self, writer: Coroutine[None, None, None]) -> None:
        with suppress(OSError):  # the client has gone
            await writer
        # What it sent before is still to be read: only the reader's end is the end.
        async for _ in self.frames():
            pass


def _verdict(tasks: Sequence[asyncio.Task[None]]) -> CloseSocket | None:
    """Why to close, or None where the client has gone."""
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, CloseSocket):
            return error
        if error is not None and not isinstance(error, OSError):
            _log.error("a socket's handler failed", exc_info=error)
            return InternalError()
    return None
