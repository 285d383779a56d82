"""The journal of many processes: one Redis Stream per room, whose ids are the `seq`."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.chat.frames import Message
from shared.chat.journal import Appended, Draft, Span
from shared.chat.redis_calls import RedisCalls, connect, retrieve, unavailable
from shared.chat.redis_durability import warn_of_settings
from shared.chat.redis_life import RedisLife, last_id, position
from shared.chat.redis_presence import RedisPresence
from shared.chat.redis_reader import BLOCK_SECONDS, Entry, RedisReader
from shared.chat.redis_scripts import (
    APPEND,
    EPOCH_KEY,
    EVENTS_KEY,
    WAKE,
    log_key,
    refs_key,
)
from shared.chat.tail import LocalTail
from shared.errors import StartError, Unavailable
from shared.journal_url import without_password
from shared.metrics import COMMIT_MESSAGES

_PATIENCE_SECONDS = 0.5

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RedisJournal:
    """The Journal port on a Redis that many processes share."""

    def __init__(
        self, redis: Redis, waiting: Redis, life: RedisLife, events: str, kept: int
    ) -> None:
        self.presence = RedisPresence(redis)
        self._redis = redis
        self._life = life
        self._kept = kept
        self._calls = RedisCalls(redis, COMMIT_MESSAGES.observe)
        self._tail = LocalTail(self._read_patiently)
        self._reader = RedisReader(waiting, life.check)
        life.ended = self._start_anew
        self._events = self._reader.following(EVENTS_KEY, events, self.presence.take)
        self._events.__enter__()  # for as long as the journal is open

    @classmethod
    async def open(
        cls, url: str, retention_messages: int, timeout_seconds: float
    ) -> Self:
        """Connect. Raises StartError where that is impossible."""
        async with AsyncExitStack() as undo:
            try:
                # One pool asks, the other one waits, which takes longer.
                redis = await undo.enter_async_context(connect(url, timeout_seconds))
                patience = timeout_seconds + BLOCK_SECONDS
                waiting = await undo.enter_async_context(connect(url, patience))
                life = await RedisLife.find(redis)
                events = await last_id(redis, EVENTS_KEY)
                await warn_of_settings(redis)
            except (OSError, RedisError, ValueError) as error:
                raise StartError(
                    f"The journal {without_password(url)} cannot be used ({error}):"
                    " start Redis there, or point TANDEM_JOURNAL to where it is."
                ) from error
            undo.pop_all()
            return cls(redis, waiting, life, events, retention_messages)

    @property
    def epoch(self) -> str:
        """The name of this life of the journal."""
        return self._life.epoch

    def _start_anew(self) -> None:
        self._reader.forget(all_but=EVENTS_KEY)
        self._tail.end(unavailable())

    def append(self, draft: Draft) -> Awaitable[Appended]:
        """Queue a draft for the next round trip."""
        at = time.time_ns() // 1_000
        fields: list[str | int] = ["name", draft.name, "text", draft.text, "at", at]
        sender_and_ref = ""
        if draft.ref is not None:
            sender_and_ref = f"{draft.name}\0{draft.ref}"
            fields += ["ref", draft.ref]
        answer = self._calls.call(
            APPEND,
            (EPOCH_KEY, log_key(draft.room), refs_key(draft.room)),
            *(self.epoch, self._kept, sender_and_ref, *fields),
        )
        return self._appended(draft.room, answer)

    async def _appended(self, room: str, answer: Awaitable[Any]) -> Appended:
        found = await answer
        if found is None:  # it is not the Redis that it was
            with suppress(Unavailable):
                await self._life.ask()
            raise unavailable()
        created, (entry_id, pairs) = found
        fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
        return Appended(_message(room, (entry_id, fields)), created=bool(created))

    async def span(self, room: str) -> Span:
        """What there is of a room."""
        key = log_key(room)
        first, last = await self._life.ask(
            ("XRANGE", key, "-", "+", "COUNT", 1),
            ("XREVRANGE", key, "+", "-", "COUNT", 1),
        )
        if not last:
            return Span(1, 0)
        return Span(position(first[0][0])[0], position(last[0][0])[0])

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """The first `limit` kept messages after `after`."""
        start = f"{after + 1}-0"
        (found,) = await self._life.ask(
            ("XRANGE", log_key(room), start, "+", "COUNT", limit)
        )
        return [_message(room, entry) for entry in found]

    async def _read_patiently(
        self, room: str, after: int, limit: int
    ) -> Sequence[Message]:
        """A page for a follower, who outlasts a Redis that is away."""
        while True:
            with suppress(Unavailable):
                return await self.read(room, after, limit)
            await asyncio.sleep(_PATIENCE_SECONDS)

    async def tail(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """All messages after `after`, for ever, or until the journal's life ends."""

        def deliver(entries: list[Entry]) -> None:
            self._tail.announce(room, [_message(room, entry) for entry in entries])

        with self._reader.following(log_key(room), f"{after}-0", deliver):
            # What it is waiting for now does not include this room.
            self._calls.call(WAKE, (EVENTS_KEY,)).add_done_callback(retrieve)
            async for messages in self._tail.follow(room, after):
                yield messages

    async def ping(self) -> None:
        """Return if Redis answers, and still is what it was."""
        await self._life.ask()

    async def close(self) -> None:
        """Make durable what was queued, then close the connections."""
        # At once, for a Redis that hangs takes each of them its whole time.
        await asyncio.gather(self.presence.close(), self._calls.close())
        await self._reader.close()
        await self._redis.aclose()


def _message(room: str, entry: Entry) -> Message:
    # What the journal keeps was checked when it came in.
    entry_id, fields = entry
    return Message.model_construct(
        seq=position(entry_id)[0],
        room=room,
        name=fields["name"],
        text=fields["text"],
        at=_EPOCH + timedelta(microseconds=int(fields["at"])),
        ref=fields.get("ref"),
    )
