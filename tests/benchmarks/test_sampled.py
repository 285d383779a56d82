"""Where the CPU time of an app goes, told by its stacks."""

import sysconfig
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from benchmarks import measuring
from benchmarks.baselines.sampled import parts
from benchmarks.case import SHARES
from benchmarks.generator import Generator
from benchmarks.load.jobs import Job, Outcome, Release
from benchmarks.machine import ROOT
from benchmarks.subjects import Subject, subject
from benchmarks.workloads import Window

PACKAGES = Path(sysconfig.get_paths()["purelib"])
STDLIB = Path(sysconfig.get_paths()["stdlib"])

INNERMOST = {
    ROOT / "shared/chat/room.py": "core",
    ROOT / "fastapi_app/chat.py": "framework",
    PACKAGES / "starlette/routing.py": "framework",
    PACKAGES / "quart/app.py": "framework",
    PACKAGES / "uvicorn/server.py": "server",
    ROOT / "shared/server_sockets.py": "server",
    ROOT / "benchmarks/baselines/sampled.py": None,
}
CALLER = ROOT / "shared/core.py"


def _stack(*files: Path) -> str:
    lines = (f'  File "{path}", line 7 in f\n' for path in files)
    return "Stack (most recent call first):\n" + "".join(lines)


@pytest.mark.parametrize("path", INNERMOST, ids=lambda path: path.name)
def test_the_innermost_part_counts(path: Path) -> None:
    """What the standard library does for it is its own; else a caller is asked."""
    told = _stack(STDLIB / "json/encoder.py", path, CALLER)
    expected = INNERMOST[path] or "core"
    assert parts(told) == {expected: 1}


def test_stacks_are_counted() -> None:
    """Each once; one of which nothing is known is the rest's."""
    core, server = ROOT / "shared/core.py", PACKAGES / "uvicorn/main.py"
    told = _stack(core, server) + _stack(server) + _stack(server, core) + _stack()
    assert parts(told) == {"core": 1, "server": 2, "rest": 1}


class Asking(Generator):
    """Asks a server for a page again and again, whatever the job."""

    def __init__(self) -> None:
        """In this process, without the generator's own."""
        self._port = 0

    def make(self, _subject: Subject, port: int, _window: Window) -> Job:
        """A job for the server at that port."""
        self._port = port
        return Release()

    def do(self, _job: Job) -> Outcome:
        """Some fifty samples long, if the server lives."""
        with suppress(OSError):
            for _ in range(300):
                with urlopen(f"http://127.0.0.1:{self._port}/weather/Paris") as page:
                    page.read()
        return Outcome()


def test_an_app_is_sampled(tmp_path: Path) -> None:
    """All that was seen is shared out among the parts, but for the rest."""
    made, asking = subject("sampled-quart@uvicorn"), Asking()
    environment = {"TANDEM_JOURNAL": f"sqlite:///{tmp_path}/j.db"}
    window = Window(0.1, 0)
    found = measuring.shares(asking, made, environment, asking.make, window)
    assert found.void == []
    assert set(found.figures) == set(SHARES)
    assert 0 < sum(found.figures.values()) <= 1 + 1e-9


def test_a_server_that_ends_each_time_is_void() -> None:
    """After some tries, with the reason."""
    made, asking = subject("sampled-quart@uvicorn"), Asking()
    ends = replace(made, command=lambda _: ["true"])
    found = measuring.shares(asking, ends, {}, asking.make, Window(0.1, 0))
    assert found.void == ["its server ended each time"]
