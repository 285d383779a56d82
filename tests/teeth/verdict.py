"""What a run of the suite says of a variant."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, parse

_NO_JUDGEMENT = ("tests.contract.cells.CellNotReady", "ImportError", "ModuleNotFound")
"""Failures of a test that say nothing of what a client sees."""


class Verdict(StrEnum):
    """What became of a variant on a cell."""

    CAUGHT = "caught"
    SURVIVED = "SURVIVED"
    VOID = "void"


class Judgement(NamedTuple):
    """A verdict, and the test and the reason that speak for it."""

    verdict: Verdict
    test: str
    reason: str


def judge(junit: Path) -> Judgement:
    """The verdict on a variant, from the JUnit XML of the clause's tests.

    It is caught if a test itself failed. Void is what proves nothing: a cell that did
    not start, tests that could not be collected, or none at all. An error after a test
    that passed (say, a traceback in the cell's output) is no catch.
    """
    try:
        cases = list(parse(junit).iter("testcase"))  # noqa: S314 -- pytest wrote it
    except (OSError, ParseError):
        return Judgement(Verdict.VOID, "", "pytest ended before it wrote its results")
    failures = [found for case in cases for found in _found(case, "failure")]
    for failure in failures:
        if not failure.reason.startswith(_NO_JUDGEMENT):
            return failure
    errors = [found for case in cases for found in _found(case, "error")]
    started = [found for found in errors if "on teardown" not in found.reason]
    for void in (*failures, *started):
        return void._replace(verdict=Verdict.VOID)
    if not cases:
        return Judgement(Verdict.VOID, "", "no test carries the clause")
    return Judgement(Verdict.SURVIVED, "", f"{len(cases)} tests passed")


def _found(case: Element, kind: str) -> list[Judgement]:
    test = f"{case.get('classname', '')}::{case.get('name', '')}"
    return [
        Judgement(Verdict.CAUGHT, test, found.get("message", "").partition("\n")[0])
        for found in case.iter(kind)
    ]
