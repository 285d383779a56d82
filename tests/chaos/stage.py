"""What a fault strikes: one or two cells, their journal, and who supervises them."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Self

import psutil
from psutil import CONN_ESTABLISHED as ESTABLISHED

from shared.journal_url import sqlite_path
from tests.contract.cells import CELLS, Cell, suite_env
from tests.redis_server import DURABLE, RedisServer

MIXED = "mixed"
"""Posters at one framework's processes, readers at the other's, on one Redis."""

NAMES = (*CELLS, MIXED)

STALL_SECONDS = 1.0
JOURNAL_SECONDS = 1.0
WEATHER_SECONDS = 1.5

_ENV = {
    "TANDEM_CHAT_MAX_CONNECTIONS": "2000",
    "TANDEM_CHAT_STALL_SECONDS": f"{STALL_SECONDS}",
    "TANDEM_JOURNAL_TIMEOUT_SECONDS": f"{JOURNAL_SECONDS}",
    # The limits have tests of their own; still, a bucket that runs by the wall clock
    # would be empty for days once that is set back.
    "TANDEM_MESSAGES_PER_SECOND": "100000",
    "TANDEM_MESSAGE_BURST": "100000",
    "TANDEM_WEATHER_DEADLINE_SECONDS": f"{WEATHER_SECONDS}",
    "TANDEM_WEATHER_FRESH_SECONDS": "300",
}
_CLOCK = Path(__file__).parent / "clock"
_REST_SECONDS = 6
"""granian ends, as its documents say, where a worker dies twice within this time."""


@dataclass(frozen=True)
class Kind:
    """What a stage is built of."""

    name: str
    workers: int
    redis: bool
    clock: bool = False


SQLITE = Kind("sqlite", 1, redis=False)
REDIS = Kind("redis", 3, redis=True)
CLOCK = Kind("clock", 1, redis=True, clock=True)


class Stage:
    """The cells of one kind, which live through many rounds."""

    def __init__(self, name: str, kind: Kind, folder: Path, upstream: str) -> None:
        self.name = name
        self.kind = kind
        self.folder = folder
        self._stack = ExitStack()
        self._redis = RedisServer(folder, **DURABLE) if kind.redis else None
        self._clock = folder / "clock"
        self._clock.write_bytes(struct.pack("d", 0))
        env = suite_env(upstream) | _ENV
        if self._redis:
            env["TANDEM_JOURNAL"] = self._redis.url
        if kind.clock:
            env |= {"PYTHONPATH": str(_CLOCK), "CHAOS_CLOCK": str(self._clock)}
        names = ("quart@uvicorn", "fastapi@granian") if name == MIXED else (name,)
        self.cells = [self._cell(each, env) for each in names]
        self._on_granian = any(each.server == "granian" for each in self.cells)

    def _cell(self, name: str, env: dict[str, str]) -> Cell:
        folder = self.folder / name
        folder.mkdir()
        return Cell(name, folder, env, self.kind.workers)

    def __enter__(self) -> Self:
        """Start all of it. Raises CellError."""
        with ExitStack() as stack:
            for each in (self._redis, *self.cells):
                if each is not None:
                    stack.enter_context(each)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all of it."""
        self._stack.close()

    @property
    def posting(self) -> Cell:
        """Where the posters are."""
        return self.cells[0]

    @property
    def reading(self) -> Cell:
        """Where the readers are; the same cell, unless they are mixed."""
        return self.cells[-1]

    @property
    def redis(self) -> RedisServer:
        """The Redis of a stage that has one."""
        assert self._redis
        return self._redis

    @property
    def database(self) -> Path:
        """The file of a stage that has no Redis."""
        path = sqlite_path(self.posting.env["TANDEM_JOURNAL"])
        assert path
        return path

    def workers(self, *, holding: bool = False) -> list[psutil.Process]:
        """The processes that do the cells' work, or those that are holding sockets."""
        return [
            worker
            for cell in self.cells
            # A server without any works itself.
            for worker in cell.worker_processes() or [psutil.Process(cell.pid)]
            if not holding or any(own == cell.port for own, _ in _ports(worker))
        ]

    async def ready(self, *, rested: bool) -> None:
        """Wait until all workers serve, and may be killed without an end of all."""
        rest = _REST_SECONDS if rested and self._on_granian else 0
        # Nothing tells of a process that has begun, or lived for a while.
        while not self._is_ready(rest):  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def _is_ready(self, rest_seconds: float) -> bool:
        workers = self.workers()
        return len(workers) == len(self.cells) * self.kind.workers and all(
            self._has_opened(each) and time() - each.create_time() >= rest_seconds
            for each in workers
        )

    def _has_opened(self, worker: psutil.Process) -> bool:
        """Whether it has opened its journal, and is about to serve."""
        if self._redis is None:
            return True  # there is one process, and it was waited for
        return any(other == self._redis.port for _, other in _ports(worker))

    async def at_once(self, act: Callable[[Cell], object]) -> None:
        """Do something that takes its time to all cells."""
        async with asyncio.TaskGroup() as tasks:
            for cell in self.cells:
                tasks.create_task(asyncio.to_thread(act, cell))

    def set_clock(self, offset_seconds: float) -> None:
        """Let the wall clock of the cells go wrong by so much."""
        with self._clock.open("r+b") as file:  # it is mapped: not a new one
            file.write(struct.pack("d", offset_seconds))

    def tracebacks(self) -> int:
        """How many the cells have printed in all their lives."""
        return sum(cell.output().count("Traceback") for cell in self.cells)


def _ports(process: psutil.Process) -> set[tuple[int, int]]:
    """Of its connections: its own and the other side's; none of one that is dying."""
    try:
        found = process.net_connections("tcp")
    except psutil.Error:
        return set()
    connected = [each for each in found if each.status == ESTABLISHED]
    return {(each.laddr[1], each.raddr[1]) for each in connected}
