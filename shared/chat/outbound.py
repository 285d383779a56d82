"""What one client is sent: its cursor into the room, and frames for it alone."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence

from shared.chat.room import Room
from shared.errors import InternalError, Restarting, Stalled, Unavailable

_log = logging.getLogger(__name__)

_NOTICES = 16
"""Frames for this client alone that may wait before it is read from no more."""


class Outbound:
    """A follower of a room; it has no queue of messages, only a cursor.

    `presences` is how many presence frames of the room are no news to it.
    """

    def __init__(self, room: Room, welcome: str, cursor: int, presences: int) -> None:
        self._room = room
        self._start = cursor
        self._cursor = cursor
        self._presences = presences
        self._caught_up = False
        self._notices = deque([welcome])
        self._notice_slots = asyncio.Semaphore(_NOTICES)
        self._sleeping: asyncio.Future[None] | None = None
        self._sending_since: float | None = None
        self._over = False
        self._now = asyncio.get_running_loop().time

    async def notify(self, frame: str) -> None:
        """Send a frame to this client alone; waits while too many wait already."""
        await self._notice_slots.acquire()
        if self._over:
            self._notice_slots.release()  # for the next that waits
            return
        self._notices.append(frame)
        if self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(None)

    def end(self) -> None:
        """Let go of all that waits to notify a client that is not there any more."""
        self._over = True
        self._notice_slots.release()

    def stalled_seconds(self) -> float:
        """How long the frame that is being sent has stood still."""
        return 0 if self._sending_since is None else self._now() - self._sending_since

    def lag(self) -> int:
        """How many messages behind its room the client is.

        One who resumes from far behind is no laggard before it has caught up once.
        """
        return self._room.seq - self._cursor if self._caught_up else 0

    def delivered(self) -> int:
        """How many messages the client was sent."""
        return self._cursor - self._start

    async def frames(self) -> AsyncIterator[str]:
        """All text frames for this client, in order, for ever. Raises Stalled."""
        room = self._room
        while True:
            if self._notices:
                self._sending_since = self._now()
                yield self._notices.popleft()
                self._notice_slots.release()
            elif self._cursor < room.seq:
                self._sending_since = None
                for frame in await self._missing():
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

    async def _missing(self) -> Sequence[str]:
        latest = self._room.latest
        if self._cursor + len(latest) == self._room.seq:
            return latest  # all who keep up share it
        try:
            frames = await self._room.after(self._cursor)
        except Unavailable as error:  # it may be away: nothing is lost by coming back
            raise Restarting from error
        except OSError as error:  # the journal's: a handler's means the client has gone
            _log.exception("room %s cannot read its journal", self._room.name)
            raise InternalError from error
        if not frames:  # retention has passed the cursor: the client is far too slow
            raise Stalled
        return frames

    async def _sleep(self) -> None:
        self._sleeping = self._room.park()
        try:
            await self._sleeping
        finally:
            self._room.unpark(self._sleeping)
