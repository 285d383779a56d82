"""The contract suite as a product: by URL, with a report, and a word for bad use."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.commands import typed
from tests.contract import by_url
from tests.contract.cells import HOST, ROOT, Cell, claimed_port
from tests.contract.report import rendered
from tests.contract.targets import Target

Json = dict[str, Any]

SOON = [
    f"-pno:{each}" for each in ("cacheprovider", "hypothesispytest", "schemathesis")
]
"""Without plugins that it does not use, and that take long to load."""

PORT = claimed_port()
UPSTREAM = {"CONTRACT_UPSTREAM_PORT": f"{PORT}"}
"""So that another suite may run on this machine."""

BAD_USE = {
    "--cell quart@gunicorn": "there is no such thing; use one of quart@",
    "--chapter wether": "there is no such thing; use one of http, weather, chat.",
    "--clause C-99": "there is no such thing; use one of H-01, H-02,",
    "--base-url localhost": "such as http://127.0.0.1:9000.",
    "--base-url https://127.0.0.1:9": "such as http://127.0.0.1:9000.",
    "--base-url http://127.0.0.1:99999": "such as http://127.0.0.1:9000.",
    "--base-url http://127.0.0.1:9/api": "such as http://127.0.0.1:9000.",
    "--base-url http://127.0.0.1:9#x": "such as http://127.0.0.1:9000.",
    "--base-url http://[::1": "such as http://127.0.0.1:9000.",
    "--base-url http://é..x:9000": "such as http://127.0.0.1:9000.",
    "--base-url http://127.0.0.1:9 --cell quart@uvicorn": "leave out --cell.",
    "--base-url http://127.0.0.1:9 -n 2": "leave out --numprocesses.",
}
"""What somebody may type, and what tells them what to type instead."""


async def _suite(folder: Path, *options: str) -> tuple[int | None, str]:
    """Run the suite; its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "tests/contract", *SOON, *options),
        *("--junitxml", str(folder / "junit.xml")),
        cwd=ROOT,
        env={**os.environ, **UPSTREAM},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


def _clauses(folder: Path) -> dict[str, Json]:
    report = json.loads((folder / "conformance.json").read_text("utf-8"))
    return {each["clause"]: each["verdicts"]["url"] for each in report["clauses"]}


@pytest_asyncio.fixture
async def deaf() -> AsyncIterator[str]:
    """The URL of a server that answers everything with 200 and an empty object."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, HOST) as server:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())


@pytest.mark.asyncio
@pytest.mark.parametrize(("typed", "told"), BAD_USE.items(), ids=BAD_USE)
async def test_bad_use_ends_with_a_sentence(
    tmp_path: Path, typed: str, told: str
) -> None:
    """At once, with what to do instead, and no traceback."""
    code, output = await _suite(tmp_path, *typed.split())
    (said,) = [line for line in output.splitlines() if line]
    assert code == pytest.ExitCode.USAGE_ERROR
    assert said.startswith("ERROR: ")
    assert told in said


@pytest.mark.asyncio
async def test_a_url_where_nobody_answers_is_named(tmp_path: Path) -> None:
    """With what to do, before a test has failed over it."""
    code, output = await _suite(tmp_path, "--base-url", "http://127.0.0.1:9")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: http://127.0.0.1:9 does not answer" in output
    assert "start the implementation there, as docs/conformance.md says." in output


@pytest.mark.asyncio
async def test_an_answer_that_has_no_end_is_none(tmp_path: Path) -> None:
    """However steadily it comes."""
    gone = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(b"X: y\r\n")
                await writer.drain()
                await asyncio.sleep(0.2)
        writer.close()
        gone.set()

    async with await asyncio.start_server(drip, HOST) as server:
        url = "http://{}:{}".format(*server.sockets[0].getsockname())
        code, output = await _suite(tmp_path, "--base-url", url)
        await gone.wait()
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "does not answer (nothing whole in 10 s)" in output


@pytest.mark.asyncio
async def test_what_no_url_can_be_asked_is_said(tmp_path: Path, deaf: str) -> None:
    """A run that asks nothing proves nothing."""
    code, output = await _suite(tmp_path, "--base-url", deaf, "--clause", "C-50")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "None of these clauses can be asked by URL" in output


@pytest.mark.asyncio
async def test_an_upstream_that_was_not_wired_is_noticed(
    tmp_path: Path, deaf: str
) -> None:
    """Before a single test has failed over it, with the addresses to give."""
    code, output = await _suite(tmp_path, "--base-url", deaf)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {deaf} does not ask the suite's weather source" in output
    assert f"http://{HOST}:{PORT}/v1/search" in output


@pytest.mark.asyncio
async def test_a_taken_port_of_the_weather_source_is_named(
    tmp_path: Path, deaf: str
) -> None:
    """The suite cannot choose another, for the target was told this one."""
    server = await asyncio.start_server(lambda *_: None, HOST, PORT)
    async with server:
        code, output = await _suite(tmp_path, "--base-url", deaf)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert f"cannot listen at port {PORT}: stop what uses it" in output


@pytest.mark.asyncio
async def test_a_failure_is_told_without_the_code(tmp_path: Path, deaf: str) -> None:
    """What was sent, what was expected and what came; and what could not be asked."""
    options = ["--clause", "C-10", "--clause", "C-44", "--clause", "C-06"]
    code, output = await _suite(tmp_path, "--base-url", deaf, *options)
    assert code == pytest.ExitCode.TESTS_FAILED
    clauses = _clauses(tmp_path)
    failed = clauses["C-10"]
    assert failed["verdict"] == "failed"
    failure = failed["tests"][0]["failure"]
    assert failure["sent"].startswith("GET /chat HTTP/1.1")
    assert failure["expected"] == "403"
    assert failure["came"] == "200"
    assert {"came": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"} in (
        failure["exchange"]
    )
    assert clauses["C-44"]["verdict"] == "not asked"
    assert len(clauses["C-44"]["not asked"]) == 1
    assert clauses["C-01"] == {
        "verdict": "not asked",
        "seconds": 0,
        "tests": [],
        "not asked": [],
    }
    assert "C-10 on url: pages of foreign origins are refused: What only" in output
    assert "  expected  403\n  came      200\n" in output
    assert output.splitlines()[-1].startswith("=")
    assert "<testsuite " in (tmp_path / "junit.xml").read_text()


@pytest.mark.asyncio
async def test_a_cell_of_ours_holds_by_its_url(tmp_path: Path) -> None:
    """One that was started as the page on conformance says, asked for two clauses."""
    cell = _ByHand("quart@uvicorn", tmp_path, UPSTREAM)
    with cell:
        options = ["--clause", "W-07", "--clause", "C-30", "--clause", "W-19"]
        options += ["-k", "not place_without_a_forecast"]
        code, output = await _suite(tmp_path, "--base-url", cell.http_url, *options)
    assert code == pytest.ExitCode.OK, output
    clauses = _clauses(tmp_path)
    assert clauses["W-07"]["verdict"] == "passed"
    assert clauses["C-30"]["verdict"] == "partly asked"
    assert clauses["W-19"]["verdict"] == "partly asked"
    report = json.loads((tmp_path / "conformance.json").read_text("utf-8"))
    assert report["contract"] == "1.1"
    assert report["exit_code"] == 0
    assert report["target"] == cell.http_url
    assert report["implementation"]["framework"] == "quart"


class _ByHand(Cell):
    @property
    def command(self) -> list[str]:
        """What starts it."""
        options = [self.name, "--port", str(self.port)]
        return [sys.executable, "-m", "tests.contract", *options]


def test_a_cell_by_hand_is_one_of_six() -> None:
    """Another name is refused, with those that there are."""
    told = typed("tests.contract", "quart@gunicorn")
    assert told.returncode == 2
    assert "choose from" in told.stderr


def test_the_table_shows_every_verdict() -> None:
    """Clauses by targets, what was not wanted left out, and a count of the passed."""
    document = {
        "contract": "1.1",
        "target": "here",
        "targets": ["quart@uvicorn", "url"],
        "crashed": ["test_x[url]"],
        "clauses": [
            _clause("C-01", "passed", "failed"),
            _clause("C-02", "partly asked", "not asked"),
            _clause("C-03", "not asked", "not asked", wanted=False),
        ],
    }
    lines = [
        line.split() for line in rendered(document, width=60, colour=False).splitlines()
    ]
    assert ["Q"] in lines
    assert ["What", "it", "promises", "uvi", "url"] in lines
    assert ["C-01", "Words.", "✔", "✘"] in lines
    assert ["C-02", "Words.", "◐", "·"] in lines
    assert ["passed", "1", "0"] in lines
    assert not any("C-03" in line for line in lines)
    assert ["The", "suite", "crashed", "in", "test_x[url]."] in lines


def _clause(number: str, *verdicts: str, wanted: bool = True) -> Json:
    tests, left = ([{"failure": None}], ["x"]) if wanted else ([], [])
    found = [{"verdict": each, "tests": tests, "not asked": left} for each in verdicts]
    return {
        "clause": number,
        "text": "Words.",
        "verdicts": dict(zip(("quart@uvicorn", "url"), found, strict=True)),
    }


def test_a_target_is_known_by_its_url() -> None:
    """With or without a port, a slash at its end or an address of version 6."""
    assert by_url.target_at("http://example.org/").netloc == "example.org"
    assert by_url.target_at("http://example.org").port == 80
    target: Target = by_url.target_at("http://[::1]:9000")
    assert (target.host, target.port, target.ws_url) == ("::1", 9000, "ws://[::1]:9000")
