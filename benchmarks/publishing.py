"""The run and the validation that are kept, and what the documents say of them.

No figure of them is typed by hand: `python -m benchmarks publish` writes it.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import growth, page, targets, validate, verdicts
from benchmarks.analysis import Analysis
from benchmarks.errors import UseError
from benchmarks.machine import ROOT
from benchmarks.results import Mode, Results, write

KEPT = ROOT / "benchmarks" / "results"
NAMES = {"full": "full.json", "validate": "validation.json"}
"""By the mode of a run, how its file is called among those that are kept."""

_MAIN = ("weather-uvicorn", "latency-equal", "look-ups", "fan-out-200", "life")
"""What the README tells of."""

_STEPS = ("collections",)
"""Cases that tell what a step of the work on performance has brought."""

_NONE = "No run is kept yet; `make bench` makes one.\n"


def keep(path: Path) -> None:
    """Keep a run beside its page. Raises UseError."""
    results = Results.load(path)
    mode = results.settings.mode
    if mode not in NAMES:
        raise UseError(f"{path} is of a {mode} run: publish a full one.")
    if results.finished is None or results.settings.only:
        raise UseError(f"{path} is of a part of a run: publish a whole one.")
    results.save(KEPT / NAMES[mode])
    if mode == "full":
        write(KEPT / "full.html", page.render(Analysis(results)))


def kept(mode: Mode) -> Results | None:
    """The run of this mode that is kept, if any. Raises UseError."""
    path = KEPT / NAMES[mode]
    return Results.load(path) if path.exists() else None


def told_run() -> str:
    """What the run says, for the page about the benchmarks."""
    results = kept("full")
    if results is None:
        return _NONE
    analysis = Analysis(results)
    return "\n".join(
        [
            _about(results),
            "",
            *_listed(verdicts.headlines(analysis)),
            "",
            "Can it be believed?",
            "",
            *_listed(
                [
                    *verdicts.ceilings(analysis, absolute=False),
                    *verdicts.second_opinions(analysis),
                    *(verdicts.voids(analysis) or ["No row is void."]),
                    *_validation(),
                ]
            ),
            "",
            "How cost grows, as the exponent of a power law:",
            "",
            *_table(("Figure", "Subject", "Exponent"), _exponents(analysis)),
            "",
        ]
    )


def told_briefly() -> str:
    """What the run says of the main cases, for the README."""
    results = kept("full")
    if results is None:
        return _NONE
    told = verdicts.headlines(Analysis(results), _MAIN)
    return "\n".join([_about(results), "", *_listed(told), ""])


def told_targets() -> str:
    """What was to be reached and what was, for the page about performance."""
    results = kept("full")
    if results is None:
        return _NONE
    analysis = Analysis(results)
    head = ("What", "Target", "Median and interval", "Result")
    steps = [
        verdicts.sentence(row)
        for row in analysis.rows()
        if row.case in _STEPS
        and (row.first, row.second) in results.comparisons[row.case].pairs
    ]
    told = [*_table(head, targets.rows(analysis)), ""]
    return "\n".join([*told, *_listed(steps), ""] if steps else told)


def _about(results: Results) -> str:
    machine, versions = results.machine, results.versions
    commit = f", commit `{versions['commit']}`" if "commit" in versions else ""
    return (
        f"A full run of {results.started:%d %B %Y} on {machine['cores']} cores of"
        f" {machine['processor']}, Python {versions['python']}, Quart"
        f" {versions['quart']}, FastAPI {versions['fastapi']}{commit}."
    )


def _validation() -> list[str]:
    results = kept("validate")
    return validate.judge(results).told() if results else ["No validation is kept yet."]


def _exponents(analysis: Analysis) -> list[tuple[str, ...]]:
    return [
        (
            f"{figure.y} by {figure.x}",
            verdicts.named(line.subject),
            verdicts.shown(line.exponent),
        )
        for figure in growth.of(analysis)
        for line in figure.lines
        if line.exponent
    ]


def _listed(items: list[str]) -> list[str]:
    return [f"- {each}" for each in items]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(each)} |" for each in lines]


PLACES: dict[Path, Callable[[], str]] = {
    ROOT / "README.md": told_briefly,
    ROOT / "docs" / "benchmarks.md": told_run,
    ROOT / "docs" / "performance.md": told_targets,
}
"""Which document has what between its comments `results`."""


def renewed(document: Path) -> str:
    """The document with what the kept run says."""
    place = re.compile(r"(?<=<!-- results -->\n).*?(?=<!-- /results -->)", re.DOTALL)
    return place.sub(lambda _: PLACES[document](), document.read_text("utf-8"))


def renew() -> None:
    """Write what the kept run says into the documents."""
    for document in PLACES:
        write(document, renewed(document))
