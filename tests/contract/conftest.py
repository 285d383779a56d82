"""The fixtures of the contract suite: targets, their weather source, and a client."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.contract import by_url
from tests.contract.cells import CELLS, ROOT, Cell, suite_env
from tests.contract.chat import own_cell
from tests.contract.checks import client
from tests.contract.clauses import CHAPTERS, DOCUMENT, clauses_of, numbered
from tests.contract.report import WANTED, Report
from tests.contract.targets import Target
from tests.redis_server import DURABLE, RedisServer

StartCell = Callable[..., Cell]

TOKEN_SECRET = "a secret of the suite, long enough for each of the algorithms there are"
"""What the tokens of `guarded` are signed with."""


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what there is none of, and report on a run of the contract alone."""
    _require("--cell", config.getoption("--cell"), CELLS)
    _require("--chapter", config.getoption("--chapter"), CHAPTERS)
    numbers = dict(numbered(DOCUMENT.read_text("utf-8")))
    _require("--clause", config.getoption("--clause"), numbers)
    if config.getoption("--base-url"):
        _require_target(config)
        # The report tells of failures without the code; tracebacks are for its authors.
        if config.option.tbstyle == "auto":
            config.option.tbstyle, config.option.reportchars = "no", ""
    folder = str(ROOT / "tests" / "contract")
    if any(str(Path(each).absolute()).startswith(folder) for each in config.args):
        config.pluginmanager.register(Report(config), "conformance")


def _require_target(config: pytest.Config) -> None:
    """See that it is there and asks the suite's weather source, which runs from now."""
    target = by_url.target_at(config.getoption("--base-url"))
    for option in ("--cell", "--numprocesses"):
        if config.getoption(option, None):
            raise pytest.UsageError(
                f"--base-url names the one target there is: leave out {option}."
            )
    stack = ExitStack()
    config.add_cleanup(stack.close)
    source = stack.enter_context(by_url.weather_source(by_url.UPSTREAM_PORT))
    chapters, clauses = config.getoption("--chapter"), config.getoption("--clause")
    only_chat = chapters == ["chat"] or (
        clauses and {each[0] for each in clauses} == {"C"}
    )
    by_url.require_wired(target, source, needs_upstream=not only_chat)


def _require(option: str, given: list[str], known: Collection[str]) -> None:
    for each in given:
        if each not in known:
            raise pytest.UsageError(
                f"{option} {each}: there is no such thing; use one of"
                f" {', '.join(known)}."
            )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the tests that were not asked for or that no URL can be asked."""
    clauses = set(config.getoption("--clause"))
    letters = {CHAPTERS[each] for each in config.getoption("--chapter")}

    def is_asked(item: pytest.Item) -> bool:
        proves = set(clauses_of(item))
        return (not clauses or bool(clauses & proves)) and (
            not letters or bool(letters & {number[0] for number in proves})
        )

    asked = [item for item in items if is_asked(item)]
    config.stash[WANTED] = asked
    if config.getoption("--base-url"):
        # Whoever was started by somebody else cannot be killed, or given limits.
        asked = [item for item in asked if _is_for_any_target(item)]
        if items and not asked:
            raise pytest.UsageError(
                "None of these clauses can be asked by URL, as docs/conformance.md"
                " says: run them on a cell, with --cell."
            )
    left_out = [*set(items).difference(asked)]
    items[:] = asked
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def _is_for_any_target(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    return "target" in item.fixturenames and "cell" not in item.fixturenames


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes a target on each of those asked for."""
    if "target" in metafunc.fixturenames:
        url = metafunc.config.getoption("--base-url")
        names = ["url"] if url else metafunc.config.getoption("--cell") or CELLS
        metafunc.parametrize("target", names, ids=names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def upstream(request: pytest.FixtureRequest) -> Iterator[str]:
    """The base URL of the weather source, a process that fails by a city's name."""
    if request.config.getoption("--base-url"):
        yield by_url.UPSTREAM
    else:
        with by_url.weather_source() as url:
            yield url


@pytest.fixture(scope="session")
def target(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    upstream: str,
) -> Iterator[Target]:
    """What is held to the contract, shared by all tests: none may use up its limits."""
    if url := request.config.getoption("--base-url"):
        yield by_url.target_at(url)
    else:
        folder = tmp_path_factory.mktemp(request.param.replace("@", "-"))
        with Cell(request.param, folder, suite_env(upstream)) as shared:
            yield shared
            assert "Traceback" not in shared.output(), shared.output()


@pytest.fixture(scope="session")
def cell(target: Target) -> Cell:
    """The target as a cell of our own: by URL, no test that takes it can be asked."""
    assert isinstance(target, Cell)
    return target


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


@pytest.fixture(scope="session")
def guarded(cell: Cell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    """A cell that lets in who has a token, and logs all that it can."""
    settings = {
        "TANDEM_TOKEN_SECRET": TOKEN_SECRET,
        "TANDEM_LOG_LEVEL": "debug",
        "TANDEM_MESSAGE_BURST": "1000",
    }
    with own_cell(cell, tmp_path_factory.mktemp("guarded"), **settings) as own:
        yield own
        assert "Traceback" not in own.output(), own.output()


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
            own = Cell(name, folder, suite_env(upstream) | env, workers)
            return stack.enter_context(own)

        yield start


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis with the settings that all promises need; it must be left running."""
    with RedisServer(tmp_path_factory.mktemp("redis"), **DURABLE) as server:
        yield server


@pytest_asyncio.fixture
async def http(target: Target) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose base URL is the target's."""
    async with client(base_url=target.http_url) as polite:
        yield polite
