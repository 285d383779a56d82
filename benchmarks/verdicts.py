"""What the intervals say, in sentences; where they say nothing, that."""

from collections.abc import Collection

from benchmarks.analysis import Analysis, Row
from benchmarks.case import CAPACITY, HIGHER_IS_BETTER
from benchmarks.statistics import MIN_ROUNDS, Interval, ratio
from benchmarks.validity import HEADROOM
from benchmarks.wrk import WITHIN

_NAMES = {
    "fastapi": "FastAPI",
    "quart": "Quart",
    "bare": "bare ASGI",
    "minimal-fastapi": "FastAPI's minimal handler",
    "minimal-quart": "Quart's minimal handler",
    "starlette": "Starlette",
    "flask": "Flask",
    "node": "Node.js",
    "go": "Go",
    "broadcast": "websockets.broadcast()",
    "null": "the null server",
    "slower-fastapi": "FastAPI with 10 % more to do",
    "slower-quart": "Quart with 10 % more to do",
    "sampled-fastapi": "FastAPI as it is sampled",
    "sampled-quart": "Quart as it is sampled",
    "thawed-fastapi": "FastAPI with whole collections",
    "thawed-quart": "Quart with whole collections",
}

_OF_BOTH = ({"fastapi", "quart"}, {"minimal-fastapi", "minimal-quart"})
"""The apps, and below them the frameworks by themselves."""


def named(subject: str, *, server: bool = False) -> str:
    """A subject as people call it, with its server if that matters."""
    name, _, where = subject.partition("@")
    where, _, workers = where.partition("*")
    told = f"{_NAMES[name]} on {where}" if server and where else _NAMES[name]
    return f"{told} with {workers} workers" if workers else told


def sentence(row: Row) -> str:
    """One row in words."""
    first, second = named(row.first), named(row.second)
    if row.ratio is None:
        return f"{row.title}: {first} and {second}, void: {'; '.join(row.void)}."
    if row.verdict == "few":
        return (
            f"{row.title}: too few rounds to rank {first} and {second}"
            f" (at least {MIN_ROUNDS} are needed)."
        )
    span = row.ratio.ends()
    if row.verdict == "equal":
        return (
            f"{row.title}: {first} and {second} cannot be told apart by"
            f" {row.unit} ({span})."
        )
    return (
        f"{row.title}: {first} has {row.ratio.median:.2f} times the {row.unit} of"
        f" {second} ({span}), which is {row.verdict}{bounds(row)}."
    )


def bounds(row: Row) -> str:
    """Of whom only a lower bound was seen, to be said after all else."""
    if not row.bound:
        return ""
    names = " and ".join(map(named, row.bound))
    return f"; of {names} only a lower bound was seen"


def headlines(analysis: Analysis, cases: Collection[str] | None = None) -> list[str]:
    """What is said of the two frameworks against each other, in all cases or these."""
    rows = [
        row
        for row in analysis.rows()
        if {row.first.partition("@")[0], row.second.partition("@")[0]} in _OF_BOTH
        and row.first.partition("*")[2] == row.second.partition("*")[2]
        and (cases is None or row.case in cases)
    ]
    told = [sentence(row) for row in rows if row.verdict not in {"few", "void"}]
    verdicts = [row.verdict for row in rows]
    if few := verdicts.count("few"):
        told.append(
            f"Comparisons of the two with too few rounds to say anything: {few};"
            f" at least {MIN_ROUNDS} are needed."
        )
    if void := verdicts.count("void"):
        told.append(f"Void comparisons of the two: {void}, for the reasons given.")
    return told


def ceilings(analysis: Analysis, *, absolute: bool = True) -> list[str]:
    """Whether the load generator was far enough ahead."""
    told = []
    for unit, times in analysis.headroom().items():
        least = HEADROOM[unit]
        enough = "enough" if times >= least else "NOT enough"
        ceiling = f"{analysis.ceilings[unit]:,.0f} {unit}, " if absolute else ""
        told.append(
            f"The load generator's ceiling is {ceiling}{times:.1f} times the {unit} of"
            f" the fastest app ({enough}; {least:g} are needed)."
        )
    return told


def second_opinions(analysis: Analysis) -> list[str]:
    """Whether wrk sees what our load generator sees."""
    case = analysis.results.comparisons.get(CAPACITY)
    told = []
    for name in case.subjects if case else ():
        theirs = case.values(name, "wrk") if case else []
        ours = case.values(name, "rate") if case else []
        if theirs and len(theirs) == len(ours) and min(theirs) > 0:
            found = ratio(theirs, ours)
            alike = abs(found.median - 1) <= WITHIN
            told.append(
                f"wrk gets {shown(found)} times as many requests/s of {named(name)} as"
                f" our load generator: {'' if alike else 'NOT '}within {WITHIN:.0%}."
            )
    return told


def voids(analysis: Analysis) -> list[str]:
    """Why rows are void, each reason once."""
    found = {
        f"Void in {row.title}: {why}." for row in analysis.rows() for why in row.void
    }
    return sorted(found)


def shown(found: Interval) -> str:
    """An interval in a table."""
    return f"{found.median:.2f} ({found.ends()})"


def better(figure: str) -> str:
    """Which way is better."""
    return "more is better" if figure in HIGHER_IS_BETTER else "less is better"
