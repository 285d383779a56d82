"""A pytest plugin: all that a cell runs during a test counts for the test's clauses."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.contract import cells
from tests.contract.cells import ROOT, Cell
from tests.contract.clauses import clauses_of
from tests.lines.switch import FOLDER, switch_all

MEASURED = "LINES_MEASURED"
"""The environment variable that names the folder of what coverage.py measures."""

STARTED_FOR = "LINES_STARTED_FOR"
"""That which names the clauses of the test that starts a process."""

_START_SECONDS = 120
"""Measured, a start is slower, too."""

_SETTINGS = """\
[tool.coverage.run]
source = ["shared", "quart_app", "fastapi_app"]
context = "${{{started_for}-}}"
parallel = true
patch = ["_exit"]
sigterm = true
plugins = ["tests.lines.switch"]
data_file = "{data_file}"
disable_warnings = ["no-data-collected"]
"""


class Contexts:
    """Has all cells measured, and tells them which clauses the running test proves."""

    def __init__(self) -> None:
        measured = Path(os.environ[MEASURED])
        self._sockets = measured / f"of-{os.getpid()}"
        self._sockets.mkdir()
        settings = self._sockets.with_suffix(".toml")
        data_file = measured / "coverage"
        settings.write_text(
            _SETTINGS.format(data_file=data_file, started_for=STARTED_FOR)
        )
        os.environ |= {
            "COVERAGE_PROCESS_START": str(settings),
            "PYTHONPATH": str(ROOT),
            FOLDER: str(self._sockets),
        }
        self._switch("")

    def tell(self) -> None:
        """Have what the cells run from now on count for the clauses."""
        switch_all(self._sockets, self._clauses)

    def _switch(self, clauses: str) -> None:
        self._clauses = os.environ[STARTED_FOR] = clauses
        self.tell()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Switch to the test's clauses, and back to none."""
        self._switch(" ".join(clauses_of(item)))
        try:
            return (yield)
        finally:
            self._switch("")


def pytest_configure(config: pytest.Config) -> None:
    """Measure from now on, where tests run: xdist's workers must not be measured."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return
    contexts = Contexts()
    config.pluginmanager.register(contexts)
    start, kill = Cell.start, Cell.kill

    def start_measured(cell: Cell) -> None:
        start(cell)
        contexts.tell()  # not before: a start-up is no clause's own

    def kill_afterwards(cell: Cell) -> None:
        contexts.tell()  # or what it has run since the last time would be lost
        kill(cell)

    patch = pytest.MonkeyPatch()
    patch.setattr(Cell, "start", start_measured)
    patch.setattr(Cell, "kill", kill_afterwards)
    patch.setattr(cells, "_START_SECONDS", _START_SECONDS)
