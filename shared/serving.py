"""The same app with the same options on uvicorn, hypercorn and granian."""

import asyncio
import logging
import pkgutil
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial

import uvicorn
import uvloop
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from hypercorn.asyncio import serve as serve_hypercorn
from hypercorn.config import Config as HypercornConfig

from shared.asgi import App, Message, Receive, Scope, Send
from shared.core import drain_all
from shared.errors import StartError
from shared.server_sockets import (
    UvicornSockets,
    ignore_lost_clients,
    read_to_the_end,
    refuse_compression,
)
from shared.settings import Settings

_WS_MAX_BYTES = 1_048_576
"""The servers' own limit, far over ours, so that the app names the code of a close."""

_PING_SECONDS = 20
_BACKLOG = 2_048
_GRACE_SECONDS = 2
"""How long a server waits for what still runs once the sockets are closed."""

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
        timeout_graceful_shutdown=_GRACE_SECONDS,
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
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # What a client that never reads still holds in the kernel goes after this
        # time; the servers themselves keep such a connection for ever.
        milliseconds = int(stall_seconds * 1_000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _PING_SECONDS)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:  # OverflowError: no port has that number
        listener.close()
        reason = getattr(error, "strerror", error)
        raise StartError(
            f"Port {port} on {host} cannot be had ({reason}): stop what uses"
            " it, or choose another with --port."
        ) from error
    listener.listen(_BACKLOG)
    listener.setblocking(False)  # noqa: FBT003 -- the standard library's signature
    return listener


def _run_uvicorn(target: str, host: str, port: int, settings: Settings) -> int:
    server = uvicorn_server(pkgutil.resolve_name(target)())
    listener = listen(host, port, settings.chat_stall_seconds)
    # uvicorn raises the signal that stopped it once more, and the process would end by
    # it; this also keeps one that comes before uvicorn itself listens for any.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, server.handle_exit)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, listener:
        runner.run(server.serve([listener]))
    return 0


def _run_hypercorn(target: str, host: str, port: int, settings: Settings) -> int:
    listener = listen(host, port, settings.chat_stall_seconds)
    config = HypercornConfig()
    config.bind = [f"fd://{listener.detach()}"]
    config.backlog = _BACKLOG
    config.errorlog = logging.getLogger("hypercorn.error")
    config.include_server_header = False
    config.websocket_max_message_size = _WS_MAX_BYTES
    # Its pings go on for an interval after a socket's end, and hold up its shutdown:
    # the listener's keep-alive finds dead peers instead.
    config.websocket_ping_interval = None
    config.graceful_timeout = _GRACE_SECONDS
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

        app = read_to_the_end(pkgutil.resolve_name(target)())
        await serve_hypercorn(app, config, shutdown_trigger=stopped, mode="asgi")

    # hypercorn's asyncio loop hangs at its end on Python 3.12 and later while any
    # socket is open; uvloop does not, and the other two servers run on it too.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
    return 0


def _run_granian(target: str, host: str, port: int, settings: Settings) -> int:
    listen(host, port, settings.chat_stall_seconds).close()  # a taken port, said well
    server = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        backlog=_BACKLOG,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=_GRACE_SECONDS + 1,
    )
    server.serve(target_loader=_load_for_granian)
    return 0


def _load_for_granian(target: str) -> App:
    # Ctrl-C reaches the worker too; it must wait for its parent's SIGTERM to drain.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
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


SERVERS: dict[str, Callable[[str, str, int, Settings], int]] = {
    "uvicorn": _run_uvicorn,
    "hypercorn": _run_hypercorn,
    "granian": _run_granian,
}
