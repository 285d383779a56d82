"""The report as one HTML page that needs nothing else."""

from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path

from benchmarks import charts, growth, verdicts
from benchmarks.analysis import Analysis, Row
from benchmarks.growth import Growth
from benchmarks.results import Comparison, Results
from benchmarks.table import skipped, word

_BARS = (
    '<p class="soft">Each bar is a ratio round by round: its median and where it may'
    " be. The dashed line is 1, where two are alike.</p>"
)
_STYLE = Path(__file__).with_name("page.css")


def render(analysis: Analysis) -> str:
    """The whole page."""
    results = analysis.results
    parts = [
        "<h1>Quart and FastAPI, measured</h1>",
        f'<p class="soft">{_about(results)}</p>',
        "<h2>Verdict</h2>",
        _list(verdicts.headlines(analysis), "verdict"),
        "<h2>Can it be believed?</h2>",
        _list(
            [
                *verdicts.ceilings(analysis),
                *verdicts.second_opinions(analysis),
                *verdicts.voids(analysis),
                *skipped(analysis),
                *_method(results),
            ]
        ),
        "<h2>How cost grows</h2>",
        f'<div class="plots">{"".join(map(_figure, growth.of(analysis)))}</div>',
        "<h2>Case by case</h2>",
        _BARS,
        *_cases(analysis),
        "<h2>What else they take</h2>",
        _footprint(results),
        "<h2>Where and with what</h2>",
        _pairs({**results.machine, **results.versions}),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Quart and FastAPI, measured</title>"
        f"<style>{_STYLE.read_text('utf-8')}</style></head><body>"
        f"{''.join(parts)}</body></html>\n"
    )


def _about(results: Results) -> str:
    end = results.finished
    length = (
        f"{(end - results.started).total_seconds() / 60:.0f} minutes" if end else ""
    )
    told = length or "broken off: go on with --resume"
    return escape(
        f"A {results.settings.mode} run of {results.started:%d %B %Y, %H:%M} UTC"
        f" ({told}), {results.settings.rounds} rounds of"
        f" {results.settings.seconds:g} s on {results.machine['processor']}."
    )


def _method(results: Results) -> list[str]:
    repeats = sum(
        len(each.repeats)
        for case in results.comparisons.values()
        for round_ in case.rounds
        for each in round_
    )
    pinned = results.machine["pinned"]
    return [
        f"Cores: {pinned}. Rounds are interleaved, each in random order.",
        f"{repeats} runs were disturbed and made again; the file of the run says why.",
    ]


def _cases(analysis: Analysis) -> Iterable[str]:
    for slug, rows in groupby(analysis.rows(), lambda row: row.case):
        found = list(rows)
        case = analysis.results.comparisons[slug]
        yield f"<h3>{escape(case.title)}</h3>"
        several = len(case.figures) > 1
        for figure, group in groupby(found, lambda row: row.figure):
            unit = case.figures[figure]
            told = f"{unit}, {verdicts.better(figure)}"
            yield f'<p class="soft">{escape(told)}</p>' if several else ""
            yield from map(_row, group)
        yield _figures(analysis, case)


def _row(row: Row) -> str:
    what = f"{verdicts.named(row.first)} / {verdicts.named(row.second)}"
    if row.ratio is None:
        bar, told = "<span></span>", "void"
    else:
        bar = charts.ratio_bar(row.ratio, row.verdict, widest=16)
        told = f"{verdicts.shown(row.ratio)}, {word(row)}"
    return (
        f'<div class="row"><span>{escape(what)}</span>{bar}'
        f'<span class="told w-{row.verdict}">{escape(told)}</span></div>'
    )


def _figures(analysis: Analysis, case: Comparison) -> str:
    rows = []
    for figure in case.figures:
        for name in case.subjects:
            found = analysis.figure(case, name, figure)
            if found.value is None:
                continue
            value = found.value
            bound = "at least " if found.bound else ""
            twin = " (again)" if "#" in name else ""
            told = verdicts.named(name.partition("#")[0], server=True) + twin
            rows.append(
                f'<tr><td>{escape(told)}</td><td class="n">{bound}{value.median:,.5g}'
                f'</td><td class="n">{value.ends(",.5g")}</td>'
                f"<td>{escape(found.unit)}</td></tr>"
            )
    return (
        "<details><summary>What was measured of each</summary><table>"
        f"{''.join(rows)}</table></details>"
    )


def _figure(found: Growth) -> str:
    legend = "".join(
        f'<li class="{charts.colour(each.subject)}">'
        f"{escape(verdicts.named(each.subject))}{_exponent(each)}</li>"
        for each in found.lines
    )
    return (
        f"<figure><figcaption>{escape(found.title)}</figcaption>"
        f'{charts.plot(found)}<ul class="legend">{legend}</ul></figure>'
    )


def _exponent(line: growth.Line) -> str:
    if line.exponent is None:
        return ""
    return f": exponent {verdicts.shown(line.exponent)}"


def _footprint(results: Results) -> str:
    rows = {
        f"{verdicts.named(app)}: {name}": f"{value:g}"
        for app, found in results.footprint.items()
        for name, value in found.items()
    }
    return _pairs(rows)


def _pairs(rows: dict[str, str]) -> str:
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table>{cells}</table>"


def _list(items: Iterable[str], style: str = "") -> str:
    return (
        f'<ul class="{style}">'
        + "".join(f"<li>{escape(each)}</li>" for each in items)
        + "</ul>"
    )
