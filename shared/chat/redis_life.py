"""One life of the journal in a Redis: what its epoch names, and how it ends."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.chat.redis_calls import retrieve, unavailable
from shared.chat.redis_scripts import EPOCH_KEY, RENEW

_log = logging.getLogger(__name__)


class RedisLife:
    """Asks Redis, and notices that it is not what it was.

    It may have come back empty, or, without the settings that the promises need, as it
    was a while ago; then a `seq` would be given a second time. `ended` is called once
    there is a new life, into which no cursor leads.
    """

    def __init__(self, redis: Redis, epoch: str) -> None:
        self._redis = redis
        self.epoch = epoch
        self.ended: Callable[[], None] = lambda: None

    @classmethod
    async def find(cls, redis: Redis) -> Self:
        """The life that there is, else a first one. Raises RedisError."""
        return cls(redis, await _renew(redis, ""))

    async def ask(self, *questions: tuple[str | int, ...]) -> list[Any]:
        """Answers from this life. Raises Unavailable."""
        # As a task of its own: who is cancelled while it asks must hear of it, and
        # redis-py swallows some cancellations.
        asking = asyncio.create_task(self._ask(*questions))
        asking.add_done_callback(retrieve)
        return await asyncio.shield(asking)

    async def _ask(self, *questions: tuple[str | int, ...]) -> list[Any]:
        mine = self.epoch
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.get(EPOCH_KEY)
                for question in questions:
                    pipeline.execute_command(*question)
                epoch, *answers = await pipeline.execute()
            if epoch == mine:
                return answers
            await self._renew(mine)
        except (OSError, RedisError) as error:
            raise unavailable() from error
        raise unavailable()

    async def check(self, cursors: Mapping[str, str]) -> None:
        """See that Redis still has what was read from it. Raises RedisError."""
        mine = self.epoch
        kept = await self._redis.get(EPOCH_KEY) == mine
        for stream, seen in cursors.items():
            kept = kept and position(await last_id(self._redis, stream)) >= position(
                seen
            )
        if not kept:
            await self._renew(mine)

    async def _renew(self, over: str) -> None:
        epoch = await _renew(self._redis, over)
        if epoch != self.epoch:
            _log.warning("Redis has lost messages: the journal begins a new life")
            self.epoch = epoch
            self.ended()


async def _renew(redis: Redis, over: str) -> str:
    """The epoch, a new one where there is none or only the one that is over."""
    epoch = await redis.eval(RENEW.text, 1, EPOCH_KEY, over, token_hex(8))
    return str(epoch)


async def last_id(redis: Redis, stream: str) -> str:
    """The id of a stream's last entry, the least one there is without any."""
    entries = await redis.xrevrange(stream, count=1)
    return str(entries[0][0]) if entries else "0-0"


def position(entry_id: str) -> tuple[int, ...]:
    """An id as what it is compared by."""
    return tuple(map(int, entry_id.split("-")))
