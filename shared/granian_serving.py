"""The same app on granian, with the options that it has on uvicorn and hypercorn."""

import asyncio
import os
import pkgutil
import signal
from functools import partial

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from shared.asgi import App, Message, Receive, Scope, Send
from shared.core import drain_all
from shared.serving import BACKLOG, GRACE_SECONDS, end_with


def run_granian(target: str, host: str, port: int, workers: int) -> int:
    """Serve with granian, which makes its sockets and its workers; the exit code."""
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
        log_enabled=False,
        workers_kill_timeout=GRACE_SECONDS + 1,
    )
    server.serve(target_loader=partial(_load_for_granian, parent=os.getpid()))
    return 0


def _load_for_granian(target: str, parent: int) -> App:
    # Ctrl-C reaches the worker too; it must wait for its parent's SIGTERM to drain.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    end_with(parent)  # its thread must not take Ctrl-C either
    return partial(_draining, pkgutil.resolve_name(target)())


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
