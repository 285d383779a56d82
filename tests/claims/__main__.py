"""Run the evidence of all claims: `python -m tests.claims --help`."""

import argparse
import subprocess
import sys

from benchmarks.errors import UseError
from tests.claims.claims import CLAIMS, ROOT
from tests.claims.document import CLAIMS_PAGE, GUIDE, claims_page, guide
from tests.contract.cells import CELLS
from tests.lessons.lessons import LESSONS


def evidence() -> list[str]:
    """The tests and lessons that a claim names, and this folder's, by their ids."""
    folder = "tests/claims"
    ledger = "tests/differences/test_ledger.py::test_is_as_recorded"
    entries = {entry: None for claim in CLAIMS for entry in claim.ledger}
    observed = [f"{ledger}[{cell}-{entry}]" for cell in CELLS for entry in entries]
    lesson = "tests/lessons/test_lessons.py::test_does_what_the_lesson_says"
    tried = [
        f"{lesson}[{name}-{kind}-{framework}]"
        for name in dict.fromkeys(each for claim in CLAIMS for each in claim.lessons)
        for kind in ("naive", "fixed")
        for framework in LESSONS[name].variants(kind)
    ]
    elsewhere = {
        f"{test.file}::{test.name}": None
        for claim in CLAIMS
        for test in claim.tests
        if not test.file.startswith(folder)
    }
    return [folder, *elsewhere, *tried, *observed]


def main() -> int:
    """Renew the pages if asked to, else run the evidence."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.claims",
        description="Run the evidence of every claim in docs/claims.md, and see that"
        " the page says what came of it.",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write docs/claims.md, and the tables in docs/decision.md, instead",
    )
    if not parser.parse_args().write:
        command = [sys.executable, "-m", "pytest", "--quiet", *evidence()]
        try:
            return subprocess.run(command, cwd=ROOT, check=False).returncode
        except KeyboardInterrupt:  # of which pytest has told
            return 130
    try:
        pages = ((CLAIMS_PAGE, claims_page()), (GUIDE, guide()))
    except UseError as error:
        print(error, file=sys.stderr)
        return 2
    for page, text in pages:
        page.write_text(text, "utf-8")
        print(f"Wrote {page.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
