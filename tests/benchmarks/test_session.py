"""A run: interleaved, kept as it goes, and gone on with where it ended."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks import measuring, processes, running, session, subjects, validate
from benchmarks.case import Case
from benchmarks.generator import Generator
from benchmarks.load.jobs import Job, Outcome
from benchmarks.plan import PLANS
from benchmarks.processes import NotStarted, Server
from benchmarks.results import Measurement, Results
from benchmarks.subjects import Build, subject
from benchmarks.workloads import Window, weather
from tests.benchmarks.runs import BARE, FASTAPI, QUART, comparison, results

HOST = "127.0.0.1"
ROUNDS = 4
CASE = Case(
    "weather-uvicorn",
    "Weather",
    weather,
    [FASTAPI, QUART, BARE],
    BARE,
    [(FASTAPI, QUART)],
    twin=FASTAPI,
)


@dataclass
class Fake:
    """Measures nothing; `until` measurements are made before Ctrl-C is pressed."""

    until: int = 1_000
    order: list[str] = field(default_factory=list)
    environments: list[dict[str, str]] = field(default_factory=list)

    def under_load(self, *args: Any) -> Measurement:
        """In place of measuring.under_load."""
        if len(self.order) == self.until:
            raise KeyboardInterrupt
        self.order.append(args[2].name)
        return Measurement(subject="", figures={"rate": 1_000.0 + len(self.order)})

    @contextmanager
    def running(self, _: object, port: int, env: Any, **__: object) -> Iterator[Server]:
        """In place of processes.running."""
        self.environments.append(dict(env))
        yield Server(port, psutil.Process())


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """No server is started, nothing is measured."""
    fake = Fake()
    monkeypatch.setattr(measuring, "under_load", fake.under_load)
    monkeypatch.setattr(session, "running", fake.running)
    monkeypatch.setattr("benchmarks.generator.running", fake.running)
    return fake


def _run(results: Results, path: Path, *cases: Case) -> bool:
    return running.run(results, path, cases or [CASE])


def test_rounds_are_interleaved(fake: Fake, tmp_path: Path) -> None:
    """Each round measures every subject once, the twin too, in an order of its own."""
    run = results(rounds=ROUNDS)
    assert _run(run, tmp_path / "run.json")
    found = run.comparisons[CASE.slug]
    orders = [[each.subject for each in round_] for round_ in found.rounds]
    assert len(orders) == ROUNDS
    assert all(sorted(each) == sorted(CASE.names) for each in orders)
    assert len({tuple(each) for each in orders}) > 1
    assert Results.load(tmp_path / "run.json") == run


def test_ctrl_c_keeps_whole_rounds(fake: Fake, tmp_path: Path) -> None:
    """And what is missing is measured when the run goes on."""
    path, fake.until = tmp_path / "run.json", 2 * len(CASE.names) + 1
    run = results(rounds=ROUNDS)
    assert not _run(run, path)
    kept = Results.load(path)
    assert len(kept.comparisons[CASE.slug].rounds) == 2
    before = kept.model_copy(deep=True)
    fake.until = 1_000
    assert _run(kept, path)
    rounds = kept.comparisons[CASE.slug].rounds
    assert len(rounds) == ROUNDS
    assert rounds[:2] == before.comparisons[CASE.slug].rounds


def test_a_whole_run_is_not_measured_again(fake: Fake, tmp_path: Path) -> None:
    """To go on with it does nothing."""
    run = results(comparison(dict.fromkeys(CASE.names, 9.0), rounds=ROUNDS), rounds=4)
    assert _run(run, tmp_path / "run.json")
    assert fake.order == []


def test_what_is_missing_is_left_out(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason; the rest is measured."""
    gone = replace(subject("node"), missing="there is no `node` on the PATH")
    monkeypatch.setitem(subjects._SUBJECTS, "node", gone)
    run = results(rounds=1)
    _run(run, tmp_path / "run.json", replace(CASE, subjects=[FASTAPI, "node"]))
    found = run.comparisons[CASE.slug]
    assert found.skipped == {"node": "there is no `node` on the PATH"}
    assert found.subjects == [FASTAPI, f"{FASTAPI}#2"]


def test_each_app_has_a_journal_of_its_own(fake: Fake, tmp_path: Path) -> None:
    """Or the second on the same would be refused."""
    _run(results(rounds=1), tmp_path / "run.json")
    journals = [each["TANDEM_JOURNAL"] for each in fake.environments if each]
    assert len(set(journals)) == len(journals) == len(CASE.names)


def test_loads_are_shares_of_the_capacity(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which the closed loop of the same run has found."""
    rates = []

    def under_load(*args: Any) -> Measurement:
        rates.append(args[4](subject("null"), 1, Window(1, 0)).rate)
        return Measurement(subject="", figures={"p99_ms": 1.0})

    capacities = comparison({BARE: 5_000.0})
    monkeypatch.setattr(measuring, "under_load", under_load)
    paced = Case("paced", "Paced", None, [BARE], BARE, [], {"p99_ms": "ms"}, load=0.6)
    run = results(capacities, rounds=1)
    _run(run, tmp_path / "run.json", paced)
    assert rates == [pytest.approx(3_000, rel=0.05)]


@dataclass
class Outcomes(Generator):
    """A generator with these outcomes in store."""

    store: list[Outcome]

    def do(self, _: Job) -> Outcome:
        """The next of them."""
        return self.store.pop(0)


GOOD = Outcome(1, 100, 100, in_flight=1, exchanges=100, mean_ms=10)
OFF = Outcome(1, 100, 100, in_flight=1, exchanges=100, mean_ms=20)
WRONG = Outcome(1, 100, 100, wrong=1, reasons=["a wrong body"])


def _measured(*outcomes: Outcome) -> Measurement:
    made, server = subject("minimal-quart@uvicorn"), Server(1, psutil.Process())
    load = Outcomes([*outcomes])
    return measuring.under_load(load, CASE, made, server, weather, Window(1, 0))


def test_a_disturbed_run_is_made_again() -> None:
    """The reason is kept; the sixth time it is void."""
    once = _measured(OFF, GOOD)
    assert (once.void, once.repeats) == ([], [["Little's law is off by 100%"]])
    assert once.figures == {"rate": 100}
    for_ever = _measured(*[OFF] * 6)
    assert for_ever.void == ["Little's law is off by 100%"]
    assert len(for_ever.repeats) == 5


def test_a_wrong_response_is_not_measured_away() -> None:
    """It is void at once, without a figure."""
    found = _measured(WRONG, GOOD)
    assert found.void == ["1 responses were wrong (a wrong body)"]
    assert (found.figures, found.repeats) == ({}, [])


def test_every_case_of_every_plan_is_whole() -> None:
    """Its subjects, base, pairs and twin are there, and every slug is used once."""
    for plan in (*PLANS.values(), validate.alike, validate.planted):
        cases = plan()
        assert len({case.slug for case in cases}) == len(cases)
        for case in cases:
            named = {case.base, *(name for pair in case.pairs for name in pair)}
            assert named | {case.twin or case.base} <= set(case.subjects)
            assert all(subject(name).name for name in case.names)


def test_a_server_that_does_not_start_is_told_of() -> None:
    """With its command and what it printed."""
    command = ["sh", "-c", "echo no such app; exit 3"]
    with (
        pytest.raises(NotStarted, match="did not start; it printed:\nno such app"),
        processes.running(command, 1, {}),
    ):
        pass


def test_a_server_that_ends_is_told_of() -> None:
    """Whatever is asked of it then."""
    ended = subprocess.Popen(["true"])
    server = Server(1, psutil.Process(ended.pid))
    ended.wait()
    with pytest.raises(NotStarted, match="ended while it was measured"):
        server.cpu_seconds()


def test_an_app_that_does_not_answer_is_told_of() -> None:
    """With its name and what was asked."""
    with pytest.raises(NotStarted, match="bare@uvicorn does not answer /weather/Paris"):
        weather(subject(BARE), processes.free_port(), Window(1, 0))


def test_a_taken_port_is_told_of() -> None:
    """By the app itself, in a sentence."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        command = subject(FASTAPI).command(port)
        with (
            pytest.raises(NotStarted, match=f"Port {port} on {HOST} cannot be had"),
            processes.running(command, port, {}, path="/weather/Paris"),
        ):
            pass


def test_a_program_that_cannot_be_built_is_told_of() -> None:
    """With what its compiler said."""
    broken = Build(["sh", "-c", "echo syntax error >&2; exit 1"], {})
    with pytest.raises(NotStarted, match="go cannot be built:\nsyntax error"):
        processes.build(replace(subject("go"), build=broken))
