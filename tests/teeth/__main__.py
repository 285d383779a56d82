"""`make teeth`: break the apps and the core, and see that the suite notices.

Each variant is a small patch, applied to a copy of the tree. On each of its cells the
tests of the clause that it names must fail; a failure of any other does not count.
Beforehand the same tests must pass on the tree as it is, unless `--short` leaves that
to `make test`.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from tests.contract.by_url import weather_source
from tests.contract.cells import ROOT
from tests.teeth import report
from tests.teeth.bite import Bite, Outcome, apply, control_of, is_good, run
from tests.teeth.variants import BadVariant, Variant, choose, on_one_cell, read

_EPILOG = """\
examples:
  python -m tests.teeth                    every variant (some twenty minutes)
  python -m tests.teeth dead-peer-quart    one of them, while you work on its clause

A variant that survives is a hole in the suite. What the suite printed is kept in
reports/teeth/, and reports/teeth.json has it all. The exit code is 0 if every variant
was caught on each of its cells, 1 if not, 2 if a name or a patch is bad.
"""


def main() -> int:
    """Run the variants; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.teeth",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "variants",
        nargs="*",
        metavar="VARIANT",
        help="a file of tests/teeth/variants, without .patch; all by default",
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="each variant on one of its cells, in turn, and not the tree as it is",
    )
    parser.add_argument(
        "--workers", type=int, default=4, help="runs at a time; default: %(default)s"
    )
    args = parser.parse_args()
    if args.workers < 1:
        parser.error(f"--workers {args.workers}: at least one is needed.")
    console = Console(highlight=False)
    try:
        variants = choose(read(), args.variants)
        if args.short:
            variants = on_one_cell(variants)
        for variant in variants:
            apply(variant.patch, ROOT, "--check")
        outcomes = asyncio.run(
            _run_all(variants, args.workers, console, controlled=not args.short)
        )
    except BadVariant as bad:
        print(f"{parser.prog}: {bad}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
    report.write(variants, outcomes)
    report.show(console, variants, outcomes)
    return sum_up(variants, outcomes)


async def _run_all(
    variants: Sequence[Variant], workers: int, console: Console, *, controlled: bool
) -> list[Outcome]:
    """Run each variant on each of its cells, and the unbroken tree on all of these."""
    bites = [
        Bite(each.name, cell, (each.clause,), each.patch)
        for each in variants
        for cell in each.cells
    ]
    if controlled:
        bites = control_of(bites) + bites  # the longest runs first
    console.print(
        f"{len(variants)} variants in {len(bites)} runs, {workers} at a time"
        + ("; those of the tree as it is take some minutes." if controlled else ".")
    )
    slots = asyncio.Semaphore(workers)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        weather_source() as upstream,
        Progress(*columns, console=console) as progress,
    ):
        bar = progress.add_task("", total=len(bites))

        async def one(bite: Bite) -> Outcome:
            async with slots:
                outcome = await run(bite, upstream)
            progress.advance(bar)
            _tell(console, outcome)
            return outcome

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one(bite)) for bite in bites]
    return [task.result() for task in running]


def _tell(console: Console, outcome: Outcome) -> None:
    bite, found = outcome.bite, outcome.judgement
    word = "green" if bite.patch is None and is_good(outcome) else found.verdict
    console.print(f"{word:8} {outcome.seconds:5.1f} s  {bite.name} {bite.cell}")
    if not is_good(outcome):
        console.print(f"  {found.test} {found.reason}", style="red", markup=False)
        console.print(f"  see {report.keep_output(outcome)}", style="red")


def sum_up(variants: Sequence[Variant], outcomes: Sequence[Outcome]) -> int:
    """Print the sum and a last line for programs; the exit code."""
    red = [
        each.bite.cell
        for each in outcomes
        if each.bite.patch is None and not is_good(each)
    ]
    if red:
        print(
            f"The suite fails without any patch on {', '.join(red)}: repair it first."
        )
    caught = sum(report.is_caught(variant, outcomes) for variant in variants)
    print(f"{caught} of {len(variants)} caught")
    failed = len(variants) - caught + len(red)
    print(f"{caught} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
