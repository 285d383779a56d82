"""A pytest plugin for mutmut: a time limit for each test by what it took before.

Many mutants make a test wait for what never comes, and most tests take milliseconds:
to let each of them wait for a limit that suits the slowest would take an hour.
"""

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

STATS = Path("mutmut-stats.json")
"""What mutmut wrote down of the tests, in the folder where it runs them."""


def pytest_configure() -> None:
    """Leave no server behind when mutmut ends a mutant that hangs."""
    if _mutant():
        signal.signal(signal.SIGXCPU, _end)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit each test's own code, not its fixtures, which mutmut has not measured."""
    if not _mutant():
        return
    # Quick tests first, as mutmut has them, but before any that starts a process: how
    # long that takes is the machine's affair, so these keep the limit of every test.
    items.sort(key=_starts_a_process)
    seconds: dict[str, float] = json.loads(STATS.read_text())["duration_by_test"]
    for item in items:
        if not _starts_a_process(item):
            limit = 3 + 20 * seconds[item.nodeid]
            item.add_marker(pytest.mark.timeout(limit, func_only=True))


def pytest_sessionfinish(exitstatus: int) -> None:
    """Catch no mutant by a test that pytest cannot find by the id that it gave it."""
    if _mutant() and exitstatus == pytest.ExitCode.USAGE_ERROR:
        os._exit(pytest.ExitCode.INTERRUPTED)  # mutmut takes all others for a failure


def _end(number: int, _frame: object) -> None:
    for child in psutil.Process().children(recursive=True):
        child.kill()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def _mutant() -> bool:
    return "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", "")


def _starts_a_process(item: pytest.Item) -> bool:
    return "upstream" in getattr(item, "fixturenames", ())
