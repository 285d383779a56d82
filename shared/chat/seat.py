"""A seat: what a handler holds for one connected client."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from shared.chat.frames import (
    ClientFrame,
    ErrorFrame,
    RateLimitedFrame,
    Welcome,
    decode,
    encode,
    encode_message,
)
from shared.chat.journal import Appended, Draft
from shared.chat.limits import TokenBucket
from shared.chat.room import Room
from shared.errors import (
    BinaryFrame,
    CloseSocket,
    FrameTooLarge,
    InternalError,
    Stalled,
    TandemError,
    TooManyRefusals,
)
from shared.metrics import CLOSED_SOCKETS, REFUSED_FRAMES
from shared.settings import Settings

_log = logging.getLogger(__name__)

_NOTICES = 16
"""Frames for this client alone that may wait before it is read from no more."""

_POSTS = 64
"""Messages of one client that may be on their way to the journal."""

_CLOSE_SECONDS = 1.0
"""How long a close frame may take: a client that does not read blocks it too."""

Post = Callable[[Draft], Awaitable[Appended]]


class Seat:
    """One client's cursor into a room, and the way in for what it sends."""

    def __init__(
        self, room: Room, welcome: Welcome, cursor: int, post: Post, settings: Settings
    ) -> None:
        self._room = room
        self._name = welcome.name
        self._start = self._cursor = cursor
        self._post = post
        self._settings = settings
        self._bucket = TokenBucket(settings.messages_per_second, settings.message_burst)
        self._refusals = 0
        self._presences = room.presences
        self._caught_up = False
        self._notices = deque([encode(welcome)])
        self._notice_slots = asyncio.Semaphore(_NOTICES)
        self._post_slots = asyncio.Semaphore(_POSTS)
        self._posting: set[asyncio.Task[None]] = set()
        self._sleeping: asyncio.Future[None] | None = None
        self._sending_since: float | None = None
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self._closing: asyncio.Future[CloseSocket] = loop.create_future()

    def close(self, reason: CloseSocket) -> None:
        """End the connection with this code, soon."""
        if not self._closing.done():
            self._closing.set_result(reason)

    def check(self) -> None:
        """Close if a send has stood still, or a live client lags, for too long."""
        since, settings = self._sending_since, self._settings
        stalled = (
            since is not None and self._now() - since > settings.chat_stall_seconds
        )
        # One who resumes from far behind is no laggard before it has caught up once.
        behind = self._room.seq - self._cursor if self._caught_up else 0
        if stalled or behind > settings.chat_max_lag_messages:
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
        tasks = [asyncio.create_task(reader), asyncio.create_task(writer)]
        try:
            ends: list[asyncio.Future[Any]] = [*tasks, self._closing]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            # On granian a close waits for ever while a receive is pending.
            await asyncio.wait(tasks)
        reason = self._closing.result() if self._closing.done() else _verdict(tasks)
        if reason is not None:
            CLOSED_SOCKETS.labels(reason.code).inc()
            with suppress(Exception):  # the peer may have gone, or never read
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await close(reason.code, reason.reason)

    async def frames(self) -> AsyncIterator[str]:
        """All that this client is to be sent, in order, for ever: text frames."""
        room = self._room
        while True:
            if self._notices:
                self._sending_since = self._now()
                yield self._notices.popleft()
                self._notice_slots.release()
            elif self._cursor < room.seq:
                self._sending_since = None
                for frame in await self._behind():
                    self._cursor += 1
                    self._sending_since = self._now()
                    yield frame
            elif self._presences != room.presences:
                self._presences = room.presences
                self._sending_since = self._now()
                yield room.presence
            else:
                self._caught_up = True
                self._sending_since = None
                await self._sleep()

    async def _behind(self) -> Sequence[str]:
        frames = await self._room.after(self._cursor)
        if not frames:  # retention has passed the cursor
            self.close(Stalled())
            await self._sleep()
        return frames

    async def _sleep(self) -> None:
        self._sleeping = self._room.park()
        try:
            await self._sleeping
        finally:
            self._room.unpark(self._sleeping)

    async def take(self, data: str | bytes) -> None:
        """Take one frame from the client. Raises CloseSocket."""
        if not isinstance(data, str):
            raise BinaryFrame
        if (
            len(data.encode(errors="surrogatepass"))
            > self._settings.chat_frame_max_bytes
        ):
            raise FrameTooLarge
        frame = self._limited(decode(data))
        if isinstance(frame, ErrorFrame):
            await self._tell(frame)
        else:
            await self._post_slots.acquire()
            task = asyncio.create_task(self._append(frame))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    def _limited(self, frame: ClientFrame | ErrorFrame) -> ClientFrame | ErrorFrame:
        wait = self._bucket.take()
        if not wait:
            self._refusals = 0
            return frame
        self._refusals += 1
        if self._refusals >= self._settings.chat_max_refusals:
            raise TooManyRefusals
        detail = "You send faster than the limit; wait, then send it again."
        return RateLimitedFrame(
            detail=detail, ref=frame.ref, retry_after_seconds=round(wait + 0.001, 3)
        )

    async def _append(self, frame: ClientFrame) -> None:
        try:
            message, created = await self._post(
                Draft(self._room.name, self._name, frame.text, frame.ref)
            )
        except TandemError as error:
            await self._tell(
                ErrorFrame(code="unavailable", detail=str(error), ref=frame.ref)
            )
        else:
            # The log brings it, as it does to everyone; but not what it brought before.
            if not created and message.seq <= self._start:
                await self._notify(encode_message(message))
        finally:
            self._post_slots.release()

    async def _tell(self, frame: ErrorFrame) -> None:
        REFUSED_FRAMES.labels(frame.code).inc()
        await self._notify(encode(frame))

    async def _notify(self, frame: str) -> None:
        await self._notice_slots.acquire()
        self._notices.append(frame)
        if self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(None)


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
