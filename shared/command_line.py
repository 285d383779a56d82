"""`python -m quart_app` and `python -m fastapi_app`: one app on one server."""

import argparse
import asyncio
import sys

from shared.core import rehearse
from shared.errors import StartError
from shared.journal_url import is_redis
from shared.logs import log_to_stderr
from shared.settings import Settings
from shared.workers import SERVERS, serve

_MAX_WORKERS = 64


def main(target: str) -> int:
    """Serve what the factory `target` ("module:name") makes; the exit code."""
    package = target.partition(":")[0]
    framework = package.partition("_")[0]
    parser = argparse.ArgumentParser(
        prog=f"python -m {package}",
        description=f"Serve Tandem's {framework} app.",
        epilog="Settings are TANDEM_* environment variables; README.md lists them.",
    )
    parser.add_argument("--server", choices=SERVERS, default="uvicorn")
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    parser.add_argument(
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help=f"processes, 1 to {_MAX_WORKERS}, which share a redis:// journal;"
        " default: %(default)s",
    )
    args = parser.parse_args()
    cell = f"{framework}@{args.server}"
    try:
        settings = Settings.load()
        log_to_stderr(settings)
        _check_workers(args.workers, settings)
        asyncio.run(rehearse(settings))
        print(f"{cell} on http://{args.host}:{args.port} (Ctrl-C stops it)", flush=True)
        return serve(target, args.server, args.host, args.port, args.workers, settings)
    except StartError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2


def _workers(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= _MAX_WORKERS:
        return int(text)
    raise argparse.ArgumentTypeError(f"use a whole number from 1 to {_MAX_WORKERS}")


def _check_workers(workers: int, settings: Settings) -> None:
    kind = settings.journal.partition("://")[0]
    if workers > 1 and not is_redis(settings.journal):
        raise StartError(
            f"A {kind}:// journal belongs to one process, and {workers} workers on it"
            " would not see each other's messages: leave --workers out, or set"
            " TANDEM_JOURNAL to a Redis, such as redis://localhost:6379/0."
        )
