"""What lessons and claims are tried with: apps on real sockets, a service they ask."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from threading import Thread
from unittest.mock import patch

import uvicorn
from fastapi import FastAPI
from flask import Flask
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from tests.contract.cells import HOST
from tests.contract.patience import within
from tests.contract.raw import ask
from tests.contract.targets import Target

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)


@asynccontextmanager
async def served(
    app: Quart | FastAPI, *, send_buffer: int = 0
) -> AsyncIterator[Target]:
    """The app on uvicorn, in a thread with an event loop of its own.

    A `send_buffer` in bytes makes what the kernel takes for a client small.
    """
    # It listens before it is served, so that whoever connects early waits.
    with closing(socket.create_server((HOST, 0), backlog=256)) as listener:
        if send_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        # Else a handler that hangs, as some do here, would hold up the end.
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = Thread(target=server.run, args=([listener],))
        serving.start()
        try:
            yield _target(listener)
        finally:
            server.should_exit = True
            await asyncio.to_thread(serving.join)


@asynccontextmanager
async def flask_served(app: Flask, threads: int) -> AsyncIterator[Target]:
    """A Flask app on hypercorn, in this event loop and so many threads."""
    with (
        closing(socket.create_server((HOST, 0), backlog=256)) as listener,
        ThreadPoolExecutor(threads) as pool,
    ):
        asyncio.get_running_loop().set_default_executor(pool)
        config, stopped = Config(), asyncio.Event()
        config.bind = [f"fd://{os.dup(listener.fileno())}"]
        config.errorlog = None
        serving = asyncio.create_task(
            serve(app, config, shutdown_trigger=stopped.wait, mode="wsgi")
        )
        try:
            yield _target(listener)
        finally:
            stopped.set()
            await serving


class Upstream:
    """A service that answers `{}` to everything when it is let, and keeps count."""

    def __init__(self) -> None:
        self.url = ""
        self.connections = 0
        self.targets: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._released = asyncio.Event()
        self._changed = asyncio.Condition()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection."""
        self.connections += 1
        with closing(writer):
            while head := await _head(reader):
                self.targets.append(head.split(" ")[1])
                await self._count(1)
                await self._released.wait()
                await self._count(-1)
                writer.write(_ANSWER)

    async def wait_for(self, requests: int) -> None:
        """Return when so many requests wait for their answer."""
        async with within(20, f"{requests} at once"), self._changed:
            await self._changed.wait_for(lambda: self._at_once == requests)

    def release(self) -> None:
        """Answer all that wait and whoever comes."""
        self._released.set()

    async def _count(self, change: int) -> None:
        async with self._changed:
            self._at_once += change
            self.most_at_once = max(self.most_at_once, self._at_once)
            self._changed.notify_all()


@asynccontextmanager
async def upstream(*, holds: bool = False) -> AsyncIterator[Upstream]:
    """A service that apps ask; one that `holds` answers nobody until it is told to."""
    service = Upstream()
    server = await asyncio.start_server(service.serve, HOST, 0, backlog=256)
    service.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    if not holds:
        service.release()
    # A proxy of the user's is not for addresses of ours.
    with patch.dict(os.environ, {"NO_PROXY": HOST, "no_proxy": HOST}):
        try:
            yield service
        finally:
            service.release()
            server.close()


async def fence(target: Target) -> None:
    """Some round trips: what an event loop had to do before has been done after."""
    for _ in range(20):
        await ask(target, "/")


def _target(listener: socket.socket) -> Target:
    return Target("tried", f"http://{HOST}:{listener.getsockname()[1]}")


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""
