"""Chat: who may join a room, what becomes of a message, how it all ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, nullcontext
from typing import TypeVar

from shared.chat.admission import Admission
from shared.chat.frames import History, HistoryQuery, Join, NewMessage, Welcome
from shared.chat.journal import Appended, Draft, Journal
from shared.chat.limits import Posters
from shared.chat.presence import Presence
from shared.chat.room import Room
from shared.chat.seat import Seat
from shared.chat.tokens import Claims, Tokens
from shared.errors import CloseSocket, Restarting, Unavailable
from shared.metrics import APPEND_FAILURES, APPEND_SECONDS, DELIVERED, LAG, POSTED
from shared.settings import Settings

_Answer = TypeVar("_Answer")


class Chat:
    """The rooms of one process, on one journal."""

    def __init__(
        self, journal: Journal, presence: Presence, settings: Settings
    ) -> None:
        self._journal = journal
        self._presence = presence
        self._settings = settings
        self._rooms: dict[str, Room] = {}
        self._seats: set[Seat] = set()
        self._posters = Posters(settings.messages_per_second, settings.message_burst)
        self._admission = Admission(settings)
        self.tokens = Tokens(settings.token_secret)
        self._checking = asyncio.create_task(self._check_seats(), name="seat check")

    @asynccontextmanager
    async def join(
        self,
        join: Join,
        origin: str | None,
        host: str | None,
        scheme: str = "ws",
        claims: Claims | None = None,
    ) -> AsyncIterator[Seat]:
        """A seat in a room, to be had before the handshake is accepted.

        `origin` and `host` are the request's headers. Raises Unauthorized, Forbidden,
        ForeignOrigin, TooManyConnections, Unavailable.
        """
        join = self.tokens.admit(claims, join)
        with self._admission.connection(origin, host, scheme):
            async with self._room(join.room) as room:
                seat = await self._seat(room, join)
                self._seats.add(seat)
                # Since it was admitted, or its room opened.
                if self._admission.closed or self._rooms.get(join.room) is not room:
                    seat.close(Restarting())
                try:
                    with claims.while_valid(seat.close) if claims else nullcontext():
                        yield seat
                finally:
                    self._seats.discard(seat)
                    self._presence.leave(join.room, join.name)

    @asynccontextmanager
    async def _room(self, name: str) -> AsyncIterator[Room]:
        """The open room of that name, kept while somebody uses it."""
        room = self._rooms.get(name)
        if room is None:
            room = Room(name, self._journal, self._settings.chat_ring_messages)
            self._rooms[name] = room
            self._presence.watch(name, room.tell)
        room.users += 1
        try:
            await self._answer(room.open(self._broken))
            yield room
        finally:
            room.users -= 1
            if not room.users:
                self._forget(room)
                self._presence.unwatch(name, room.tell)
                await room.close()

    async def _seat(self, room: Room, join: Join) -> Seat:
        span = await self._answer(self._journal.span(room.name))
        epoch = self._journal.epoch  # of the span; it may end while we ask who is here
        # What was acknowledged is in the journal; the room may not have seen it yet.
        last = max(span.last, room.seq)
        resumed = False
        cursor = max(span.first - 1, last - self._settings.chat_history_messages)
        if join.after is not None:
            same_life = join.epoch in (None, epoch)
            resumed = same_life and span.first - 1 <= join.after <= last
            cursor = join.after if resumed else last
        # What is told from here on may be news to it.
        presences = room.presences
        members = await self._answer(self._presence.join(join.room, join.name))
        welcome = Welcome(
            room=room.name,
            name=join.name,
            epoch=epoch,
            seq=last,
            resumed=resumed,
            members=members,
        )
        return Seat(room, welcome, cursor, presences, self.append, self._settings)

    async def append(self, draft: Draft) -> Appended:
        """Make a draft durable. Raises Unavailable."""
        with APPEND_SECONDS.time(), APPEND_FAILURES.count_exceptions():
            appended = await self._answer(self._journal.append(draft))
        if appended.created:
            POSTED.inc()
        return appended

    async def post(
        self, room: str, new: NewMessage, sender: str, claims: Claims | None = None
    ) -> Appended:
        """Post a message that came over HTTP from the address `sender`.

        Raises Unauthorized, Forbidden, RateLimited, Unavailable.
        """
        self.tokens.check(claims, room, new.name)
        self._posters.take(sender, new.name)
        return await self.append(Draft(room, new.name, new.text, new.ref))

    async def history(
        self, room: str, query: HistoryQuery, claims: Claims | None = None
    ) -> History:
        """A page of a room's messages. Raises Unauthorized, Forbidden, Unavailable."""
        self.tokens.check(claims, room)
        found = await self._answer(
            self._journal.read(room, query.after, query.limit + 1)
        )
        page = list(found[: query.limit])
        more = len(found) > query.limit
        return History(
            epoch=self._journal.epoch,
            messages=page,
            next=page[-1].seq if more else None,
        )

    async def ready(self) -> None:
        """Return if messages can be taken. Raises Unavailable."""
        if self._admission.closed:
            raise Unavailable("This process is shutting down.", retry_after=1)
        await self._answer(self._journal.ping())

    async def drain(self) -> None:
        """Let nobody in, close every socket, wait a while until all have gone."""
        self._admission.closed = True
        for seat in self._seats:
            seat.close(Restarting())
        await self._admission.emptied()

    async def close(self) -> None:
        """Drain, then stop."""
        await self.drain()
        self._checking.cancel()

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.name) is room:  # not its successor
            del self._rooms[room.name]

    def _broken(self, room: Room, reason: CloseSocket) -> None:
        self._forget(room)  # who comes back gets a new one
        for seat in self._seats:
            if seat.room is room:
                seat.close(reason)

    async def _check_seats(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._settings.chat_stall_seconds / 4))
            LAG.set(max([seat.check() for seat in self._seats], default=0))
            DELIVERED.inc(sum(seat.newly_delivered() for seat in self._seats))

    async def _answer(self, question: Awaitable[_Answer]) -> _Answer:
        try:
            async with asyncio.timeout(self._settings.journal_timeout_seconds):
                return await question
        except TimeoutError:
            raise Unavailable(
                "The journal did not answer in time; try again.", retry_after=1
            ) from None
