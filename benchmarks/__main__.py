"""`python -m benchmarks quick`: what the foundation promises, measured here."""

import argparse
import asyncio
import sys

import uvloop

from benchmarks import quick


def main() -> int:
    """Run a benchmark; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", choices=["quick"], help="quick: a minute or two")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument(
        "--seconds",
        type=float,
        default=1.0,
        help="of each measurement; default: %(default)s",
    )
    args = parser.parse_args()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(quick.run(args.rounds, args.seconds))
    except KeyboardInterrupt:
        print("\nStopped; the rows above are whole.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
