"""What the apps are compared with does the same work: the contract holds it to that."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.machine import ROOT
from benchmarks.subjects import subject
from tests.contract.cells import HOST, claimed_port, suite_env

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(600)]

WEATHER = ["starlette@uvicorn", "flask@gunicorn", "node", "go"]
"""Asked for this chapter only, the bare app for all that can be asked by URL."""

THERE = [name for name in ("bare@uvicorn", *WEATHER) if subject(name).missing is None]
"""Those whose toolchain is on this machine; Python's always are."""


@asynccontextmanager
async def _started(name: str, env: dict[str, str]) -> AsyncIterator[str]:
    made, port = subject(name), claimed_port()
    processes.build(made)
    running = processes.running(
        made.command(port), port, {**made.environment, **env}, on=frozenset()
    )
    with running:
        yield f"http://{HOST}:{port}"


@pytest.mark.parametrize("name", THERE)
async def test_a_baseline_holds_the_contract(name: str, tmp_path: Path) -> None:
    """By its URL, as whoever else implements it."""
    upstream = claimed_port()
    journal = {"TANDEM_JOURNAL": f"sqlite:///{tmp_path}/journal.db"}
    env = suite_env(f"http://{HOST}:{upstream}") | journal
    async with _started(name, env) as url:
        suite = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", "tests/contract", "-pno:cacheprovider"),
            *("--base-url", url, "--junitxml", str(tmp_path / "junit.xml")),
            *(["--chapter", "weather"] if name in WEATHER else []),
            cwd=ROOT,
            env={**os.environ, "CONTRACT_UPSTREAM_PORT": str(upstream)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await suite.communicate()
    assert suite.returncode == pytest.ExitCode.OK, output.decode()[-8_000:]
    assert " passed" in output.decode().splitlines()[-1]
