"""The same app on granian, with the options that it has on uvicorn and hypercorn."""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from shared.asgi import App, Message, Receive, Scope, Send
from shared.core import drain_all
from shared.serving import (
    BACKLOG,
    GRACE_SECONDS,
    begin_worker,
    let_go_of_the_stalled,
    load,
)

_LOGGERS = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""Its errors go where all others go."""


def run_granian(
    target: str, host: str, port: int, workers: int, stall_seconds: float
) -> int:
    """Serve with granian, which makes its sockets and its workers; the exit code."""
    if workers > 1:
        # A fork would go on as the one process that this one has begun to count as.
        multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        target,
        address=host,
        port=port,
        workers=workers,
        respawn_failed_workers=workers > 1,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        backlog=BACKLOG,
        log_access=False,
        log_dictconfig=_LOGGERS,
        log_level=LogLevels.error,
        workers_kill_timeout=GRACE_SECONDS + 1,
    )
    let_go = partial(_let_go_of_the_stalled, port, stall_seconds)
    server.serve(target_loader=partial(_load_for_granian, os.getpid(), let_go))
    return 0


def _let_go_of_the_stalled(port: int, stall_seconds: float) -> None:
    """Do for a worker's listener what granian, which makes it itself, cannot be told.

    And for what was accepted there so far.
    """
    for each in Path("/dev/fd").iterdir():
        with (
            suppress(OSError),  # no socket, or closed meanwhile
            socket.fromfd(int(each.name), socket.AF_INET, socket.SOCK_STREAM) as sock,
        ):
            name = sock.getsockname()
            if isinstance(name, tuple) and name[1] == port:
                let_go_of_the_stalled(sock, stall_seconds)


def _load_for_granian(parent: int, let_go: Callable[[], None], target: str) -> App:
    begin_worker(parent)
    app = partial(_draining, load(target))
    return _with_first_connection(let_go, app)


def _with_first_connection(act: Callable[[], None], app: App) -> App:
    """The app, doing this once a worker has a listener, which it makes last of all."""
    done = False

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal done
        if not done and scope["type"] != "lifespan":
            done = True
            act()
        await app(scope, receive, send)

    return serve


async def _draining(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """The app, with a worker's SIGTERM closing the sockets before granian stops it."""
    loop = asyncio.get_running_loop()

    async def drain_and_stop() -> None:
        await drain_all()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.raise_signal(signal.SIGINT)  # granian's own handler is on both signals

    async def send_and_listen(message: Message) -> None:
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            loop.add_signal_handler(
                signal.SIGTERM, lambda: loop.create_task(drain_and_stop())
            )

    is_lifespan = scope["type"] == "lifespan"
    await app(scope, receive, send_and_listen if is_lifespan else send)
