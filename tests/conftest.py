"""What pytest must know before it collects the tests."""

import re

import pytest
from xdist.scheduler import loadscope  # type: ignore[import-untyped]

# So that a failure in what its tests share is told as well as in the tests themselves.
pytest.register_assert_rewrite("tests.contract")

_CELL = re.compile(r"\[(\w+@\w+)")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that the contract suite obeys."""
    parser.addoption(
        "--cell",
        action="append",
        default=[],
        metavar="FRAMEWORK@SERVER",
        help="run the contract suite on this cell only, such as quart@hypercorn;"
        " may be given again for more; all six by default",
    )
    parser.addoption(
        "--base-url",
        default="",
        metavar="URL",
        help="hold the implementation that runs there to the contract, instead of the"
        " cells; docs/conformance.md says what it must be started with",
    )
    parser.addoption(
        "--chapter",
        action="append",
        default=[],
        metavar="NAME",
        help="run this chapter of the contract only: http, weather or chat; may be"
        " given again for more; all by default",
    )
    parser.addoption(
        "--clause",
        action="append",
        default=[],
        metavar="NUMBER",
        help="run the tests of this clause of docs/contract.md only, such as C-26;"
        " may be given again for more; all clauses by default",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The mark that ties a test to the contract."""
    config.addinivalue_line(
        "markers", "clause(number, ...): the clauses of docs/contract.md it proves"
    )


class _ByCell(loadscope.LoadScopeScheduling):  # type: ignore[misc]
    """All tests of one cell go to one worker, so that it is started once."""

    def _split_scope(self, nodeid: str) -> str:
        found = _CELL.search(nodeid)
        return found[1] if found else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _ByCell:
    """How `pytest -n 3` shares the tests out.

    xdist's own `--dist loadgroup` would do, but it has no effect with pytest 9.2.
    """
    return _ByCell(config, log)
