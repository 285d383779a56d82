"""A cell of ours, started as the suite needs whatever it is to reach by its URL.

`python -m tests.contract fastapi@uvicorn --port 9000`, then, in another terminal,
`make contract URL=http://127.0.0.1:9000`. It is gone, with its journal, at Ctrl-C.
"""

import argparse
import os
import subprocess
import sys

from tests.contract.by_url import UPSTREAM
from tests.contract.cells import CELLS, HOST, ROOT, suite_env


def main() -> int:
    """Serve the cell until it is stopped; its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.contract",
        description="Start a cell as the contract suite needs what it reaches by URL.",
    )
    parser.add_argument("cell", choices=CELLS, metavar="CELL", help=", ".join(CELLS))
    parser.add_argument("--port", default="9000", help="default: %(default)s")
    args = parser.parse_args()
    framework, _, server = args.cell.partition("@")
    options = ["--server", server, "--host", HOST, "--port", args.port]
    with subprocess.Popen(
        [sys.executable, "-m", f"{framework}_app", *options],
        cwd=ROOT,
        env={**os.environ, **suite_env(UPSTREAM), "TANDEM_JOURNAL": "memory://"},
    ) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the cell gets it too, and ends in order
            return process.wait()


if __name__ == "__main__":
    sys.exit(main())
