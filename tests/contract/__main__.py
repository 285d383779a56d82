"""A cell of ours, started as the suite needs whatever it is to reach by its URL.

`python -m tests.contract fastapi@uvicorn --port 9000`, then, in another terminal,
`make contract URL=http://127.0.0.1:9000`. It is gone, with its journal, at Ctrl-C.
"""

import argparse
import os
import sys
from typing import NoReturn

from tests.contract.by_url import UPSTREAM
from tests.contract.cells import CELLS, HOST, ROOT, suite_env


def main() -> NoReturn:
    """Become the cell, so that whoever stops this stops it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.contract",
        description="Start a cell as the contract suite needs what it reaches by URL.",
    )
    parser.add_argument("cell", choices=CELLS, metavar="CELL", help=", ".join(CELLS))
    parser.add_argument("--port", default="9000", help="default: %(default)s")
    args = parser.parse_args()
    framework, _, server = args.cell.partition("@")
    command = [sys.executable, "-m", f"{framework}_app"]
    options = ["--server", server, "--host", HOST, "--port", args.port]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TANDEM_")}
    needed = {**suite_env(UPSTREAM), "TANDEM_JOURNAL": "memory://"}
    os.chdir(ROOT)
    argv = [*command, *options]
    os.execve(sys.executable, argv, {**kept, **needed})  # noqa: S606 -- our own words


if __name__ == "__main__":
    main()
