"""Fixtures of the core's tests."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from shared.chat.presence import LocalPresence
from shared.chat.redis_journal import RedisJournal
from shared.chat.service import Chat
from tests.core.fakes import FaultyJournal, LoopClock, settings
from tests.redis_server import DURABLE, RedisServer

OpenChat = Callable[..., Chat]
OpenRedis = Callable[..., Awaitable[RedisJournal]]
StartRedis = Callable[..., RedisServer]


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set for Tandem is not what the tests run with."""
    for name in os.environ:
        if name.startswith("TANDEM_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_error_unheard(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What a callback raises nobody sees but asyncio, which logs it."""
    yield
    told = [each for each in caplog.get_records("call") if each.name == "asyncio"]
    assert [each.getMessage() for each in told if each.levelname == "ERROR"] == []


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis"), **DURABLE) as server:
        yield server


@pytest.fixture
def redis(_redis_server: RedisServer) -> RedisServer:
    """A Redis with nothing in it, which a test must leave running."""
    _redis_server.ask("FLUSHALL")
    return _redis_server


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[StartRedis]:
    """Starts the Redis of a test's own, durable but for these settings."""
    with ExitStack() as stack:

        def start(**settings: str) -> RedisServer:
            server = RedisServer(tmp_path, **{**DURABLE, **settings})
            return stack.enter_context(server)

        yield start


@pytest_asyncio.fixture
async def open_redis() -> AsyncIterator[OpenRedis]:
    """Opens a journal in a Redis, as one more process would."""
    opened: list[RedisJournal] = []

    async def open_one(server: RedisServer, timeout: float = 5) -> RedisJournal:
        opened.append(await RedisJournal.open(server.url, 100, timeout))
        return opened[-1]

    yield open_one
    for journal in opened:
        await journal.close()


@pytest_asyncio.fixture
async def journal() -> FaultyJournal:
    """A journal in memory that does as it is told, and keeps 1,000 messages."""
    return FaultyJournal()


@pytest_asyncio.fixture
async def open_chat(journal: FaultyJournal) -> AsyncIterator[OpenChat]:
    """Opens a chat on the test's journal, with these settings."""
    opened: list[Chat] = []

    def open_one(**changed: Any) -> Chat:
        opened.append(Chat(journal, LocalPresence(), settings(**changed)))
        return opened[-1]

    yield open_one
    journal.healed.set()
    for chat in opened:
        await chat.close()


@pytest_asyncio.fixture
async def clock(open_chat: OpenChat) -> AsyncIterator[LoopClock]:
    """The time of the event loop, which stands still until the test is over."""
    clock = LoopClock()
    yield clock
    clock.release()
