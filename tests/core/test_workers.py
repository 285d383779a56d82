"""Several workers: what becomes of those that die, hang, or are left alone."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from shared import workers
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
async def test_a_worker_that_does_not_stop_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After its time is up; the exit code says that not all was in order."""
    monkeypatch.setattr(workers, "_STOP_SECONDS", 0.1)
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
    """As by Ctrl-C in a terminal, which all processes there hear."""
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


def test_a_setting_of_redis_is_warned_of_once(
    tmp_path: Path, start_redis: StartRedis
) -> None:
    """By a process, though it opens the journal to see whether it can, and again."""
    server = start_redis(appendfsync="everysec")
    with Cell("quart@uvicorn", tmp_path, {"TANDEM_JOURNAL": server.url}) as cell:
        assert cell.output().count("appendfsync everysec") == 1
