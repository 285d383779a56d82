"""`make lines`: find the lines of both apps and of the core that each clause needs.

The contract suite runs on the cells, each measured line by line; what a cell runs
while a test runs counts for the clauses that the test proves, but not its start-up.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.contract.cells import CELLS, ROOT
from tests.lines import record
from tests.lines.contexts import MEASURED
from tests.lines.found import WITHOUT_LINES, Lines, NothingMeasured, needed, sources
from tests.lines.page import GLUE, contract, glue, page

PAGE = ROOT / "reports" / "lines" / "index.html"

_EPILOG = """\
It takes some ten minutes, for a clause alone about one, and writes
  docs/lines.json            which lines each clause needs
  docs/glue.md               how many, in each app
  reports/lines/index.html   choose a clause, see its lines; choose a line, see the
                             clauses that need it
The exit code is 0, or that of the suite where a test failed: then nothing is written.
"""


def main() -> int:
    """Run the suite, write what it shows; the exit code."""
    numbers = [number for number, _ in contract()]
    parser = argparse.ArgumentParser(
        prog="python -m tests.lines",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--clause",
        action="append",
        choices=numbers,
        metavar="NUMBER",
        help="renew the lines of this clause only, such as C-26, and keep the rest; may"
        " be given again for more",
    )
    parser.add_argument(
        "--cell",
        action="append",
        choices=CELLS,
        metavar="FRAMEWORK@SERVER",
        help="measure on this cell only; may be given again for more; all by default",
    )
    parser.add_argument(
        "--only",
        choices=["page"],
        help="write reports/lines/index.html from the record that there is",
    )
    args = parser.parse_args()
    try:
        if not args.only:
            failed = _measure(args.cell or CELLS, args.clause or [], numbers)
            if failed:
                return failed
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), "utf-8")
    except NothingMeasured as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130
    print(f"Written: {PAGE.relative_to(ROOT)}")
    return 0


def _measure(cells: Sequence[str], clauses: list[str], numbers: list[str]) -> int:
    code = sources()
    with tempfile.TemporaryDirectory(prefix="tandem-lines-") as folder:
        if failed := _run_suite(folder, cells, clauses):
            return failed
        found = needed(Path(folder), code)
    keep(found, code, clauses, numbers, cells)
    return 0


def keep(
    found: dict[str, Lines],
    code: dict[str, str],
    clauses: list[str],
    numbers: list[str],
    cells: Sequence[str],
) -> None:
    """Write the record and the table. Raises NothingMeasured."""
    expected = clauses or [each for each in numbers if each not in WITHOUT_LINES]
    silent = [number for number in expected if not found.get(number)]
    if silent:
        raise NothingMeasured(
            f"no line was measured for {', '.join(silent)}: a clause must have a test"
            " that runs on a cell."
        )
    stale: Lines = {}
    if clauses:  # the others have run in part only
        stale = record.changed(code)
        kept, cells = record.read(code), record.cells()
        found = {**kept, **{each: found[each] for each in clauses}}
    lines = {number: found[number] for number in numbers if number in found}
    record.write(lines, code, cells, stale=stale)
    GLUE.write_text(glue(numbers, lines, code, cells), "utf-8")
    for path in (record.RECORD, GLUE):
        print(f"Written: {path.relative_to(ROOT)}")


def _run_suite(folder: str, cells: Sequence[str], clauses: list[str]) -> int:
    command = (
        *(sys.executable, "-m", "pytest", "-p", "tests.lines.plugin"),
        *("--numprocesses", f"{len(cells)}", "--no-header", "tests/contract"),
        *("--timeout", "300"),  # measured, all is slower
        *(f"--cell={cell}" for cell in cells),
        *(f"--clause={clause}" for clause in clauses),
    )
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, MEASURED: folder}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
