"""A lesson as a part of a page: naive, broken, fixed."""

from collections.abc import Callable
from dataclasses import replace
from html import escape

from docs.building.code import FRAMEWORKS, Shown
from docs.building.errors import SiteError
from tests.lessons.lesson import Lesson
from tests.lessons.lessons import LESSONS


def shown(
    name: str,
    cut: Callable[[str], Shown],
    pair: Callable[[dict[str, Shown | str]], str],
) -> str:
    """The lesson's code, what is seen of it, and the command. Raises SiteError."""
    if name not in LESSONS:
        raise SiteError(f"there is no lesson {name}; there are {', '.join(LESSONS)}.")
    lesson = LESSONS[name]

    def columns(kind: str) -> dict[str, Shown | str]:
        seen = lesson.variants(kind)
        return {
            framework: replace(
                cut(f"{lesson.file}::{kind}_{framework}"),
                note=_outcome(lesson, seen[framework]),
            )
            if framework in seen
            else "Needs no repair."
            for framework in FRAMEWORKS
        }

    return (
        f"\n### Naive, and what comes of it\n\n{pair(columns('naive'))}\n"
        f"### Repaired\n\n{pair(columns('fixed'))}\n"
        f"This runs both and prints what it sees:\n\n"
        f"```\nmake lessons LESSON={name}\n```\n"
    )


def _outcome(lesson: Lesson, seen: str) -> str:
    verdict = "Fine" if seen == lesson.fine else "Broken"
    return (
        f'<p class="outcome" data-verdict="{verdict}"><strong>{verdict}:</strong>'
        f" {escape(seen)}.</p>"
    )
