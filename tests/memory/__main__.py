"""`make memory`: bad clients do their worst, and a cell's memory must not notice.

In one room some clients never read what the others are sent. They must be cut off, or
cost next to nothing, and all others must get everything, once, in order, and not much
later than without them. Then floods, replays that nobody reads, rooms by the thousand
and idle connections.
"""

import argparse
import sys

import uvloop
from rich.console import Console

from tests.contract.cells import CELLS, ROOT, CellError
from tests.memory import report
from tests.memory.flood import flood_of
from tests.memory.idle import allow_files, idle
from tests.memory.messages import Fault
from tests.memory.replays import replays
from tests.memory.report import Result
from tests.memory.rooms import rooms_joined, rooms_posted_to
from tests.memory.serving import serving
from tests.memory.stalled import FullRoom, Plan

_EPILOG = f"""\
examples:
  python -m tests.memory --short                  all cells in about five minutes
  python -m tests.memory --cell quart@granian     one of them as in the documents
  python -m tests.memory --idle 0 --rooms 0       the room with stalled readers alone
  python -m tests.memory --receive-buffer 0       stalled readers as any client is
  python -m tests.memory --record                 write the table of docs/operations.md

Memory is what the serving process and its children have resident (RSS); what the
kernel's buffers hold is not in it. A latency is the time from a message's sending to
its arrival at one reader, at the 99th percentile. It is measured with stalled readers
and without, by turns, in the same room, and only the ratio means anything. A new
message is sent when fewer than four are on their way, which is the pace that the cell
and the machine can keep; see that the client is not what is busy.

The exit code is 0 if everything is within bounds ({report.BOUNDS}), 1 if not, 2 if it
was asked wrongly.
"""


def main() -> int:
    """Run the cells; the exit code."""
    parser = _parser()
    args = parser.parse_args()
    if args.short:
        args.messages, args.clients, args.stalled = 4_000, 200, 40
        args.idle, args.rooms = 500, 500
    if not 0 < args.stalled < args.clients:
        parser.error(
            f"--stalled {args.stalled} --clients {args.clients}: of the clients at"
            " least one must be stalled and one must not."
        )
    if args.messages < 100:
        parser.error(f"--messages {args.messages}: take 100 or more.")
    console = Console(highlight=False, soft_wrap=True)
    (ROOT / "reports").mkdir(exist_ok=True)
    try:
        allow_files(max(args.clients, args.idle))
    except Fault as fault:
        parser.error(str(fault))
    cells = args.cell or CELLS
    try:
        results = [uvloop.run(_run(name, args, console)) for name in cells]
    except KeyboardInterrupt:
        print("Stopped; nothing is left running.", file=sys.stderr)
        return 130
    console.print(report.table(results))
    for result in results:
        for complaint in report.complaints(result):
            console.print(f"{result.cell}: {complaint}", style="red", markup=False)
    failed = sum(bool(report.complaints(result)) for result in results)
    if args.record and not failed:
        report.record(results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


async def _run(name: str, args: argparse.Namespace, console: Console) -> Result:
    def tell(what: str) -> None:
        console.print(f"{name}: {what}", markup=False)

    plan = Plan(
        args.messages, args.clients, args.stalled, args.bytes, args.receive_buffer
    )
    result = Result(name, plan.messages, plan.clients, plan.stalled)
    try:
        async with serving(name) as cell:
            tell("started")
            result.take(await FullRoom(cell, plan, tell).run())
        async with serving(name) as cell:
            for kind in report.FLOODS:
                result.floods[kind] = await flood_of(cell, kind)
                tell(f"flood of {kind}: {report.mib(result.floods[kind])}")
        async with serving(name) as cell:
            result.replays_bytes = await replays(cell)
            tell(f"replays that nobody reads: {report.mib(result.replays_bytes)}")
        if args.rooms:
            async with serving(name) as cell:
                result.rooms = args.rooms
                result.joined_bytes = await rooms_joined(cell, args.rooms)
                tell(f"{args.rooms:,} rooms joined: {report.mib(result.joined_bytes)}")
                result.posted_bytes = await rooms_posted_to(cell, args.rooms)
                tell(f"as many posted to: {report.mib(result.posted_bytes)}")
        if args.idle:
            async with serving(name) as cell:
                result.idle = args.idle
                result.idle_bytes = await idle(cell, args.idle, tell)
    except* (Fault, CellError) as faults:
        result.fault = str(faults.exceptions[0])
        tell(result.fault)
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.memory",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cell",
        action="append",
        choices=CELLS,
        metavar="FRAMEWORK@SERVER",
        help=f"may be given again for more; all by default: {', '.join(CELLS)}",
    )
    parser.add_argument(
        "--short", action="store_true", help="few of everything, as CI runs it"
    )
    parser.add_argument(
        "--record", action="store_true", help="renew the table of docs/operations.md"
    )
    for option, default, what in (
        ("--messages", 20_000, "sent to the room"),
        ("--clients", 1_000, "in the room"),
        ("--stalled", 200, "of the clients never read"),
        ("--bytes", 1_000, "of text in a message"),
        ("--receive-buffer", 4_096, "the kernel takes for who never reads; 0: as ever"),
        ("--rooms", 100_000, "joined and left, and as many posted to; 0: none"),
        ("--idle", 10_000, "connections that say nothing; 0: none"),
    ):
        parser.add_argument(
            option,
            type=_number,
            default=default,
            metavar="N",
            help=f"{what}; default: %(default)s",
        )
    return parser


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 1_000_000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number up to a million")


if __name__ == "__main__":
    sys.exit(main())
