"""How fast the two are, what each layer costs, and how far from what could be had.

Ratios measured in one run; two are ranked only where their interval excludes 1.
"""

import argparse
import sys

from benchmarks import commands
from benchmarks.errors import UseError
from benchmarks.generator import GeneratorLost
from benchmarks.processes import NotStarted

_EPILOG = """\
examples:
  python -m benchmarks                      everything, within 20 minutes
  python -m benchmarks --quick              the main comparisons, within 90 seconds
  python -m benchmarks --only fan-out-100   one case
  python -m benchmarks --resume             go on with the run that Ctrl-C ended
  python -m benchmarks report FILE.json     a run's report once more
  python -m benchmarks compare A.json B.json
  python -m benchmarks validate             prove the method, in 20 minutes
  python -m benchmarks publish FILE.json    keep a run, and renew the documents
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(do=commands.measure)
    parser.add_argument("--quick", action="store_true", help="within 90 seconds")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CASE",
        help="this case only; may be given again for more",
    )
    _add_settings(parser)
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="FILE",
        help="go on with a run that was broken off; by default the last one",
    )
    what = parser.add_subparsers(title="or one of these", metavar="")
    validate = what.add_parser(
        "validate", help="prove the method: A/A and planted 10 %%"
    )
    _add_settings(validate)
    validate.add_argument("--resume", nargs="?", const="", metavar="FILE")
    validate.set_defaults(do=commands.validate)
    report = what.add_parser("report", help="a run's report from its file")
    report.add_argument("file")
    report.set_defaults(do=commands.report)
    publish = what.add_parser(
        "publish", help="keep a run in benchmarks/results, and renew the documents"
    )
    publish.add_argument("file", nargs="?", help="by default the one that is kept")
    publish.set_defaults(do=commands.publish)
    compare = what.add_parser(
        "compare",
        help="what changed between two runs; exit code 1 if anything is worse",
    )
    compare.add_argument("before")
    compare.add_argument("after")
    compare.set_defaults(do=commands.compare)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rounds",
        type=commands.at_least(1),
        metavar="N",
        help="of each case; two are ranked after 10 at the least; default: 10",
    )
    parser.add_argument(
        "--seconds",
        type=commands.seconds,
        metavar="S",
        help="of one measurement; default: 0.25",
    )
    parser.add_argument(
        "--seed",
        type=commands.at_least(0),
        metavar="N",
        help="of the random order; default: another each time",
    )


def main() -> int:
    """Do what is asked; the exit code."""
    args = _parser().parse_args()
    try:
        code: int = args.do(args)
    except (UseError, NotStarted, GeneratorLost) as error:
        print(f"python -m benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
