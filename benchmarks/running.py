"""`python -m benchmarks`: the run, with its progress, kept whatever happens."""

import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks import footprint
from benchmarks.case import START_SECONDS, Case
from benchmarks.errors import UseError
from benchmarks.generator import generator
from benchmarks.machine import ROOT, machine, versions
from benchmarks.results import Results, Settings
from benchmarks.session import Session

FOLDER = ROOT / "reports" / "benchmarks"


def fresh(settings: Settings) -> tuple[Results, Path]:
    """The results of a run that begins now, and where they are kept."""
    now = datetime.now(UTC).replace(microsecond=0)
    results = Results(
        settings=settings,
        machine=machine(),
        versions=versions(),
        started=now,
        footprint=footprint.of_both(),
    )
    return results, FOLDER / f"{now:%Y-%m-%dT%H-%M-%S}-{settings.mode}.json"


def check_same_place(results: Results, path: Path) -> None:
    """Let nobody mix rounds of two machines, or of two versions. Raises UseError."""
    now = {name: told for name, told in machine().items() if name != "load before"}
    now |= versions()
    before = {**results.machine, **results.versions}
    for name, told in now.items():
        if before.get(name) != told:
            raise UseError(
                f"{path} was measured with {name} {before.get(name)}, and this is"
                f" {told}: rounds of both would be mixed, so begin anew."
            )


def run(
    results: Results,
    path: Path,
    cases: Sequence[Case],
    more: Mapping[str, Mapping[str, str]] | None = None,
) -> bool:
    """Measure what is missing; whether it came to its end, or Ctrl-C ended it."""
    _raise_limits()
    random.seed(results.settings.seed + _rounds(results))
    total = sum(_cost(case, results) for case in cases)
    with _progress(total) as step, generator() as load:
        save = partial(results.save, path)
        session = Session(load, results, step, save, more or {})
        try:
            session.run(cases)
        except KeyboardInterrupt:
            save()
            return False
    return True


def _rounds(results: Results) -> int:
    return sum(len(each.rounds) for each in results.comparisons.values())


def _cost(case: Case, results: Results) -> float:
    done = results.comparisons.get(case.slug)
    missing = case.missing(results.settings.rounds, len(done.rounds) if done else 0)
    starts = START_SECONDS if missing and case.kind == "load" else 0
    return len(case.names) * (missing * case.seconds + starts)


@contextmanager
def _progress(total: float) -> Iterator["Step"]:
    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.description}"),
    )
    console = Console(file=sys.stderr)
    # By hand: a thread that draws would be measured too.
    # Over a long time, for cases differ in how well they were reckoned.
    progress = Progress(
        *columns, console=console, auto_refresh=False, speed_estimate_period=600
    )
    with progress:
        yield Step(progress, total)


class Step:
    """Shows what is measured next, and how long all the rest will take."""

    def __init__(self, progress: Progress, total: float) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total)
        self._told = 0.0
        self._last = 0.0

    def __call__(self, what: str, seconds: float) -> None:
        """The step before is done; this one is reckoned at so many seconds."""
        self._progress.update(self._task, description=what, advance=self._last)
        self._last = seconds
        if self._progress.console.is_terminal:
            self._progress.refresh()
        elif time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            done = self._progress.tasks[0]
            left = done.time_remaining
            told = "" if left is None else f", about {left:.0f} s left"
            self._progress.console.print(f"{done.percentage:3.0f} %{told}: {what}")


def _raise_limits() -> None:
    """As many sockets as the system lets a process have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
