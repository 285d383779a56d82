"""Several workers: what becomes of those that die, hang, or are left alone."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from time import monotonic, sleep
from typing import Any

import httpx
import psutil
import pytest

from shared import serving, workers
from tests.contract.cells import Cell
from tests.core.conftest import StartRedis
from tests.redis_server import RedisServer

STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.asyncio
async def test_a_worker_that_ends_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Again and again, after a pause, with a word in the log, until the stop."""
    monkeypatch.setattr(workers, "_PAUSE_SECONDS", 0.01)
    stop = asyncio.Event()
    said: list[str] = []

    def note(text: str, *words: object) -> None:
        said.append(text % words)
        if len(said) == 3:
            stop.set()

    monkeypatch.setattr(workers._log, "error", note)
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    assert await workers._keep(command, 2, stop) == 0
    assert len(said) == 3
    assert all(each.endswith(" ended with 3: replacing it") for each in said)


@pytest.mark.asyncio
async def test_ctrl_c_is_for_the_first_process_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal tells its workers too, whom it would end amid their drain."""
    stop, said = asyncio.Event(), list[object]()

    def note(_: str, __: int, code: int) -> None:
        said.append(code)
        stop.set()

    monkeypatch.setattr(workers._log, "error", note)
    deaf = "import signal; exit(signal.SIGINT in signal.pthread_sigmask(0, []))"
    assert await workers._keep([sys.executable, "-c", deaf], 2, stop) == 0
    assert said == [1]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.asyncio
async def test_a_worker_that_cannot_be_started_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where the system has no process to spare: the other workers go on."""
    monkeypatch.setattr(workers, "_PAUSE_SECONDS", 0.01)
    stop = asyncio.Event()
    start, refusals = asyncio.create_subprocess_exec, [OSError(11, "Try again")]

    async def refused_once(*command: str, **more: Any) -> asyncio.subprocess.Process:
        if refusals:
            raise refusals.pop()
        stop.set()
        return await start(*command, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refused_once)
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    keeping = asyncio.create_task(workers._keep(command, 2, stop))
    assert await keeping in (0, 3)
    assert "a worker cannot be started ([Errno 11] Try again)" in caplog.text


@pytest.mark.asyncio
async def test_a_worker_that_does_not_stop_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After its time is up; the exit code says that not all was in order."""
    monkeypatch.setattr(workers, "STOP_SECONDS", 0.1)
    stubborn = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUBBORN, stdout=asyncio.subprocess.PIPE
    )
    assert stubborn.stdout
    assert await stubborn.stdout.readline() == b"ready\n"
    assert await workers._stop(stubborn) == signal.SIGKILL


@pytest.mark.asyncio
@pytest.mark.parametrize(("ends_with", "code"), [("0", 0), ("3", 3)])
async def test_a_worker_that_has_ended_by_itself_is_no_trouble(
    ends_with: str, code: int
) -> None:
    """It was about to be replaced."""
    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"raise SystemExit({ends_with})"
    )
    await ended.wait()
    assert await workers._stop(ended) == code


@pytest.mark.parametrize("name", ["quart@uvicorn", "fastapi@granian"])
def test_workers_end_when_their_parent_was_killed(
    name: str, tmp_path: Path, redis: RedisServer
) -> None:
    """They would keep the port, and nobody would know of them."""
    with Cell(name, tmp_path, {"TANDEM_JOURNAL": redis.url}, workers=2) as cell:
        left_alone = psutil.Process(cell.pid).children()
        assert left_alone
        os.kill(cell.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(left_alone, timeout=20)
        assert alive == []


@pytest.mark.parametrize("name", ["quart@hypercorn", "fastapi@granian"])
def test_a_worker_waits_for_a_redis_that_is_away(
    name: str, tmp_path: Path, start_redis: StartRedis
) -> None:
    """Replaced meanwhile, it says so once, and serves when Redis is back."""
    server = start_redis()
    with Cell(name, tmp_path, {"TANDEM_JOURNAL": server.url}, workers=2) as cell:
        await_workers(cell)
        server.kill()
        for worker in cell.worker_processes():
            worker.kill()
        said = "a worker waits to start: The journal redis://"
        until(lambda: cell.output().count(said) == 2)
        assert "Traceback" not in cell.output()
        server.start()
        until(lambda: ready(cell))
        assert cell.output().count(said) == 2


def await_workers(cell: Cell) -> None:
    """Wait until both workers are there."""
    until(lambda: len(cell.worker_processes()) == 2)


def until(met: Callable[[], bool]) -> None:
    """Wait until it is so."""
    give_up = monotonic() + 30
    while not met():
        assert monotonic() < give_up
        sleep(0.05)


def ready(cell: Cell) -> bool:
    """Whether a worker answers, and can take messages."""
    try:
        return httpx.get(f"{cell.http_url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_a_worker_that_hangs_ends_all_the_same_when_it_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told to stop, and killed if it does not in its time."""
    monkeypatch.setattr(serving, "STOP_SECONDS", 0.01)
    sent: Queue[tuple[int, int]] = Queue()
    monkeypatch.setattr(os, "kill", lambda *words: sent.put(words))
    serving.end_with(-1)  # nobody's parent
    for number in (signal.SIGTERM, signal.SIGKILL):
        assert sent.get(timeout=20) == (os.getpid(), number)


def test_a_setting_of_redis_is_warned_of_once(
    tmp_path: Path, start_redis: StartRedis
) -> None:
    """By a process, though it opens the journal to see whether it can, and again."""
    server = start_redis(appendfsync="everysec")
    with Cell("quart@uvicorn", tmp_path, {"TANDEM_JOURNAL": server.url}) as cell:
        assert cell.output().count("appendfsync everysec") == 1
