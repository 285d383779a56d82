"""What breaks in the middle of a stream, each a function with the name of the fault.

The blow itself is struck here and now, even if that blocks for a moment: in a thread of
its own it could come when everything has long been said.
"""

import asyncio
import random
import resource
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import psutil

from tests.chaos.members import Member
from tests.chaos.route import Route
from tests.chaos.stage import (
    CLOCK,
    JOURNAL_SECONDS,
    REDIS,
    SQLITE,
    STALL_SECONDS,
    WEATHER_SECONDS,
    Kind,
    Stage,
)
from tests.contract.cells import Cell, CellError
from tests.contract.chat import LONG, join
from tests.contract.checks import client
from tests.contract.patience import TIMEOUT

_STOP_SECONDS = 5
_DAY_SECONDS = 86_400
_PAGE_BYTES = 4_096


@dataclass
class Scene:
    """One round as a fault sees it; `amiss` takes what is wrong besides messages."""

    stage: Stage
    room: str
    route: Route
    rng: random.Random
    members: list[Member]
    amiss: list[str]
    refused: asyncio.Event  # a member's message was


Strike = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """A way to break it, and the stream amid which it comes."""

    strike: Strike
    kind: Kind
    rounds: int = 5
    needs_rest: bool = False  # of workers that are about to be killed
    cuts: bool = False  # some healthy member must lose its connection
    refuses: bool = False  # some message must be refused, and sent again
    peers: int = 0  # members on the route that goes bad; they post like others
    text_bytes: int = 0  # of all messages together, so that buffers on the way fill
    history: int = 0  # long messages before the stream, which the peers are behind
    crowd: int = 0  # clients in the full form, a fifth of whom never reads
    logs_errors: bool = False  # the journal's failure is logged with its traceback

    @property
    def name(self) -> str:
        """What it goes by on the command line."""
        return self.strike.__name__.replace("_", "-")

    @property
    def what(self) -> str:
        """What it does, in a sentence."""
        return str(self.strike.__doc__)


async def worker_killed(scene: Scene) -> None:
    """SIGKILL of one worker of three, one that holds sockets."""
    scene.rng.choice(scene.stage.workers(holding=True)).kill()


async def all_workers_killed(scene: Scene) -> None:
    """SIGKILL of all workers at once."""
    for each in scene.stage.workers():
        each.kill()


async def redis_killed(scene: Scene) -> None:
    """SIGKILL of Redis (appendfsync always), which is started again on its file."""
    scene.stage.redis.kill()
    await scene.refused.wait()  # else nobody might have noticed
    await asyncio.to_thread(scene.stage.redis.start)


async def redis_disk_full(scene: Scene) -> None:
    """Redis's file may grow no more: it dies amid a write and is started again."""
    redis = scene.stage.redis
    files = scene.stage.folder.rglob("appendonly*.aof")
    size = max(each.stat().st_size for each in files)
    _limit_files(psutil.Process(redis.process.pid), size + scene.rng.randrange(2_000))
    await asyncio.to_thread(redis.process.wait, TIMEOUT)
    await asyncio.to_thread(redis.start)


async def redis_drained(scene: Scene) -> None:
    """SIGTERM to all workers under load, then a start on the same Redis."""
    await _drain(scene)


async def process_killed(scene: Scene) -> None:
    """SIGKILL of the one process on SQLite, which is started again on its file."""
    for cell in scene.stage.cells:
        cell.kill()
    await scene.stage.at_once(Cell.start)


async def process_drained(scene: Scene) -> None:
    """SIGTERM to the one process on SQLite under load, then a start on its file."""
    await _drain(scene)


async def half_open(scene: Scene) -> None:
    """Peers that vanish without a word, neither FIN nor RST, and then come back."""
    scene.route.vanish()
    await asyncio.sleep(2 * STALL_SECONDS)
    await scene.route.cut()
    scene.route.clear()


async def byte_a_second(scene: Scene) -> None:
    """Peers that read one byte a second."""
    scene.route.trickle()
    await asyncio.sleep(2 * STALL_SECONDS)
    scene.route.clear()


async def stalled_readers(scene: Scene) -> None:
    """A fifth of all clients never reads, in the full form 200 of 1,000."""
    # They have not read from the start; those on the route are back in the end.
    await asyncio.sleep(2 * STALL_SECONDS)
    await scene.route.cut()
    scene.route.clear()


async def disk_full(scene: Scene) -> None:
    """No file may grow, so SQLite's writes fail as on a full disk, and so do logs."""
    processes = scene.stage.posting.processes()
    for each in processes:
        _limit_files(each, _PAGE_BYTES)
    await asyncio.sleep(JOURNAL_SECONDS)
    for each in processes:
        _limit_files(each, resource.RLIM_INFINITY)


async def database_locked(scene: Scene) -> None:
    """Another process has SQLite's file locked (BEGIN EXCLUSIVE)."""
    path = scene.stage.database
    other = sqlite3.connect(
        path, timeout=10, isolation_level=None, check_same_thread=False
    )
    with closing(other):
        other.execute("BEGIN EXCLUSIVE")
        await asyncio.sleep(2 * JOURNAL_SECONDS)
        other.execute("ROLLBACK")


async def upstream_silent(scene: Scene) -> None:
    """A weather source that accepts and never answers: 504 in time, chat goes on."""
    async with client(scene.stage.posting.http_url) as http:

        async def ask(number: int) -> None:
            began = monotonic()
            answer = await http.get(f"/weather/fault-stall-{scene.room}-{number}")
            seconds = monotonic() - began
            if answer.status_code != 504 or seconds > 2 * WEATHER_SECONDS:
                scene.amiss.append(
                    f"weather: {answer.status_code} after {seconds:.1f} s, not 504"
                )

        async with asyncio.TaskGroup() as at_once:
            for number in range(20):
                at_once.create_task(ask(number))


async def clock_jumps(scene: Scene) -> None:
    """The wall clock goes a day ahead, then two back: only `at` may care."""
    cell = scene.stage.posting
    async with client(cell.http_url) as http:
        first = await http.get("/weather/berlin")
        for days in (1, -1, 0):
            scene.stage.set_clock(days * _DAY_SECONDS)
            new = {"name": "clock", "text": f"{days}", "ref": f"{days}"}
            answer = await http.post(f"/chat/{scene.room}/messages", json=new)
            if answer.status_code != 201:
                scene.amiss.append(f"a post got {answer.status_code}: {answer.text}")
                continue
            shown = datetime.fromisoformat(answer.json()["at"])
            if abs(shown - datetime.now(UTC) - timedelta(days=days)) > timedelta(0, 60):
                scene.amiss.append(f"`at` is {shown}, {days} days from now")
            again = await http.get("/weather/berlin")
            if again.content != first.content or int(again.headers["Age"]) > 60:
                scene.amiss.append(f"the cache has let go of a report: {again.headers}")
            async with join(cell, scene.room, name=f"counter {days}") as counter:
                if counter.members != len(scene.members) + 1:
                    scene.amiss.append(
                        f"{counter.members} members, not {len(scene.members)} and one"
                    )
            await asyncio.sleep(0.1)


async def _drain(scene: Scene) -> None:
    def see_its_end(cell: Cell) -> None:
        try:
            code = cell.wait(_STOP_SECONDS)
        except CellError:
            scene.amiss.append(
                f"{cell.name} has not ended {_STOP_SECONDS} s after SIGTERM"
            )
            cell.kill()
        else:
            if code:
                scene.amiss.append(f"{cell.name} ended with {code} after SIGTERM")

    for cell in scene.stage.cells:
        cell.terminate()
    await scene.stage.at_once(see_its_end)
    await scene.stage.at_once(Cell.start)


def _limit_files(process: psutil.Process, size: int) -> None:
    """How large a file the process may write; it may grow again later."""
    soft = (size, resource.RLIM_INFINITY)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, soft)


_BUFFERS_BYTES = 6_000_000
"""More than the kernel holds for a peer that does not read."""

_PEERS = 5

FAULTS = (
    Fault(worker_killed, REDIS, rounds=20, needs_rest=True, cuts=True),
    Fault(all_workers_killed, REDIS, rounds=20, needs_rest=True, cuts=True),
    Fault(redis_killed, REDIS, rounds=20, refuses=True),
    Fault(redis_disk_full, REDIS, refuses=True),
    Fault(redis_drained, REDIS, cuts=True),
    Fault(clock_jumps, CLOCK),
    Fault(process_killed, SQLITE, rounds=20, cuts=True),
    Fault(process_drained, SQLITE, cuts=True),
    Fault(half_open, SQLITE, peers=_PEERS, text_bytes=_BUFFERS_BYTES),
    Fault(byte_a_second, SQLITE, peers=_PEERS, text_bytes=_BUFFERS_BYTES),
    Fault(
        stalled_readers,
        SQLITE,
        peers=_PEERS,
        history=_BUFFERS_BYTES // len(LONG.encode()),
        crowd=1_000,
    ),
    Fault(disk_full, SQLITE, refuses=True, logs_errors=True),
    Fault(database_locked, SQLITE, refuses=True, logs_errors=True),
    Fault(upstream_silent, SQLITE),
)
