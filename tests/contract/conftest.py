"""The fixtures of the contract suite: cells, their weather source, and a client."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.contract.cells import CELLS, ROOT, SUITE_ENV, Cell
from tests.contract.chat import own_cell
from tests.contract.checks import client
from tests.contract.clauses import clauses_of
from tests.redis_server import DURABLE, RedisServer

StartCell = Callable[..., Cell]


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a cell that there is none of."""
    for name in config.getoption("--cell"):
        if name not in CELLS:
            raise pytest.UsageError(
                f"--cell {name}: there is no such cell; use one of {', '.join(CELLS)}."
            )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the tests of clauses that were not asked for."""
    asked = set(config.getoption("--clause"))
    if not asked:
        return
    left_out = [item for item in items if not asked & clauses_of(item)]
    items[:] = [item for item in items if asked & clauses_of(item)]
    config.hook.pytest_deselected(items=left_out)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes a cell on each of those asked for."""
    if "cell" in metafunc.fixturenames:
        names = metafunc.config.getoption("--cell") or CELLS
        metafunc.parametrize("cell", names, ids=names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The base URL of the weather source, a process that fails by a city's name."""
    command = [sys.executable, "-m", "tests.upstream", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        url = process.stdout.readline().decode().strip()
        assert url, f"the upstream ended with {process.wait()}"
        try:
            yield url
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="session")
def cell(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    upstream: str,
) -> Iterator[Cell]:
    """A cell, shared by all tests: none of them may stop it or use up its limits."""
    folder = tmp_path_factory.mktemp(request.param.replace("@", "-"))
    with Cell(request.param, folder, _env(upstream)) as shared:
        yield shared
        assert "Traceback" not in shared.output(), shared.output()


@pytest.fixture(scope="session")
def patient_cell(
    cell: Cell, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cell]:
    """What `patient` gives."""
    settings = {
        "TANDEM_CHAT_STALL_SECONDS": "60",
        "TANDEM_CHAT_MAX_LAG_MESSAGES": "1000",
        "TANDEM_CHAT_RING_MESSAGES": "4",
    }
    with own_cell(cell, tmp_path_factory.mktemp("patient"), **settings) as own:
        yield own


@pytest.fixture
def patient(patient_cell: Cell) -> Cell:
    """A cell that is patient with slow clients and keeps little in memory.

    It is another one than `cell`, shared too, and may be stopped.
    """
    if patient_cell.process.poll() is not None:
        patient_cell.start()
    return patient_cell


@pytest.fixture
def start_cell(tmp_path: Path, upstream: str) -> Iterator[StartCell]:
    """Starts cells of a test's own, by name, with more environment variables."""
    with ExitStack() as stack:

        def start(name: str, workers: int = 1, **env: str) -> Cell:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            own = Cell(name, folder, _env(upstream) | env, workers)
            return stack.enter_context(own)

        yield start


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis with the settings that all promises need; it must be left running."""
    with RedisServer(tmp_path_factory.mktemp("redis"), **DURABLE) as server:
        yield server


@pytest_asyncio.fixture
async def http(cell: Cell) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose base URL is the cell's."""
    async with client(base_url=cell.http_url) as polite:
        yield polite


def _env(upstream: str) -> dict[str, str]:
    return {
        **SUITE_ENV,
        "TANDEM_GEOCODING_URL": f"{upstream}/v1/search",
        "TANDEM_FORECAST_URL": f"{upstream}/v1/forecast",
    }
