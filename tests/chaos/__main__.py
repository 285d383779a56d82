"""`make chaos`: break what can break while people talk, and count what was lost.

On each cell, posters and readers talk in a room; in the middle of it something is
broken and mended. They come back by themselves, with `epoch`, `after` and `ref`, as the
contract says. In the end an oracle counts which acknowledged messages were lost,
doubled or put out of order for any of them, or in the journal: there must be none.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from tests.arguments import whole_number
from tests.chaos import report
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.outcome import Outcome
from tests.chaos.round import FULL_MESSAGES, LEAST_MESSAGES
from tests.chaos.stage import MIXED, NAMES, Kind
from tests.chaos.standing import Standing
from tests.contract.by_url import weather_source

_EPILOG = f"""\
faults:
{{faults}}

examples:
  python -m tests.chaos                                 all of it (about an hour)
  python -m tests.chaos --rounds 1 --messages 3000      a short form (some minutes)
  python -m tests.chaos --cell {MIXED} --fault redis-killed   one fault, in one place

The table says how often each was tried, how many messages were acknowledged, what the
oracle counted, and what else is amiss, such as an exit code. Recovery, for information,
is the longest time in which a member got nothing, not counting those whose own
connection was the one that went bad: the median over the rounds, and the worst. What
there is of a round that failed is kept in reports/chaos/, and the command that runs it
again is printed. The exit code is 0 if nothing was found, 1 if something was, 2 if it
was asked wrongly.
"""


class Batch(NamedTuple):
    """The rounds of one fault on one cell."""

    cell: str
    fault: Fault
    rounds: int

    @property
    def kind(self) -> Kind:
        """What it needs to be there."""
        return self.fault.kind


def main() -> int:
    """Run the rounds; the exit code."""
    parser = _parser()
    args = parser.parse_args()
    if sys.platform != "linux":
        parser.error("this needs Linux, whose limits on files and sockets it uses.")
    if args.messages < LEAST_MESSAGES:
        least = f"at least {LEAST_MESSAGES} are needed"
        parser.error(f"--messages {args.messages}: {least}.")
    wanted = set(args.fault or (fault.name for fault in FAULTS))
    batches = [
        Batch(name, fault, args.rounds or fault.rounds)
        for name in args.cell or NAMES
        for fault in FAULTS
        if fault.name in wanted and (fault.kind.redis or name != MIXED)
    ]
    if not batches:
        parser.error(f"{MIXED} is for faults with a Redis only: name a cell, or such.")
    console = Console(highlight=False)
    try:
        outcomes = _run_all(batches, args.messages, args.seed, console)
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
    report.write(outcomes)
    report.show(console, outcomes)
    return report.sum_up(outcomes)


def _parser() -> argparse.ArgumentParser:
    faults = "\n".join(f"  {each.name:20}{each.what}" for each in FAULTS)
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        epilog=_EPILOG.format(faults=faults),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cell",
        action="append",
        choices=NAMES,
        metavar="FRAMEWORK@SERVER",
        help=f"may be given again for more; by default each of {', '.join(NAMES)}, the"
        " last being posters on Quart and readers on FastAPI",
    )
    parser.add_argument(
        "--fault",
        action="append",
        choices=[each.name for each in FAULTS],
        metavar="NAME",
        help="may be given again for more; by default all that are listed below",
    )
    parser.add_argument(
        "--rounds",
        type=whole_number,
        metavar="NUMBER",
        help="of each fault on each cell; by default 20 of a kill and 5 of any other",
    )
    parser.add_argument(
        "--messages",
        type=whole_number,
        default=FULL_MESSAGES,
        metavar="NUMBER",
        help="in one round; with fewer than %(default)s, the default, the thousand"
        " clients of stalled-readers are fewer in proportion",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="NUMBER",
        help="of the first round; the next one's is one more; default: %(default)s",
    )
    return parser


def _run_all(
    batches: Sequence[Batch], messages: int, seed: int, console: Console
) -> list[Outcome]:
    """Run them all, those that share a stage one after the other."""
    rounds = sum(each.rounds for each in batches)
    console.print(f"{rounds} rounds; what each batch found, and a table in the end:")
    outcomes: list[Outcome] = []
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn())
    with (
        weather_source() as upstream,
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
    ):
        bar = progress.add_task("", total=rounds)
        for (cell, kind), together in groupby(batches, key=attrgetter("cell", "kind")):
            with Standing(cell, kind, upstream, outcomes) as standing:
                for batch in together:
                    progress.update(bar, description=f"{cell} {batch.fault.name}")
                    for number in range(batch.rounds):
                        standing.round(batch.fault, messages, seed + number)
                        progress.advance(bar)
                    console.print(
                        report.line(outcomes[-batch.rounds :]), soft_wrap=True
                    )
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
