"""The committed record of what was measured, and how it is read when code has moved."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from zlib import crc32

from tests.contract.cells import ROOT
from tests.contract.clauses import CHAPTERS
from tests.lines.found import Lines

RECORD = ROOT / "docs" / "lines.json"


def write(
    lines: Mapping[str, Lines],
    code: Mapping[str, str],
    cells: Sequence[str],
    path: Path = RECORD,
    *,
    stale: Mapping[str, set[int]] | None = None,
) -> None:
    """Keep the lines that each clause needs, with a mark of each line as it is.

    Stale are those that were not there when most of the clauses were measured.
    """
    record = {
        "cells": list(cells),
        "stale": {name: _as_ranges(at) for name, at in (stale or {}).items()},
        "files": {name: " ".join(_marks(text)) for name, text in code.items()},
        "clauses": {
            number: {name: _as_ranges(at) for name, at in sorted(found.items())}
            for number, found in lines.items()
        },
    }
    path.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def read(code: Mapping[str, str], path: Path = RECORD) -> dict[str, Lines]:
    """The lines that each clause needs, where they now are; a changed line is left out.

    So a change of the code does not make the record wrong, only less complete.
    """
    record = json.loads(path.read_text("utf-8"))
    now = {
        name: _moves(marks.split(), _marks(code[name]))
        for name, marks in record["files"].items()
        if name in code
    }
    return {
        number: {
            name: {now[name][line] for line in _from_ranges(at) if line in now[name]}
            for name, at in found.items()
            if name in now
        }
        for number, found in record["clauses"].items()
    }


def cells(path: Path = RECORD) -> list[str]:
    """The cells that were measured."""
    measured: list[str] = json.loads(path.read_text("utf-8"))["cells"]
    return measured


def changed(code: Mapping[str, str], path: Path = RECORD) -> Lines:
    """The lines that are not as they were when the record was made."""
    record = json.loads(path.read_text("utf-8"))
    found = {}
    for name, text in code.items():
        marks = _marks(text)
        known = _moves(record["files"].get(name, "").split(), marks)
        for line in _from_ranges(record["stale"].get(name, "")):
            known.pop(line, None)
        if lines := {*range(1, len(marks) + 1)}.difference(known.values()):
            found[name] = lines
    return found


def shared_by_most(lines: Mapping[str, Lines]) -> set[tuple[str, int]]:
    """The lines that more than half of the clauses of a chapter need: its set-up."""
    shared = set()
    for chapter in CHAPTERS.values():
        needing = [found for number, found in lines.items() if number[0] == chapter]
        count: defaultdict[tuple[str, int], int] = defaultdict(int)
        for found in needing:
            for path, numbers in found.items():
                for line in numbers:
                    count[path, line] += 1
        shared |= {each for each, times in count.items() if times > len(needing) / 2}
    return shared


def _marks(text: str) -> list[str]:
    return [
        f"{crc32(line.strip().encode()) & 0xFFFF:04x}" for line in text.splitlines()
    ]


def _moves(before: list[str], now: list[str]) -> dict[int, int]:
    """Where each line has gone that is still there."""
    blocks = SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks()
    return {
        block.a + offset + 1: block.b + offset + 1
        for block in blocks
        for offset in range(block.size)
    }


def _as_ranges(lines: Iterable[int]) -> str:
    told = []
    for _, run in groupby(enumerate(sorted(lines)), lambda each: each[1] - each[0]):
        numbers = [number for _, number in run]
        told.append("-".join(map(str, sorted({numbers[0], numbers[-1]}))))
    return " ".join(told)


def _from_ranges(told: str) -> Iterator[int]:
    for run in told.split():
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)
