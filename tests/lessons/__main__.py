"""Try the lessons: `python -m tests.lessons --help`."""

import argparse
import asyncio
import logging
import sys
import warnings
from importlib import import_module

from tests.lessons.lesson import Lesson
from tests.lessons.lessons import LESSONS

_NAMES = {"quart": "Quart", "fastapi": "FastAPI"}


def main() -> int:
    """Run the naive and the repaired code; 0 if each does what the lesson says."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lessons",
        description="Run a lesson's naive code, see it break, then see its repair.",
        epilog=f"The lessons are {', '.join(LESSONS)}.",
    )
    parser.add_argument("name", nargs="*", help="which lessons; default: all")
    names = parser.parse_args().name or list(LESSONS)
    for each in names:
        if each not in LESSONS:
            parser.error(f"there is no lesson {each}; use one of {', '.join(LESSONS)}.")
    # What breaks here logs tracebacks and warnings; the lesson says it in a sentence.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    try:
        as_told = [_try(LESSONS[each]) for each in names]
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0 if all(as_told) else 1


def _try(lesson: Lesson) -> bool:
    """Show what a lesson's code does, and say whether it is what the lesson says."""
    print(f"{lesson.name}: {lesson.title} ({lesson.file})", flush=True)
    as_told = True
    for kind in ("naive", "fixed"):
        for framework, expected in lesson.variants(kind).items():
            function = getattr(import_module(lesson.module), f"{kind}_{framework}")
            seen = asyncio.run(lesson.observe(function))
            verdict = "fine  " if seen == lesson.fine else "broken"
            print(f"  {kind} {_NAMES[framework]:<7}  {verdict}  {seen}", flush=True)
            if seen != expected:
                print(f"    The lesson says otherwise: {expected}", flush=True)
                as_told = False
    return as_told


if __name__ == "__main__":
    sys.exit(main())
