"""The demo: Quart and FastAPI in one process, on one core, side by side on one page."""

import argparse
import asyncio
import signal
import sys
from contextlib import ExitStack
from typing import Any

import uvloop

import fastapi_app
import quart_app
from shared.core import open_core
from shared.errors import StartError
from shared.journal_url import without_password
from shared.logs import log_to_stderr
from shared.serving import listen, uvicorn_server
from shared.settings import Settings

_HOST = "127.0.0.1"


def _settings(ports: dict[str, int]) -> Settings:
    """The environment's settings, and each app's page may talk to the other app."""
    urls = tuple(f"http://{_HOST}:{port}" for port in ports.values())
    aliases = tuple(f"http://localhost:{port}" for port in ports.values())
    given = Settings.load(columns=urls)
    return Settings.load(columns=urls, origins=(*urls, *aliases, *given.origins))


async def _serve(settings: Settings, ports: dict[str, int]) -> None:
    factories: dict[str, Any] = {
        "Quart": quart_app.create_app,
        "FastAPI": fastapi_app.create_app,
    }
    with ExitStack() as stack:
        stall = settings.chat_stall_seconds
        listeners = {
            name: stack.enter_context(listen(_HOST, port, stall))
            for name, port in ports.items()
        }
        print(
            f"Opening the journal {without_password(settings.journal)} ...", flush=True
        )
        async with open_core(settings) as core, asyncio.TaskGroup() as tasks:
            for stop in (signal.SIGINT, signal.SIGTERM):
                signal.signal(stop, lambda *_: None)  # the end of the chain below
            for name, listener in listeners.items():
                server = uvicorn_server(factories[name](core=core))
                # Ctrl-C reaches the server started last; when it has stopped, uvicorn
                # raises the signal once more, for the one before it, and so on.
                tasks.create_task(server.serve([listener]))
                print(f"{name:8} http://{_HOST}:{ports[name]}/", flush=True)
            print("Open either in a browser; Ctrl-C ends both.", flush=True)


def main() -> int:
    """Run the demo; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shared", description=__doc__)
    parser.add_argument(
        "--quart-port", type=int, default=8001, help="default: %(default)s"
    )
    parser.add_argument(
        "--fastapi-port", type=int, default=8002, help="default: %(default)s"
    )
    args = parser.parse_args()
    ports = {"Quart": args.quart_port, "FastAPI": args.fastapi_port}
    try:
        settings = _settings(ports)
        log_to_stderr(settings)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, ports))
    except StartError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    # Before the servers listen for it: a moment too short for a test to hit.
    except KeyboardInterrupt:  # pragma: no cover
        return 130
    print("Both have stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
