"""Make docs/differences.md: `python -m tests.differences --help`."""

import argparse
import sys

from tests.differences import document
from tests.differences.record import FILE, record


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
        " it takes half a minute, and `git diff` shows what is different now",
    )
    if parser.parse_args().record:
        record(lambda done: print(f"Observing {done}", flush=True))
        print(f"Wrote {FILE.relative_to(document.ROOT)}")
    document.FILE.write_text(document.document(), "utf-8")
    print(f"Wrote {document.FILE.relative_to(document.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
