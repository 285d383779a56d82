"""A room: the live tail of one journal, and who is there."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextvars import Context

from shared.chat.frames import SHOWN_NAMES, Presence, encode, encode_message
from shared.chat.journal import Journal
from shared.chat.presence import Change
from shared.errors import CloseSocket, InternalError, Restarting, Unavailable
from shared.metrics import CATCH_UP

_log = logging.getLogger(__name__)

_PAGE = 16
"""Messages given to one follower from behind at a time: it holds them if it stalls."""

_PRESENCE_SECONDS = 0.5
"""Least time between two presence frames: N members told of N arrivals is N² frames."""

Broken = Callable[["Room", CloseSocket], None]


class Room:
    """The last encoded messages of a room, and what wakes those who follow it."""

    def __init__(self, name: str, journal: Journal, ring_messages: int) -> None:
        self.name = name
        self.users = 0
        self.seq = 0
        self.latest: list[str] = []
        self.presence = ""
        self.presences = 0
        self._journal = journal
        self._ring: deque[str] = deque(maxlen=ring_messages)
        self._opening = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._parked: set[asyncio.Future[None]] = set()
        # Kept, for asking for it asks the kernel for the process each time.
        self._loop = asyncio.get_running_loop()
        self._members = 0
        self._joined: list[str] = []
        self._left: list[str] = []
        self._presence_due: asyncio.TimerHandle | None = None
        self._presence_at = float("-inf")

    async def open(self, broken: Broken) -> None:
        """Begin to follow the journal, unless that has begun. Raises Unavailable.

        `broken` is called, with what to tell the members, should it end.
        """
        async with self._opening:
            if self._following is not None:
                return
            self.seq = (await self._journal.span(self.name)).last
            self._following = asyncio.create_task(
                self._follow(broken),
                name=f"room {self.name}",
                context=Context(),  # a copy would keep the first member's request alive
            )

    async def close(self) -> None:
        """Stop following."""
        if self._presence_due is not None:
            self._presence_due.cancel()
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    async def _follow(self, broken: Broken) -> None:
        try:
            async for messages in self._journal.tail(self.name, self.seq):
                if messages[0].seq != self.seq + 1:  # retention passed what lay between
                    self._ring.clear()
                self.latest = list(map(encode_message, messages))
                self._ring.extend(self.latest)
                self.seq = messages[-1].seq
                self._wake()
        except Unavailable as error:
            _log.warning("room %s cannot follow its journal: %s", self.name, error)
            broken(self, Restarting())
        except Exception:
            _log.exception("room %s cannot follow its journal", self.name)
            broken(self, InternalError())

    def park(self) -> asyncio.Future[None]:
        """What is done at the next message or presence; give it to `unpark` then."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._parked.add(future)
        return future

    def unpark(self, future: asyncio.Future[None]) -> None:
        """Forget what `park` gave."""
        self._parked.discard(future)

    def _wake(self) -> None:
        for future in self._parked:
            if not future.done():
                future.set_result(None)

    async def after(self, cursor: int) -> list[str]:
        """The next encoded messages after `cursor`; from the journal if need be.

        Empty means that there are none, or that retention has passed the cursor.
        """
        missing = self.seq - cursor
        kept = len(self._ring)
        if missing <= kept:
            first = kept - missing
            return [self._ring[i] for i in range(first, min(first + _PAGE, kept))]
        CATCH_UP.observe(missing)
        messages = await self._journal.read(self.name, cursor, _PAGE)
        if not messages or messages[0].seq != cursor + 1:
            return []
        return list(map(encode_message, messages))

    def tell(self, change: Change) -> None:
        """Tell of who came and who went, soon."""
        self._members = change.members
        for names, more in ((self._joined, change.joined), (self._left, change.left)):
            names.extend(more[: SHOWN_NAMES - len(names)])
        if self._presence_due is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), self._presence_at + _PRESENCE_SECONDS)
            self._presence_due = loop.call_at(due, self._announce_presence)

    def _announce_presence(self) -> None:
        presence = Presence(members=self._members, joined=self._joined, left=self._left)
        self.presence = encode(presence)
        self.presences += 1
        self._joined, self._left = [], []
        self._presence_due = None
        self._presence_at = asyncio.get_running_loop().time()
        self._wake()
