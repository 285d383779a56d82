"""The two frameworks and the three servers differ as recorded, and in nothing less."""

import ast
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.cells import CELLS
from tests.differences.document import FILE, document
from tests.differences.entries import ENTRIES
from tests.differences.ledger import Difference, Glue, NoSuchGlue, Observation
from tests.differences.record import (
    installed,
    recorded,
    recorded_entries,
    recorded_versions,
)
from tests.differences.stock import StockCells

_RENEW = "If that is right, `make differences` records it: look at `git diff`."
_ROUTES = {"get", "post", "websocket"}
_by_id = {entry.id: entry for entry in ENTRIES}


@pytest.fixture(scope="session")
def cells(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StockCells]:
    """The documented apps in one cell, started when first asked, ended together."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("stock")
        yield StockCells(request.param, folder, stack)


@pytest.mark.parametrize("entry", ENTRIES, ids=_by_id)
@pytest.mark.parametrize("cells", CELLS, indirect=True, scope="session")
@pytest.mark.asyncio
async def test_is_as_recorded(cells: StockCells, entry: Difference) -> None:
    """What a cell does is what the ledger says of it."""
    observed, expected = await entry.probe(cells), recorded(entry)[cells.name]
    assert observed == expected, (
        f"{entry.title}: {cells.name} was recorded as\n  {_written(expected)}\n"
        f"and is now\n  {_written(observed)}\n{_RENEW}"
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=_by_id)
def test_is_a_difference(entry: Difference) -> None:
    """An entry whose cells have come to agree goes, unless it is marked as the same."""
    kinds = {_written(found) for found in recorded(entry).values()}
    if entry.same:
        assert len(kinds) == 1, f"{entry.title} differs now: it is no longer `same`."
    else:
        assert len(kinds) > 1, f"{entry.title} has disappeared: all cells agree on it."


@pytest.mark.parametrize("entry", ENTRIES, ids=_by_id)
def test_names_its_glue(entry: Difference) -> None:
    """Each entry links lines that are there, or says why there are none."""
    assert bool(entry.glue) != bool(entry.reason)
    assert all(glue.line() > 0 for glue in entry.glue)


def test_glue_that_has_gone_is_missed() -> None:
    """A link to nothing, or to one of several lines, is refused."""
    with pytest.raises(NoSuchGlue, match="0 lines"):
        Glue("Makefile", "no such line").line()
    with pytest.raises(NoSuchGlue, match="lines that begin"):
        Glue("Makefile", "@").line()


@pytest.mark.parametrize("name", ["api", "app", "sockets"])
def test_the_documented_apps_are_paired(name: str) -> None:
    """What is compared has the same handlers in the same order."""
    quart, fastapi = (
        list(_handlers(Path(__file__).parent / f"{framework}_docs" / f"{name}.py"))
        for framework in ("quart", "fastapi")
    )
    assert quart
    assert quart == fastapi


def test_every_entry_is_recorded_once() -> None:
    """The data file has what the probes observe, and nothing else."""
    assert len(_by_id) == len(ENTRIES)
    assert recorded_entries() == list(_by_id), _RENEW


def test_the_versions_are_those_recorded() -> None:
    """Another version was not observed yet: `make differences` does it."""
    assert recorded_versions() == installed(), _RENEW


def test_the_page_is_made_from_the_record() -> None:
    """`python -m tests.differences` renews the page, for instance when a line moved."""
    assert FILE.read_text("utf-8") == document()


def _handlers(file: Path) -> Iterator[str]:
    """The names of a module's handlers."""
    for node in ast.parse(file.read_text("utf-8")).body:
        match node:
            case (
                ast.FunctionDef(name=name, decorator_list=[ast.Call() as first, *_])
                | ast.AsyncFunctionDef(
                    name=name, decorator_list=[ast.Call() as first, *_]
                )
            ):
                if ast.unparse(first.func).split(".")[-1] in _ROUTES:
                    yield name


def _written(observation: Observation) -> str:
    return json.dumps(observation, ensure_ascii=False, sort_keys=True)
