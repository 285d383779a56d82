"""Presence across processes: each says every few seconds that it lives."""

import asyncio
import json
import logging
from collections import Counter
from secrets import token_hex

from redis.asyncio import Redis

from shared.chat.presence import Change, Watchers
from shared.chat.redis_calls import RedisCalls
from shared.chat.redis_reader import Entry
from shared.chat.redis_scripts import (
    ALIVE_KEY,
    BEAT,
    COUNT,
    EVENTS_KEY,
    LEAVE,
    MEMBERS,
    members_key,
    process_key,
)
from shared.errors import Unavailable

_log = logging.getLogger(__name__)

_BEAT_SECONDS = 3

_ALIVE_SECONDS = 9
"""How long a process counts as alive after a beat; the next beat of any other process
finds it dead, so its members are gone at the latest after both together."""


class RedisPresence(Watchers):
    """The Presence port on a Redis that many processes share.

    What this process has is counted here too: when Redis may think otherwise, after a
    failure or a long pause, the difference is told to it.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._process = token_hex(8)
        self._mine: Counter[tuple[str, str]] = Counter()
        self._in_doubt = False
        self._calls = RedisCalls(redis, lambda _: None)
        self._beating = asyncio.create_task(self._beat_on(), name="presence beat")

    async def join(self, room: str, name: str) -> int:
        """Count a member in; how many there are with it."""
        self._mine[room, name] += 1
        try:
            return await self._count(room, name, 1)
        except BaseException:  # cancelled, too: it may or may not have been counted
            self._in_doubt = True
            self._drop(room, name)
            raise

    def leave(self, room: str, name: str) -> None:
        """Count a member out, soon."""
        self._drop(room, name)
        self._count(room, name, -1).add_done_callback(self._note)

    def take(self, events: list[Entry]) -> None:
        """Tell those who watch what the processes have done, this one among them."""
        for _, event in events:
            if "room" in event:
                members = int(event["members"])
                joined, left = (
                    json.loads(event.get(each, "[]")) for each in ("joined", "left")
                )
                self.tell(event["room"], Change(members, joined, left))

    async def close(self) -> None:
        """Take all members of this process out."""
        self._beating.cancel()
        await asyncio.wait([self._beating])
        farewell = self._calls.call(LEAVE, (ALIVE_KEY, EVENTS_KEY), self._process)
        farewell.add_done_callback(self._note)
        await self._calls.close()

    def _drop(self, room: str, name: str) -> None:
        self._mine[room, name] -= 1
        if not self._mine[room, name]:
            del self._mine[room, name]

    def _count(self, room: str, name: str, more: int) -> asyncio.Future[int]:
        keys = (members_key(room), process_key(self._process), ALIVE_KEY, EVENTS_KEY)
        return self._calls.call(COUNT, keys, self._process, room, name, more)

    def _note(self, answer: asyncio.Future[int]) -> None:
        self._in_doubt |= answer.exception() is not None

    async def _beat_on(self) -> None:
        while True:
            try:
                await self._beat()
            except Unavailable:
                self._in_doubt = True
            await asyncio.sleep(_BEAT_SECONDS)

    async def _beat(self) -> None:
        keys = (ALIVE_KEY, EVENTS_KEY)
        known = await self._calls.call(BEAT, keys, self._process, _ALIVE_SECONDS)
        if known and not self._in_doubt:
            return
        self._in_doubt = False
        answer = self._calls.call(MEMBERS, (process_key(self._process),))
        # As it was when the question was asked: what comes later is counted anyway.
        mine = self._mine.copy()
        found = await answer
        theirs = {
            tuple(field.split("\0")): int(count)
            for field, count in zip(found[::2], found[1::2], strict=True)
        }
        for room, name in mine.keys() | theirs.keys():
            more = mine[room, name] - theirs.get((room, name), 0)
            if more:
                self._count(room, name, more).add_done_callback(self._note)
