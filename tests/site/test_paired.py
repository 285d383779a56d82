"""The paired reading has every lesson, under its name."""

import re

import pytest

from tests.lessons.lesson import Lesson
from tests.lessons.lessons import LESSONS
from tests.site.conftest import ROOT

FOLDER = ROOT / "docs" / "paired"
PAGES = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_lesson_has_its_page(lesson: Lesson) -> None:
    """It stands on one page, below its title, and the overview leads there."""
    directive = f"<!-- site: lesson {lesson.name} -->"
    (name,) = (name for name, text in PAGES.items() if directive in text)
    assert f"\n## {lesson.title}\n" in PAGES[name]
    assert re.search(rf"\]\({name}\) \| {lesson.title} \|", PAGES["index.md"])


@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"index.md"}))
def test_a_page_has_the_code_of_both_and_a_lesson(name: str) -> None:
    """That is what it is for."""
    assert "<!-- site: pair " in PAGES[name]
    assert "<!-- site: lesson " in PAGES[name]
