"""docs/claims.md, made from the claims, and the tables of the decision guide."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.analysis import Analysis
from tests.claims.claims import CHAPTERS, ROOT, UNMEASURED, Claim
from tests.claims.footprint import footprint_table, loops_table
from tests.claims.rows import RUN, Row, kept_run
from tests.differences.entries import ENTRIES
from tests.lessons.lessons import LESSONS

CLAIMS_PAGE = ROOT / "docs" / "claims.md"
GUIDE = ROOT / "docs" / "decision.md"

_INTRODUCTION = Path(__file__).parent / "introduction.md"
_TABLES = {"loops": loops_table, "footprint": footprint_table}
_TRIED = "../tests/lessons/test_lessons.py"
_TITLES = {entry.id: entry.title for entry in ENTRIES}


def claims_page() -> str:
    """The whole page of claims. Raises UseError."""
    return "\n".join(_lines(kept_run())) + "\n"


def guide() -> str:
    """The decision guide, with its tables as they should be."""
    text = GUIDE.read_text("utf-8")
    for name, table in _TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = text.split(begin)
        text = before + begin + table() + end + rest.split(end)[1]
    return text


def _lines(run: Analysis | None) -> Iterator[str]:
    yield _INTRODUCTION.read_text("utf-8").rstrip()
    for chapter in CHAPTERS:
        yield f"\n## {chapter.title}\n"
        yield "| Claim | Verdict |\n| --- | --- |"
        for claim in chapter.claims:
            yield f"| [{_cell(claim.says)}](#{claim.id}) | {claim.outcome(run)} |"
        for claim in chapter.claims:
            yield from _claim(claim, run)


def _claim(claim: Claim, run: Analysis | None) -> Iterator[str]:
    outcome = claim.outcome(run)
    outcome = outcome[0].upper() + outcome[1:]
    yield f'\n### <a id="{claim.id}"></a>“{claim.says}”\n'
    yield f"**{outcome}.** {claim.why}\n"
    yield f"- Said: {_found(claim)}"
    shown = [f"[{each.name}](../{each.file})" for each in claim.tests]
    shown += [_lesson(each) for each in claim.lessons]
    shown += [f"[{_TITLES[each]}](differences.md#{each})" for each in claim.ledger]
    if shown:
        yield f"- Shown by: {', '.join(shown)}"
    for row in claim.rows:
        yield f"- Measured: {_row(row, run)}"


def _lesson(name: str) -> str:
    lesson = LESSONS[name]
    return f"the lesson [{lesson.title}](../{lesson.file}) and [its test]({_TRIED})"


def _found(claim: Claim) -> str:
    if claim.found is None:
        return "widely"
    if not claim.found.url:
        return f"in {claim.found.title}"
    return f"in [{claim.found.title}]({claim.found.url})"


def _row(row: Row, run: Analysis | None) -> str:
    what = f"{row.first} over {row.second} in `{row.case}`"
    if row.second_case:
        what += f" and `{row.second_case}`"
    told = row.told(run)
    return f"{what}: {told}, in [{RUN}](../{RUN})" if told else f"{what}: {UNMEASURED}"


def _cell(text: str) -> str:
    """A text in a table."""
    return text.replace("|", "\\|")
