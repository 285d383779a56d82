"""How well the core's tests notice a change: `python -m tests.mutation`.

mutmut breaks `shared/chat` and `shared/weather` in one place at a time and runs those
of the tests in `tests/core` that pass there. Each such mutant must be caught, or stand
in `equivalent_mutants.toml` with the reason why no behaviour can tell it from the code.
What came of it goes to the terminal and to `docs/mutation.md`.
"""

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

_VERDICTS = ("killed", "timeout", "equivalent", "survived")
_SHOWN_EVERY = 100
"""Mutants from one line of progress to the next where there is no terminal."""


class Mutant(NamedTuple):
    """A function, the lines that were changed in it, and what they became."""

    function: str
    was: str
    becomes: str

    def shown(self) -> str:
        """As a reader knows it from a diff."""
        return f"@@ {self.function} @@\n- {self.was}\n+ {self.becomes}"


class Class(NamedTuple):
    """Mutants that nothing can tell from the code, all for the same reason."""

    reason: str
    mutants: tuple[Mutant, ...]


class Outcome(NamedTuple):
    """What became of the mutants: how many, by module and verdict, and the faults."""

    counts: Mapping[str, Counter[str]]
    survivors: Sequence[Mutant]
    stale: Sequence[Mutant]


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
    command = [str(Path(sys.executable).with_name("mutmut")), "run"]
    if sys.stdout.isatty():
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        for line in shown(process.stdout):
            print(line, end="", flush=True)
    return process.returncode


def shown(lines: Iterable[str]) -> Iterator[str]:
    """What a log needs of mutmut's output, which turns a spinner ten times a second."""
    due, last = 0, ""
    for line in lines:
        text = line[1:].strip() if line[:1] in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" else line.strip()
        progress = re.match(r"(\d+)/\d+", text)
        if int(progress[1]) >= due if progress else text != last:
            due = int(progress[1]) + _SHOWN_EVERY if progress else due
            yield text + "\n"
        last = text


def tested() -> Iterator[tuple[str, Mutant, str]]:
    """The module, the mutant and mutmut's status of each mutant of the last run."""
    for meta in sorted((ROOT / "mutants").glob("shared/*/*.meta")):
        path = meta.relative_to(ROOT / "mutants").with_suffix("")
        data = SourceFileMutationData(path=path)
        data.load()
        for name, exit_code in data.exit_code_by_key.items():
            diff = get_diff_for_mutant(name, path=path)
            yield (
                ".".join(path.with_suffix("").parts[1:]),
                mutant(name, diff),
                status_by_exit_code[exit_code],
            )


def mutant(name: str, diff: str) -> Mutant:
    """The mutant of mutmut's name for it and its unified diff.

    mutmut numbers the mutants of a function, so its names shift with every edit.
    """
    lines = diff.splitlines()[2:]  # after the file's name, twice
    was, becomes = (
        " ".join(" ".join(line[1:] for line in lines if line[0] == sign).split())
        for sign in "-+"
    )
    # Such as shared.chat.limits.xǁTokenBucketǁtake__mutmut_1 and ….x_guest__mutmut_1.
    module, _, function = name.partition("__mutmut_")[0].rpartition(".x")
    return Mutant(f"{module}.{function[1:].replace('ǁ', '.')}", was, becomes)


def judge(
    mutants: Iterable[tuple[str, Mutant, str]], listed: Sequence[Class]
) -> Outcome:
    """Hold mutmut's results against the list of equivalents, which must be true too."""
    known = {mutant for each in listed for mutant in each.mutants}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    alive: list[Mutant] = []
    for path, mutant, status in mutants:
        verdict = status
        # That a listed one timed out shows no more than how busy the machine was.
        if status != "killed" and (status != "timeout" or mutant in known):
            alive.append(mutant)
            verdict = "equivalent" if mutant in known else "survived"
        counts[path][verdict] += 1
    survivors = [mutant for mutant in alive if mutant not in known]
    return Outcome(counts, survivors, sorted(known - set(alive)))


def rows(counts: Mapping[str, Counter[str]]) -> list[list[str]]:
    """The table, its heads first and its sums last."""
    everything = sum(counts.values(), Counter[str]())
    told = [*counts.items(), ("all", everything)]
    return [
        ["module", "mutants", *_VERDICTS, "score"],
        *(
            [name, str(each.total()), *(str(each[v]) for v in _VERDICTS), score(each)]
            for name, each in told
        ),
    ]


def score(counts: Counter[str]) -> str:
    """How many of the mutants that could be caught were, rounded down."""
    caught = counts["killed"] + counts["timeout"]
    catchable = caught + counts["survived"]
    return f"{1_000 * caught // catchable / 10} %" if catchable else ""


def listing(listed: Sequence[Class]) -> str:
    """The equivalent mutants, in Markdown."""
    return "\n".join(
        f"{each.reason}\n\n```diff\n"
        + "\n".join(map(Mutant.shown, each.mutants))
        + "\n```\n"
        for each in listed
    )


def report(counts: Mapping[str, Counter[str]], listed: Sequence[Class]) -> str:
    """`docs/mutation.md`."""
    heads, *lines = rows(counts)
    table = [heads, ["---"] + ["--:"] * (len(heads) - 1), *lines]
    versions = f"Python {platform.python_version()}, mutmut {version('mutmut')}"
    return f"""# The mutation score

`make mutants` wrote this page, with {versions} and pytest {version("pytest")}.
It breaks `shared/chat` and `shared/weather` in one place at a time, \
and runs those of the tests in `tests/core` that pass there.
A mutant is killed when a test fails, and a timeout when the tests come to no end; \
both are caught.
The score is the share that was caught of all but the equivalent ones.
mutmut leaves decorated functions and what is outside of functions as they are.

{chr(10).join("| " + " | ".join(row) + " |" for row in table)}

## Equivalent mutants

Each was examined, and stands in `tests/equivalent_mutants.toml`.
`make mutants` fails when one of them is gone or caught, and when another survives.

{listing(listed)}"""


def main() -> int:
    """Run mutmut, tell what came of it; the exit code."""
    try:
        code = run()
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.")
        return 130
    results = list(tested())
    if code or any(status == "not checked" for *_, status in results):
        print("mutmut did not come to an end; what it said stands above.")
        return 2
    listed = equivalents()
    outcome = judge(results, listed)
    heads, *lines = rows(outcome.counts)
    table = Table("module", box=None)
    for head in heads[1:]:
        table.add_column(head, justify="right")
    for line in lines:
        table.add_row(*line)
    Console().print(table)
    REPORT.write_text(report(outcome.counts, listed), "utf-8")
    for each in outcome.survivors:
        print(f"No test notices:\n{each.shown()}\n")
    for each in outcome.stale:
        print(f"Listed as equivalent, but gone or caught:\n{each.shown()}\n")
    return 1 if outcome.survivors or outcome.stale else 0


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m tests.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    sys.exit(main())
