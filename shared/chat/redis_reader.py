"""The one connection of a process that waits for news: of all its rooms at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.backoff import EqualJitterBackoff

from shared.chat.redis_calls import cancel, named
from shared.chat.tail import PAGE

_log = logging.getLogger(__name__)

BLOCK_SECONDS = 1
"""How long Redis may hold a read that finds nothing; sockets must wait longer."""

Entry = tuple[str, dict[str, str]]
Deliver = Callable[[list[Entry]], None]


class _Followed:
    """A stream that somebody follows, and how far it was read."""

    def __init__(self, cursor: str, deliver: Deliver) -> None:
        self.cursor = cursor
        self.deliver = deliver
        self.users = 0


class RedisReader:
    """Reads all streams that are followed, each from its cursor on.

    `check` is awaited every now and then, and after a failure with all cursors.
    """

    def __init__(
        self, redis: Redis, check: Callable[[Mapping[str, str]], Awaitable[None]]
    ) -> None:
        self._redis = redis
        self._check = check
        self._followed: dict[str, _Followed] = {}
        self._backoff = EqualJitterBackoff(cap=1, base=0.05)
        self._reading = asyncio.create_task(self._read_all(), name="redis reader")

    @contextmanager
    def following(self, stream: str, cursor: str, deliver: Deliver) -> Iterator[None]:
        """Deliver what comes after the cursor, from the next read on.

        A stream that is followed already goes on from where it is.
        """
        followed = self._followed.setdefault(stream, _Followed(cursor, deliver))
        followed.users += 1
        try:
            yield
        finally:
            self._leave(stream, followed)

    def _leave(self, stream: str, followed: _Followed) -> None:
        followed.users -= 1
        if not followed.users and self._followed.get(stream) is followed:
            del self._followed[stream]

    def forget(self, *, all_but: str) -> None:
        """Follow one stream only: the cursors into all others mean nothing any more."""
        for stream in self._followed.keys() - {all_but}:
            del self._followed[stream]

    async def close(self) -> None:
        """Stop reading."""
        await cancel(self._reading)
        await self._redis.aclose()

    async def _read_all(self) -> None:
        failures = 0
        while True:
            try:
                await self._check(self._cursors() if failures else {})
                if failures:
                    _log.warning("Redis can be read again")
                failures = 0
                await self._read_for_a_while()
            except Exception as error:  # whatever it was, all rooms live by this loop
                if not failures:
                    _log.warning("Redis cannot be read, trying on: %s", named(error))
                failures += 1
                await asyncio.sleep(self._backoff.compute(failures))

    def _cursors(self) -> dict[str, str]:
        return {stream: each.cursor for stream, each in self._followed.items()}

    async def _read_for_a_while(self) -> None:
        now = asyncio.get_running_loop().time
        over = now() + BLOCK_SECONDS
        while now() < over:
            asked = self._followed.copy()
            cursors: Any = self._cursors()
            found: Any = await self._redis.xread(
                cursors, count=PAGE, block=BLOCK_SECONDS * 1_000
            )
            for stream, entries in found:
                # Who asked may have gone, and another come with a cursor of its own.
                if (followed := self._followed.get(stream)) is asked[stream]:
                    followed.cursor = entries[-1][0]
                    followed.deliver(entries)
