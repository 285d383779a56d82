"""The embedded journal: SQLite, with one commit for all that wait (group commit)."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO, Self, TypeVar

from shared.chat.frames import Message
from shared.chat.journal import Appended, Draft, Span
from shared.chat.process_lock import hold
from shared.chat.sqlite_store import SqliteStore
from shared.chat.tail import LocalTail
from shared.errors import StartError, Unavailable
from shared.metrics import COMMIT_MESSAGES

_log = logging.getLogger(__name__)

_BATCH = 1_000
"""The most messages in one commit."""

_QUEUE = 10_000
"""The most messages that wait for a commit."""

_Waiting = tuple[Draft, asyncio.Future[Appended]]
_Answer = TypeVar("_Answer")


class SqliteJournal:
    """The Journal port on one file that this process has to itself."""

    def __init__(
        self, lock: IO[str], writer: SqliteStore, reader: SqliteStore, retention: int
    ) -> None:
        self._lock = lock
        self._stores = (writer, reader)
        self._writer, self._reader = writer, reader
        self.epoch = writer.prepare()
        self._retention = retention
        # SQLite has one writer, and reads must not wait behind its disk.
        self._writing = ThreadPoolExecutor(1, "journal-writer")
        self._reading = ThreadPoolExecutor(1, "journal-reader")
        self._waiting: list[_Waiting] = []
        self._work = asyncio.Event()
        self._closing = False
        self._tail = LocalTail(self.read)
        self._commits = asyncio.create_task(self._commit_all(), name="journal commits")

    @classmethod
    async def open(
        cls, path: Path, retention_messages: int, timeout_seconds: float
    ) -> Self:
        """Open or make the file. Raises StartError where that is impossible."""
        with ExitStack() as undo:
            try:
                lock = undo.enter_context(hold(path))
                writer, reader = (
                    undo.enter_context(closing(SqliteStore(path, timeout_seconds)))
                    for _ in range(2)
                )
                journal = cls(lock, writer, reader, retention_messages)
            except (OSError, sqlite3.Error) as error:
                raise StartError(
                    f"The journal {path} cannot be used ({error}): point TANDEM_JOURNAL"
                    " to a file that this user may write."
                ) from error
            undo.pop_all()
            return journal

    def append(self, draft: Draft) -> asyncio.Future[Appended]:
        """Queue a draft for the next commit."""
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        if len(self._waiting) < _QUEUE:
            self._waiting.append((draft, future))
            self._work.set()
        else:  # the disk hangs; its callers have long been told to try again
            future.set_exception(_unavailable())
        return future

    async def _commit_all(self) -> None:
        while not self._closing or self._waiting:
            await self._work.wait()
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            if not self._waiting and not self._closing:
                self._work.clear()
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        drafts = [draft for draft, _ in batch]
        loop = asyncio.get_running_loop()
        try:
            appended = await loop.run_in_executor(
                self._writing, self._writer.append, drafts, self._retention
            )
        except Exception:  # whatever it was, the next batch must be tried
            _log.exception("a commit failed")
            for _, future in batch:
                if not future.done():
                    future.set_exception(_unavailable())
            return
        COMMIT_MESSAGES.observe(len(batch))
        for (_, future), each in zip(batch, appended, strict=True):
            if not future.done():
                future.set_result(each)
        fresh = sorted(
            (a.message for a in appended if a.created), key=attrgetter("room")
        )
        for room, messages in groupby(fresh, key=attrgetter("room")):
            self._tail.announce(room, list(messages))

    async def span(self, room: str) -> Span:
        """What there is of a room."""
        return await self._ask(lambda: self._reader.span(room))

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """The first `limit` kept messages after `after`."""
        return await self._ask(lambda: self._reader.read(room, after, limit))

    async def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._reading, question
            )
        except sqlite3.Error as error:
            _log.exception("a read failed")
            raise _unavailable() from error

    def tail(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """All messages after `after`, for ever."""
        return self._tail.follow(room, after)

    async def ping(self) -> None:
        """Return if the file answers."""
        await self._ask(lambda: self._reader.span(""))

    async def close(self) -> None:
        """Commit what waits, then close the file and let the lock go."""
        self._closing = True
        self._work.set()
        await self._commits
        for executor in (self._writing, self._reading):
            executor.shutdown()
        for store in self._stores:
            store.close()
        self._lock.close()


def _unavailable() -> Unavailable:
    return Unavailable("The journal failed; try again.", retry_after=1)
