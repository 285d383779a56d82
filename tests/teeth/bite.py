"""Hold a variant to its clause: a copy of the tree, the patch, the clause's tests."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO

import psutil

from tests.contract.cells import ROOT
from tests.teeth.variants import BadVariant
from tests.teeth.verdict import Judgement, Verdict, judge
from tests.test_clauses import MARKED

_TREE = ("shared", "quart_app", "fastapi_app", "tests", "docs", "pyproject.toml")
"""What a cell and the suite need."""

_PLUGINS = ("--disable-plugin-autoload", "-ppytest_asyncio.plugin", "-ppytest_timeout")
"""Those that the suite needs: to load all that are installed takes most of a run."""

_WAIT_SECONDS = 10
"""How long the suite waits for what must come; with a broken variant it never does."""

_RUN_SECONDS = 600
_STOP_SECONDS = 20
_TOO_LONG = Judgement(Verdict.VOID, "", f"not over after {_RUN_SECONDS} s")


@dataclass(frozen=True)
class Bite:
    """One run: what is patched, on which cell, and the clauses whose tests run."""

    name: str
    cell: str
    clauses: tuple[str, ...]
    patch: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run found, how long it took, and what the suite printed."""

    bite: Bite
    judgement: Judgement
    seconds: float
    output: str


async def run(bite: Bite, upstream: str) -> Outcome:
    """Run the tests in a copy of the tree, up to the first failure if it is patched.

    Its weather comes from `upstream`, a base URL that all runs may share.

    Cancelled, it ends every process that it started.
    """
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="tandem-teeth-") as name:
        folder = Path(name)
        await asyncio.to_thread(_prepare, bite, folder / "tree")
        with (folder / "output.txt").open("wb") as output:
            over = await _pytest(bite, folder, upstream, output)
        found = judge(folder / "junit.xml") if over else _TOO_LONG
        return Outcome(bite, found, monotonic() - began, _read(folder / "output.txt"))


def _prepare(bite: Bite, tree: Path) -> None:
    copy_tree(tree)
    if bite.patch is not None:
        apply(bite.patch, tree)


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def copy_tree(tree: Path) -> None:
    """Copy what the cells and the suite need."""
    tree.mkdir()
    for name in _TREE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name)
        else:
            shutil.copy2(source, tree / name)


def apply(patch: Path, tree: Path, *options: str) -> None:
    """Apply a patch to a tree. Raises BadVariant."""
    applied = subprocess.run(
        ["git", "apply", *options, patch],
        cwd=tree,
        # Else git looks for a repository around the tree, and patches that one.
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    if applied.returncode:
        raise BadVariant(
            f"{patch.name} does not apply any more ({applied.stderr.splitlines()[0]}):"
            " make it anew for the code as it is."
        )


async def _pytest(bite: Bite, folder: Path, upstream: str, output: IO[bytes]) -> bool:
    """Run it; whether it came to its end in time."""
    command = [sys.executable, "-m", "pytest", *_PLUGINS, *files_of(bite.clauses)]
    command += ["--quiet", "--cell", bite.cell, f"--junitxml={folder / 'junit.xml'}"]
    command += [f"--clause={clause}" for clause in bite.clauses]
    command += ["-pno:cacheprovider", f"--basetemp={folder / 'tmp'}"]
    command += [] if bite.patch is None else ["--exitfirst"]
    # In a session of its own, for Ctrl-C is ours to pass on, once.
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder / "tree",
        env={
            **os.environ,
            "CONTRACT_TIMEOUT_SECONDS": f"{_WAIT_SECONDS}",
            "CONTRACT_WEATHER_SOURCE": upstream,
        },
        stdout=output,
        stderr=output,
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_RUN_SECONDS):
                await process.wait()
                return True
        return False
    finally:
        if process.returncode is None:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let pytest stop its cells, which lead sessions of their own; then see to it."""
    everyone = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    for each in everyone:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    if process.returncode is None:
        process.kill()
        await process.wait()


def files_of(clauses: tuple[str, ...]) -> list[str]:
    """The test files in which a clause of these has a test."""
    found = {
        test.partition("::")[0]
        for test, numbers in MARKED.items()
        if set(clauses) & set(numbers)
    }
    folders = {"test_parity.py": "tests"}
    return sorted(f"{folders.get(file, 'tests/contract')}/{file}" for file in found)


def control_of(bites: list[Bite]) -> list[Bite]:
    """The same clauses on the same cells, unbroken: there they must find nothing."""
    clauses: dict[str, set[str]] = {}
    for bite in bites:
        clauses.setdefault(bite.cell, set()).update(bite.clauses)
    return [Bite("unbroken", cell, tuple(sorted(clauses[cell]))) for cell in clauses]


def is_good(outcome: Outcome) -> bool:
    """Whether a variant was caught, or the unbroken tree was not."""
    unbroken = outcome.bite.patch is None
    expected = Verdict.SURVIVED if unbroken else Verdict.CAUGHT
    return outcome.judgement.verdict is expected
