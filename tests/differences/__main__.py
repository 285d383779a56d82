"""Make docs/differences.md: `python -m tests.differences --help`."""

import argparse
import sys

from tests.differences.document import FILE, document
from tests.differences.ledger import ROOT, LedgerError
from tests.differences.record import FILE as RECORD
from tests.differences.record import record


def main() -> int:
    """Observe again if asked to, then write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.differences",
        description="Write docs/differences.md from the recorded observations.",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="observe all six cells anew first, after a dependency has changed;"
        " it takes a minute or so, and `git diff` shows what is different now",
    )
    try:
        if parser.parse_args().record:
            record(lambda done: print(f"Observing {done}", flush=True))
            print(f"Wrote {RECORD.relative_to(ROOT)}.")
        FILE.write_text(document(), "utf-8")
    except LedgerError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130
    print(f"Wrote {FILE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
