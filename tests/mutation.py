"""How well the core's tests notice a change: `python -m tests.mutation`.

mutmut breaks `shared/chat` and `shared/weather` in one place at a time and runs the
tests in `tests/core` that reach it. Every such mutant must be caught, or be listed in
`equivalent_mutants.toml` with the reason why no behaviour can tell it from the code.
What came of it goes to the terminal and to `docs/mutation.md`.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
EQUIVALENTS = Path(__file__).with_name("equivalent_mutants.toml")
REPORT = ROOT / "docs" / "mutation.md"
MUTATED = sorted([*ROOT.glob("shared/chat/*.py"), *ROOT.glob("shared/weather/*.py")])

_PROGRESS = re.compile(r"(\d+)/\d+ ")
_SHOWN_EVERY = 100
"""Mutants from one line of progress to the next, where there is no terminal."""


class Mutant(NamedTuple):
    """A function, the lines that were changed in it, and what they became."""

    function: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.function}\n  - {self.was}\n  + {self.becomes}"


class Class(NamedTuple):
    """Mutants that no behaviour can tell from the code, all for one reason."""

    reason: str
    mutants: tuple[Mutant, ...]


class Verdicts(NamedTuple):
    """What became of the mutants, `counts` by module and verdict."""

    counts: Mapping[str, Counter[str]]
    survivors: list[Mutant]
    stale: list[Mutant]


def equivalents() -> list[Class]:
    """The list of equivalent mutants, as it is committed."""
    listed = tomllib.loads(EQUIVALENTS.read_text("utf-8"))["class"]
    return [
        Class(each["reason"], tuple(Mutant(**mutant) for mutant in each["mutants"]))
        for each in listed
    ]


def run() -> int:
    """Let mutmut test every mutant, from scratch; its exit code."""
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    command = [Path(sys.executable).with_name("mutmut"), "run"]
    if sys.stdout.isatty():
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in _shown(process.stdout):
            print(line, end="", flush=True)
    return process.returncode


def _shown(lines: Iterable[str]) -> Iterator[str]:
    """What a log needs of the output: not every turn of the spinner."""
    due = 0
    for line in lines:
        progress = _PROGRESS.search(line)
        if progress is None:
            yield line
        elif int(progress[1]) >= due:
            due = int(progress[1]) + _SHOWN_EVERY
            yield line


def found() -> Iterator[tuple[str, Mutant, str]]:
    """The module, the mutant and mutmut's status of each mutant of the last run."""
    for path in MUTATED:
        data = SourceFileMutationData(path=path)
        data.load()
        module = ".".join(path.with_suffix("").parts)
        for name, exit_code in data.exit_code_by_key.items():
            mutant = _mutant(name, get_diff_for_mutant(name, path=path))
            yield module, mutant, status_by_exit_code[exit_code]


def _mutant(name: str, diff: str) -> Mutant:
    was, becomes = (
        " ".join(line[1:].split() for line in diff.splitlines()[2:] if line[0] == sign)
        for sign in "-+"
    )
    # shared.chat.limits.x\u01c1TokenBucket\u01c1take__mutmut_1
    module, _, mangled = name.partition("__mutmut_")[0].rpartition(".x")
    return Mutant(f"{module}.{mangled.strip('_\u01c1').replace('\u01c1', '.')}", was, becomes)
