"""The quick benchmark: what the foundation promises, as ratios measured in one run."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from benchmarks import servers
from benchmarks.load.http import requests_per_second
from benchmarks.load.sockets import deliveries_per_second
from shared.chat.journal import Draft
from shared.chat.sqlite_journal import SqliteJournal
from shared.chat.sqlite_store import SqliteStore

_CONNECTIONS = 32
_RECEIVERS = 200
_POSTERS = 200
_TEXT = "x" * 64

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Row:
    """One promise: two measures, interleaved, and their ratio round by round."""

    name: str
    target: float
    ratios: list[float]

    def __str__(self) -> str:
        """One line of the report."""
        ratio, low, high = (
            statistics.median(self.ratios),
            min(self.ratios),
            max(self.ratios),
        )
        verdict = "yes" if ratio >= self.target else "NO"
        measured = f"{ratio:7.2f} ({low:.2f} to {high:.2f})"
        return f"{self.name:58} {measured}  {self.target:5.2f}  {verdict}"


async def _compare(
    name: str, target: float, ours: Measure, base: Measure, rounds: int
) -> None:
    ratios = []
    for number in range(rounds):
        print(f"\r\033[K  {name}: round {number + 1} of {rounds}", end="", flush=True)
        measured = {}
        for measure in random.sample([ours, base], 2):
            measured[measure] = await measure()
        ratios.append(measured[ours] / measured[base])
    print(f"\r\033[K{Row(name, target, ratios)}", flush=True)


@contextmanager
def _app(framework: str, server: str, journal: str) -> Iterator[int]:
    port = servers.free_port()
    arguments = ["-m", f"{framework}_app", "--server", server, "--port", str(port)]
    with servers.running(
        arguments,
        port,
        TANDEM_JOURNAL=journal,
        TANDEM_LOG_LEVEL="warning",
        TANDEM_MESSAGES_PER_SECOND="1e9",
        TANDEM_MESSAGE_BURST="1000000000",
    ):
        yield port


async def _weather(framework: str, server: str, rounds: int, seconds: float) -> None:
    with ExitStack() as stack:
        port = stack.enter_context(_app(framework, server, "memory://"))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            body = (await client.get("/weather/Paris", timeout=30)).content
        constant = b'"' + b"x" * (len(body) - 2) + b'"'
        base_port = servers.free_port()
        target = f"benchmarks.baselines.minimal_{framework}:create_app"
        stack.enter_context(
            servers.running(
                ["-m", "benchmarks.baselines", target, server, str(base_port)],
                base_port,
                BODY_BYTES=str(len(body)),
            )
        )

        def measure(at: int, path: str, expected: bytes) -> Measure:
            return lambda: requests_per_second(
                "127.0.0.1",
                at,
                path,
                expected,
                connections=_CONNECTIONS,
                seconds=seconds,
            )

        name = f"{framework}@{server}: cached weather / minimal handler"
        ours = measure(port, "/weather/Paris", body)
        await _compare(name, 0.9, ours, measure(base_port, "/", constant), rounds)


async def _fan_out(framework: str, target: float, rounds: int, seconds: float) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        port = stack.enter_context(
            _app(framework, "uvicorn", f"sqlite:///{folder}/j.db")
        )
        base_port = servers.free_port()
        stack.enter_context(
            servers.running(
                ["-m", "benchmarks.baselines.broadcast", str(base_port)], base_port
            )
        )
        sent = f'{{"text":"{_TEXT}"}}'.encode()
        delivered = len(
            '{"type":"message","seq":1000,"room":"lobby","name":"guest-abcd","text":"",'
            '"at":"2026-01-01T00:00:00.000000Z","ref":null}'
        ) + len(_TEXT)

        rooms = count()

        def measure(at: int, text: bytes, prefix: bytes) -> Measure:
            # A room of its own for each round, so that nobody is sent any history.
            return lambda: deliveries_per_second(
                "127.0.0.1",
                at,
                f"/chat?room=r{next(rooms)}",
                text,
                prefix,
                receivers=_RECEIVERS,
                seconds=seconds,
            )

        name = f"{framework}@uvicorn: fan-out to {_RECEIVERS} / websockets.broadcast()"
        ours = measure(port, sent, b'{"type":"message"')
        base = measure(base_port, b"x" * delivered, b"x")
        await _compare(name, target, ours, base, rounds)


async def _appends(rounds: int, seconds: float) -> None:
    draft = Draft("lobby", "ann", _TEXT, None)

    async def grouped() -> float:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            journal = await SqliteJournal.open(Path(folder) / "j.db", 1_000_000, 5)
            appended, until = 0, time.perf_counter() + seconds

            async def post() -> None:
                nonlocal appended
                while time.perf_counter() < until:
                    await journal.append(draft)
                    appended += 1

            await asyncio.gather(*(post() for _ in range(_POSTERS)))
            await journal.close()
            return appended / seconds

    async def one_by_one() -> float:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            store = SqliteStore(Path(folder) / "j.db", 5)
            store.prepare()
            appended, until = 0, time.perf_counter() + seconds
            while time.perf_counter() < until:
                store.append([draft], 1_000_000)
                appended += 1
            store.close()
            return appended / seconds

    name = f"{_POSTERS} posters: durable appends / one commit each"
    await _compare(name, 10, grouped, one_by_one, rounds)


async def run(rounds: int, seconds: float) -> None:
    """Measure everything and print it as it comes."""
    servers.pin_client()
    print(f"{'':58} {'median':>7} (least to most)  target  met")
    await _appends(rounds, seconds)
    for framework, target in (("fastapi", 0.6), ("quart", 0.45)):
        await _fan_out(framework, target, rounds, seconds)
    for server in ("uvicorn", "hypercorn", "granian"):
        for framework in ("fastapi", "quart"):
            await _weather(framework, server, rounds, seconds)
