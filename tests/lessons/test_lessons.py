"""The lessons are true: naive code breaks as they say, and its repair holds."""

from importlib import import_module

import pytest

from tests.lessons.lesson import FRAMEWORKS, Lesson
from tests.lessons.lessons import LESSONS

VARIANTS = [
    pytest.param(lesson, f"{kind}_{framework}", seen, id=f"{name}-{kind}-{framework}")
    for name, lesson in LESSONS.items()
    for kind in ("naive", "fixed")
    for framework, seen in lesson.variants(kind).items()
]


@pytest.mark.filterwarnings("ignore:\\s+on_event is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("lesson", "function", "expected"), VARIANTS)
@pytest.mark.asyncio
async def test_does_what_the_lesson_says(
    lesson: Lesson, function: str, expected: str
) -> None:
    """Naive code shows its fault over real sockets, repaired code has it no more."""
    make = getattr(import_module(lesson.module), function)
    assert await lesson.observe(make) == expected


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_teaches_something(lesson: Lesson) -> None:
    """At least one framework's naive code is broken, and only what is has a repair."""
    module = import_module(lesson.module)
    repaired = [each for each in FRAMEWORKS if hasattr(module, f"fixed_{each}")]
    assert repaired == [each for each in FRAMEWORKS if lesson.is_broken(each)]
    assert repaired
