"""Calls to Redis, in order: all that wait for an answer share one round trip."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from shared.chat.redis_scripts import Script
from shared.errors import Unavailable

_log = logging.getLogger(__name__)

_BATCH = 1_000
"""The most calls in one round trip."""

_QUEUE = 10_000
"""The most calls that wait for one."""

_CONNECTIONS = 10
"""The most that a pool opens: who finds none free waits for one, as for an answer."""

_CLOSE_SECONDS = 2

Value = str | bytes | int


def connect(url: str, timeout_seconds: float) -> Redis:
    """A pool of connections, made as they are needed. Raises ValueError.

    Nothing is tried twice: a call whose answer was lost may have had its effect.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=timeout_seconds,
        decode_responses=True,
        protocol=2,  # one form of answers on every version of Redis
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=timeout_seconds,
        socket_timeout=timeout_seconds,
    )
    return Redis.from_pool(pool)


class _Call:
    def __init__(
        self, script: Script, keys: Sequence[str], arguments: Sequence[Value]
    ) -> None:
        self.script = script
        self.words = ("EVALSHA", script.sha, len(keys), *keys, *arguments)
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def settle(self, answer: Any) -> None:
        if self.answer.done():  # nobody waits for it any more
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(unavailable())
        else:
            self.answer.set_result(answer)


class RedisCalls:
    """Runs scripts in the order of the calls.

    Redis makes durable what came in one go with one write to its disk, so many calls
    at a time cost little more than one. `observe` is told how many they were.
    """

    def __init__(self, redis: Redis, observe: Callable[[int], object]) -> None:
        self._redis = redis
        self._observe = observe
        self._waiting: list[_Call] = []
        self._work = asyncio.Event()
        self._closing = False
        self._running = asyncio.create_task(self._run_all(), name="redis calls")

    def call(
        self, script: Script, keys: Sequence[str], *arguments: Value
    ) -> asyncio.Future[Any]:
        """Queue a call; the future may raise Unavailable."""
        call = _Call(script, keys, arguments)
        if len(self._waiting) < _QUEUE:
            self._waiting.append(call)
            self._work.set()
        else:  # Redis hangs; its callers have long been told to try again
            call.settle(unavailable())
        return call.answer

    async def close(self) -> None:
        """Run what waits, unless Redis hangs, then stop."""
        self._closing = True
        self._work.set()
        await asyncio.wait([self._running], timeout=_CLOSE_SECONDS)
        await cancel(self._running)

    async def _run_all(self) -> None:
        while not self._closing or self._waiting:
            await self._work.wait()
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            if not self._waiting and not self._closing:
                self._work.clear()
            # Whose sender has given up is not run behind its back.
            if batch := [call for call in batch if not call.answer.done()]:
                await self._run(batch)

    async def _run(self, batch: Sequence[_Call]) -> None:
        try:
            answers = await self._ask(batch)
        except Exception as error:  # whatever it was, the next batch must be tried
            answers = [error] * len(batch)
        self._observe(len(batch))
        for reason in {named(each) for each in answers if isinstance(each, Exception)}:
            _log.warning("Redis did not do what it was asked: %s", reason)
        for call, answer in zip(batch, answers, strict=True):
            call.settle(answer)

    async def _ask(self, batch: Sequence[_Call]) -> list[Any]:
        scripts = {call.script.sha: call.script for call in batch}.values()
        async with self._redis.pipeline(transaction=False) as pipeline:
            # With every batch, for a Redis that was started anew has forgotten them.
            for script in scripts:
                pipeline.execute_command("SCRIPT LOAD", script.text)
            for call in batch:
                pipeline.execute_command(*call.words)
            answers = await pipeline.execute(raise_on_error=False)
        return answers[len(scripts) :]


def named(error: Exception) -> str:
    """An error for the log; redis-py's show nothing of themselves otherwise."""
    return f"{type(error).__name__}: {error}"


def unavailable() -> Unavailable:
    """What a caller is told, whatever it was."""
    return Unavailable("The journal failed; try again.", retry_after=1)


def retrieve(answer: asyncio.Future[Any]) -> None:
    """A callback for an answer that nobody may be there for any more."""
    with suppress(asyncio.CancelledError):
        answer.exception()


async def cancel(task: asyncio.Task[None]) -> None:
    """End a task that asks Redis: more than once, for redis-py swallows some of it."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
