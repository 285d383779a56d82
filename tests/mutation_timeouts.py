"""A pytest plugin for mutmut: each test gets a time limit by what it took before.

Many mutants make a test wait for what never comes, and most tests take milliseconds:
to let each of them wait for a limit that suits the slowest would take an hour.
"""

import json
import os
from pathlib import Path

import pytest

STATS = Path("mutmut-stats.json")
"""What mutmut wrote down of the tests, in the folder where it runs them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit each test's own code, not its fixtures, which mutmut has not measured."""
    if "__mutmut_" not in os.environ.get("MUTANT_UNDER_TEST", ""):
        return
    # Quick tests first, as mutmut has them, but before any that starts a process.
    items.sort(key=lambda item: "upstream" in getattr(item, "fixturenames", ()))
    seconds: dict[str, float] = json.loads(STATS.read_text())["duration_by_test"]
    for item in items:
        limit = 3 + 20 * seconds[item.nodeid]
        item.add_marker(pytest.mark.timeout(limit, func_only=True))
