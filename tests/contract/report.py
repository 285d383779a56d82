"""The conformance report: what each clause's tests found, for people and programs."""

import json
from collections import defaultdict
from collections.abc import Generator, Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from platform import python_version
from typing import Any, Literal

import httpx
import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tests.contract import transcript
from tests.contract.cells import CELLS, ROOT
from tests.contract.clauses import DOCUMENT, clauses_of, numbered
from tests.contract.clauses import version as contract_version
from tests.contract.patience import NotInTime

Json = dict[str, Any]
Verdict = Literal["passed", "failed", "partly asked", "not asked"]

FOLDER = ROOT / "reports" / "contract"
"""Where the reports go, unless pytest's own --junitxml says otherwise."""

FORMAT = 1
"""The version of the JSON report's own form; docs/conformance.md describes it."""

WANTED = pytest.StashKey[list[pytest.Item]]()
"""The tests of all clauses that were asked for, whether they are run or not."""

_PACKAGES = (
    *("quart", "quart-schema", "fastapi", "starlette", "pydantic", "httpx", "uvloop"),
    *("uvicorn", "hypercorn", "granian", "websockets"),
)
_MARKS: dict[Verdict, str] = {
    "passed": "[green]✔[/]",
    "failed": "[bold red]✘[/]",
    "partly asked": "[yellow]◐[/]",
    "not asked": "[dim]·[/]",
}
_LEGEND = "✔ passed  ✘ failed  ◐ partly asked  · not asked"
_LONGEST = 600
"""Characters of one value that are shown."""


class Report:
    """Gathers what the tests find, and writes it down at the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._is_worker = hasattr(config, "workerinput")
        self._compared: tuple[str, str] | None = None
        self._tests: dict[str, Json] = {}
        self._crashed: list[str] = []
        config.option.xmlpath = config.option.xmlpath or str(FOLDER / "junit.xml")
        self._junit = Path(config.option.xmlpath)
        self._path = self._junit.with_name("conformance.json")
        if not self._is_worker:
            self._path.unlink(missing_ok=True)  # no report is better than an old one

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Forget what the test before has said and heard."""
        transcript.clear()
        self._compared = None

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Note a comparison that failed; pytest shows it in its own way."""
        expected = _cut(repr(right))
        wanted = expected if op == "==" else f"{op} {expected}"
        self._compared = (wanted, _cut(repr(left)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to pytest's report what the conformance report needs of a test."""
        report = yield
        told: Json = {
            "clauses": clauses_of(item),
            "target": _target_of(item),
            "behaviour": _behaviour(item),
            "failure": None,
        }
        if call.excinfo and report.failed:
            told["failure"] = self._failure(item, call.excinfo)
        # pytest-xdist hands such attributes on from its workers.
        report.__dict__["told"] = told
        return report

    def _failure(self, item: pytest.Item, found: pytest.ExceptionInfo[Any]) -> Json:
        entries = transcript.entries()
        came = next(
            (each for way, each in reversed(entries) if way == "came"), "nothing"
        )
        match found.value:
            case NotInTime(expected=expected):
                came = f"nothing more; the last was: {came}"
            case AssertionError() if self._compared:
                expected, came = self._compared
            case AssertionError():
                expected = _behaviour(item)
            case error:
                expected = _behaviour(item)
                came = f"{came}; and then: {found.typename} {error}".rstrip()
        return {
            "sent": transcript.last_sent(),
            "expected": _cut(expected),
            "came": _cut(came),
            "exchange": [{way: each} for way, each in entries],
            "where": f"{item.location[0]}::{item.name}",
        }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the report of a test's set-up, call or tear-down."""
        told = report.__dict__.get("told")
        if told is None:  # pytest-xdist speaks for a worker that crashed
            self._crashed.append(report.nodeid)
            return
        test = self._tests.setdefault(
            report.nodeid, {**told, "test": report.nodeid, "passed": True, "seconds": 0}
        )
        test["seconds"] += report.duration
        if report.failed:
            test["passed"] = False
            test["failure"] = test["failure"] or told["failure"]

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        """Write the JSON report, and show which clause holds where."""
        if self._is_worker or not self._tests:
            return
        document = self._document(int(exitstatus))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document, ensure_ascii=False, indent=1)
        self._path.write_text(f"{text}\n", "utf-8")
        writer = self._config.get_terminal_writer()
        terminalreporter.section("contract")
        terminalreporter.write(
            rendered(document, width=writer.fullwidth, colour=writer.hasmarkup)
        )
        terminalreporter.write_line(
            f"Reports: {_short(self._path)}, {_short(self._junit)}"
        )

    def _document(self, exit_code: int) -> Json:
        contract = DOCUMENT.read_text("utf-8")
        url = self._config.getoption("--base-url")
        names = ["url"] if url else self._config.getoption("--cell") or list(CELLS)
        wanted = self._config.stash.get(WANTED, [])
        left = [item for item in wanted if item.nodeid not in self._tests]
        return {
            "report": FORMAT,
            "contract": contract_version(contract),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "target": url or "cells of this checkout",
            "implementation": _said_of_itself(url) if url else _packages(),
            "python": python_version(),
            "targets": names,
            "exit_code": exit_code,
            "crashed": self._crashed,
            "clauses": [
                _clause(number, text, names, self._tests.values(), left)
                for number, text in numbered(contract)
            ],
        }


def _clause(
    number: str,
    text: str,
    targets: Iterable[str],
    tests: Iterable[Json],
    unasked: Iterable[pytest.Item],
) -> Json:
    by_target: defaultdict[str, list[Json]] = defaultdict(list)
    for test in tests:
        if number in test["clauses"]:
            # What needs no target, such as that both apps agree, holds for them all.
            for name in [test["target"]] if test["target"] else targets:
                by_target[name].append(test)
    left = [item for item in unasked if number in clauses_of(item)]
    found = {
        name: _verdicts(
            by_target[name],
            [item.nodeid for item in left if _target_of(item) in {None, name}],
        )
        for name in targets
    }
    return {"clause": number, "text": text, "verdicts": found}


def _verdicts(tests: list[Json], left: list[str]) -> Json:
    kept = ("test", "behaviour", "passed", "seconds", "failure")
    verdict: Verdict = "passed" if tests else "not asked"
    if any(not test["passed"] for test in tests):
        verdict = "failed"
    elif tests and left:
        verdict = "partly asked"
    return {
        "verdict": verdict,
        "seconds": round(sum(test["seconds"] for test in tests), 3),
        "tests": [
            {key: test[key] for key in kept} | {"seconds": round(test["seconds"], 3)}
            for test in tests
        ],
        "not asked": left,
    }


def rendered(document: Json, *, width: int, colour: bool) -> str:
    """The report as a table of clauses by targets, then each failure in words."""
    names: list[str] = document["targets"]
    table = Table(
        title=f"The contract, version {document['contract']}, on {document['target']}",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True, width=4)
    words = max(20, width - 7 - 6 * len(names))  # what numbers and marks leave of it
    table.add_column("What it promises", no_wrap=True, overflow="ellipsis", width=words)
    for name in names:
        table.add_column(_heading(name), justify="center", width=3)
    failures = []
    passed = dict.fromkeys(names, 0)
    for clause in document["clauses"]:
        found = [clause["verdicts"][name] for name in names]
        if not any(each["tests"] or each["not asked"] for each in found):
            continue  # it was not wanted, as with --chapter
        marks = [_MARKS[each["verdict"]] for each in found]
        table.add_row(clause["clause"], clause["text"], *marks)
        failures += _failures(clause)
        for name, each in zip(names, found, strict=True):
            passed[name] += each["verdict"] == "passed"
    table.add_section()
    table.add_row("", "passed", *(f"{count}" for count in passed.values()))
    console = Console(
        file=StringIO(), width=width, force_terminal=colour, highlight=False
    )
    console.print(table)
    console.print(_LEGEND, style="dim")
    failures += [f"\nThe suite crashed in {each}." for each in document["crashed"]]
    for failure in failures:
        console.print(failure, markup=False, soft_wrap=True)
    text = console.file
    assert isinstance(text, StringIO)
    return text.getvalue()


def _heading(target: str) -> str:
    """A cell's name in three columns: its framework's letter over its server."""
    framework, _, server = target.partition("@")
    return f"{framework[0].upper()}\n{server[:3]}" if server else target


def _failures(clause: Json) -> list[str]:
    told = []
    for name, found in clause["verdicts"].items():
        alike: defaultdict[str, list[Json]] = defaultdict(list)
        for test in found["tests"]:
            if test["failure"]:
                alike[test["behaviour"]].append(test["failure"])
        for behaviour, (failure, *more) in alike.items():
            told.append(
                f"\n{clause['clause']} on {name}: {behaviour}"
                f"\n  sent      {failure['sent']}"
                f"\n  expected  {failure['expected']}"
                f"\n  came      {failure['came']}"
            )
            if more:
                told.append(f"  and {len(more)} more of the kind, in the JSON report")
    return told


def _target_of(item: pytest.Item) -> str | None:
    """The target that a test runs on, None where it needs none."""
    target: str | None = getattr(getattr(item, "callspec", None), "params", {}).get(
        "target"
    )
    return target


def _behaviour(item: pytest.Item) -> str:
    """The behaviour that a test states: its name, and its docstring."""
    function = getattr(item, "function", None)
    words = item.name.partition("[")[0].removeprefix("test_").replace("_", " ")
    return f"{words}: {(getattr(function, '__doc__', '') or '').strip()}"


def _packages() -> Json:
    return {name: version(name) for name in _PACKAGES}


def _said_of_itself(url: str) -> Json:
    try:
        health = httpx.get(f"{url.rstrip('/')}/healthz", trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return {}  # one that holds to a single chapter need not have this route
    return health if isinstance(health, dict) else {}


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
