"""The same app with the same options on uvicorn and hypercorn."""

import asyncio
import gc
import logging
import os
import pkgutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import uvicorn
import uvloop
from hypercorn.asyncio import serve as serve_hypercorn
from hypercorn.config import Config as HypercornConfig

from shared.asgi import App
from shared.core import drain_all, rehearse
from shared.errors import StartError
from shared.logs import log_to_stderr
from shared.server_sockets import (
    UvicornSockets,
    ignore_lost_clients,
    read_to_the_end,
    refuse_compression,
)
from shared.settings import Settings

_log = logging.getLogger(__name__)

_WS_MAX_BYTES = 1_048_576
"""The servers' own limit, far over ours, so that the app names the code of a close."""

_PING_SECONDS = 20
BACKLOG = 2_048
GRACE_SECONDS = 2
"""How long a server waits for what still runs once the sockets are closed."""

STOP_SECONDS = 4.5
"""How long a worker may take to stop; its own limits are below it."""

_WATCH_SECONDS = 1

_NO_NEWS = (
    "ASGI callable returned without completing handshake.",
    "Invalid UTF-8 sequence received from client.",
)
"""uvicorn logs each refused handshake and a client's bad text as errors of its own."""


class _Uvicorn(uvicorn.Server):
    """uvicorn, telling the sockets before it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await drain_all()
        await super().shutdown(sockets)


def uvicorn_server(app: App) -> uvicorn.Server:
    """A uvicorn with the options that all cells share, to be given its sockets."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws=UvicornSockets,
        ws_max_size=_WS_MAX_BYTES,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        log_level="warning",  # below it uvicorn alone would log every socket
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    return _Uvicorn(config)


def _is_news(record: logging.LogRecord) -> bool:
    return record.getMessage() not in _NO_NEWS


def listen(host: str, port: int, stall_seconds: float) -> socket.socket:
    """A listening TCP socket. Raises StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    let_go_of_the_stalled(listener, stall_seconds)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:  # OverflowError: no port has that number
        listener.close()
        reason = getattr(error, "strerror", error)
        raise StartError(
            f"Port {port} on {host} cannot be had ({reason}): stop what uses"
            " it, or choose another with --port."
        ) from error
    listener.listen(BACKLOG)
    listener.setblocking(False)  # noqa: FBT003 -- the standard library's signature
    return listener


def let_go_of_the_stalled(sock: socket.socket, stall_seconds: float) -> None:
    """Let the kernel end connections whose client takes nothing, or is not there.

    What is accepted at a listener inherits it.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # What a client that never reads still holds in the kernel goes after this
        # time; the servers themselves keep such a connection for ever.
        milliseconds = int(stall_seconds * 1_000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _PING_SECONDS)


def load(target: str) -> App:
    """Make the app that a factory ("module:function") makes."""
    app: App = pkgutil.resolve_name(target)()
    # Or each full collection goes through all that was imported, for tens of
    # milliseconds in which nobody is served.
    gc.collect()
    gc.freeze()
    return app


def _run_uvicorn(target: str, listener: socket.socket) -> int:
    server = uvicorn_server(load(target))
    # uvicorn raises the signal that stopped it once more, and the process would end by
    # it; this also keeps one that comes before uvicorn itself listens for any.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, server.handle_exit)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, listener:
        runner.run(server.serve([listener]))
    return 0


def _run_hypercorn(target: str, listener: socket.socket) -> int:
    config = HypercornConfig()
    config.bind = [f"fd://{listener.detach()}"]
    config.backlog = BACKLOG
    config.errorlog = logging.getLogger("hypercorn.error")
    config.include_server_header = False
    config.websocket_max_message_size = _WS_MAX_BYTES
    # Its pings go on for an interval after a socket's end, and hold up its shutdown:
    # the listener's keep-alive finds dead peers instead.
    config.websocket_ping_interval = None
    config.graceful_timeout = GRACE_SECONDS
    config.keep_alive_max_requests = sys.maxsize  # as on the others: no limit
    refuse_compression()

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(ignore_lost_clients)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)

        async def stopped() -> None:
            await stop.wait()
            await drain_all()

        app = read_to_the_end(load(target))
        await serve_hypercorn(app, config, shutdown_trigger=stopped, mode="asgi")

    # hypercorn's asyncio loop hangs at its end on Python 3.12 and later while any
    # socket is open; uvloop does not, and the other two servers run on it too.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    return 0


def begin_worker(parent: int) -> None:
    """What a process does before it serves for the one that started it."""
    settings = Settings.load()
    log_to_stderr(settings)  # granian has replaced what there was
    # Ctrl-C reaches it too; it must wait for its parent's SIGTERM to drain.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    end_with(parent)  # its thread must not take Ctrl-C either
    wait_for_journal(settings)


def end_with(parent: int) -> None:
    """Stop this process, in order if it can, when the one that started it has gone.

    Killed itself, it could not tell its workers, which would keep its port.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="parent watch").start()


def wait_for_journal(settings: Settings) -> None:
    """Wait until a core can be opened: workers are replaced while Redis is away, too.

    One that died of it would be replaced for nothing, with a traceback each time, and
    granian gives up over the second.
    """
    said = False
    while True:
        try:
            return asyncio.run(rehearse(settings))
        except StartError as error:
            if not said:
                _log.error("a worker waits to start: %s", error)
            said = True
            time.sleep(_WATCH_SECONDS)


ON_SOCKET: dict[str, Callable[[str, socket.socket], int]] = {
    "uvicorn": _run_uvicorn,
    "hypercorn": _run_hypercorn,
}
"""The servers that are given their listening socket; each returns its exit code."""
