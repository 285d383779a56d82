"""A seat: what a handler holds for one connected client."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from shared.chat.frames import Welcome, encode
from shared.chat.inbound import Append, Inbound
from shared.chat.outbound import Outbound
from shared.chat.room import Room
from shared.errors import CloseSocket, InternalError, Stalled
from shared.metrics import CLOSED_SOCKETS
from shared.settings import Settings

_log = logging.getLogger(__name__)

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

    def check(self) -> None:
        """Close if a send has stood still, or the client lags, for too long."""
        stalled = self._outbound.stalled_seconds() > self._settings.chat_stall_seconds
        if stalled or self._outbound.lag() > self._settings.chat_max_lag_messages:
            self.close(Stalled())

    async def serve(
        self,
        reader: Coroutine[None, None, None],
        writer: Coroutine[None, None, None],
        close: Callable[[int, str], Awaitable[None]],
    ) -> None:
        """Read and write at once until one ends; then close, if the client is there.

        `reader` returns when the client has gone.
        """
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
        if reason is not None:
            CLOSED_SOCKETS.labels(reason.code).inc()
            with suppress(Exception):  # the peer may have gone, or never read
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await close(reason.code, reason.reason)

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
