"""`make fuzz`: ask and talk to running cells in ways that nobody has thought of."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from tests.arguments import whole_number
from tests.contract.cells import CELLS, ROOT, Cell, CellError
from tests.fuzz.conversations import STEPS, converse
from tests.fuzz.requests import Defect, fuzz_requests

ENV = {
    "TANDEM_CHAT_RING_MESSAGES": "4",  # so that followers read from the journal too
    "TANDEM_CHAT_STALL_SECONDS": "60",  # so that who stalls can resume
    "TANDEM_LOG_LEVEL": "warning",
    "TANDEM_MESSAGES_PER_SECOND": "100000",  # the limits have tests of their own
    "TANDEM_MESSAGE_BURST": "100000",
    "TANDEM_WEATHER_SOURCE": "stand-in",
}
REQUESTS_A_CONVERSATION = 20
_TOLD_SECONDS = 5.0


def main() -> int:
    """Fuzz; 0 if nothing was found, 1 if something was, 2 if it was asked wrongly."""
    args = _parser().parse_args()
    try:
        for name in args.cell or ["quart@uvicorn", "fastapi@uvicorn"]:
            _fuzz(name, args.examples, args.seed)
    except (CellError, Defect) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; what was said above holds.")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description="Schemathesis asks running cells from their own OpenAPI documents,"
        " and a Hypothesis state machine walks their chat.",
        epilog="`make fuzz CELL=quart@granian EXAMPLES=20000 SEED=7` calls this. The"
        " same seed asks and says the same.",
    )
    parser.add_argument(
        "--cell",
        action="append",
        choices=CELLS,
        metavar="FRAMEWORK@SERVER",
        help="may be given again for more; both frameworks on uvicorn by default; one"
        f" of {', '.join(CELLS)}",
    )
    parser.add_argument(
        "--examples",
        type=whole_number,
        default=2_000,
        metavar="NUMBER",
        help="the least number of requests to each cell, and one conversation of"
        f" {STEPS} steps for every {REQUESTS_A_CONVERSATION}; default: %(default)s",
    )
    parser.add_argument(
        "--seed",
        type=whole_number,
        default=1,
        metavar="NUMBER",
        help="default: %(default)s",
    )
    return parser


def _fuzz(name: str, examples: int, seed: int) -> None:
    """Both ways on one cell. Raises Defect, CellError."""
    reports = ROOT / "reports"
    reports.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-", dir=reports))
    print(f"{name}: starting; if something is found, {folder} keeps it", flush=True)
    with Cell(name, folder, ENV) as cell:
        sent = fuzz_requests(cell, examples, seed, folder)
        held = -(-examples // REQUESTS_A_CONVERSATION)
        _converse(cell, held, seed)
        if "Traceback" in (output := cell.output()):
            raise Defect(f"{name} printed a traceback:\n{output}")
    shutil.rmtree(folder)
    print(f"\n{name}: {sent:,} requests and {held:,} conversations, nothing found.")


def _converse(cell: Cell, conversations: int, seed: int) -> None:
    try:
        converse(cell, conversations, seed, _progress(cell.name, conversations))
    except Exception as found:
        steps = "\n".join(getattr(found, "__notes__", ()))
        raise Defect(f"{cell.name} (seed {seed}): {found}\n{steps}") from found


def _progress(name: str, conversations: int) -> Callable[[], None]:
    """What tells of each that begins: Hypothesis discards some, and shortens finds."""
    print(f"\n{name}: {conversations:,} conversations", flush=True)
    begun, told = 0, monotonic()

    def begin() -> None:
        nonlocal begun, told
        begun += 1
        if monotonic() - told < _TOLD_SECONDS:
            return
        told = monotonic()
        print(f"{name}: conversation {begun:,} of about {conversations:,}", flush=True)

    return begin


if __name__ == "__main__":
    sys.exit(main())
