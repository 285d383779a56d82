"""A client that does not read."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from quart import Quart, websocket

from tests.contract.raw import WebSocket as Client
from tests.contract.raw import ask
from tests.lessons.lesson import Lesson
from tests.serving import served


def naive_quart() -> Quart:
    """A queue for each client, as in the chat of Quart's tutorial."""
    app = Quart(__name__)
    connections: set[asyncio.Queue[str | bytes]] = set()

    @app.websocket("/chat")
    async def chat() -> None:
        queue: asyncio.Queue[str | bytes] = asyncio.Queue()
        connections.add(queue)
        task = asyncio.create_task(send(queue))
        try:
            while True:
                data = await websocket.receive()
                for connection in connections:
                    await connection.put(data)
        finally:
            connections.remove(queue)
            task.cancel()

    async def send(queue: asyncio.Queue[str | bytes]) -> None:
        while True:
            await websocket.send(await queue.get())

    @app.get("/kept")
    async def kept() -> str:
        return str(max(queue.qsize() for queue in connections))

    return app


def naive_fastapi() -> FastAPI:
    """A loop over all clients, as in the chat of FastAPI's documentation."""
    app = FastAPI()
    active_connections: list[WebSocket] = []

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        active_connections.append(websocket)
        try:
            while True:
                data = await websocket.receive_text()
                for connection in active_connections:
                    await connection.send_text(data)
        except WebSocketDisconnect:
            active_connections.remove(websocket)

    @app.get("/kept")
    async def kept() -> int:
        return 0

    return app


class Log:
    """The last messages of all; a client that follows has only a cursor into them."""

    def __init__(self, most: int) -> None:
        self.kept: deque[str] = deque(maxlen=most)
        self._end = 0
        self._news = asyncio.Condition()

    async def append(self, text: str) -> None:
        """Add a message, and wake all who follow."""
        self.kept.append(text)
        self._end += 1
        async with self._news:
            self._news.notify_all()

    async def follow(self) -> AsyncIterator[str]:
        """What comes from now on; it ends for whoever falls too far behind."""
        cursor = self._end
        while (behind := self._end - cursor) <= len(self.kept):
            if behind:
                yield self.kept[-behind]
                cursor += 1
            else:
                async with self._news:
                    await self._news.wait()


def fixed_quart() -> Quart:
    """One log for all, a cursor for each."""
    app = Quart(__name__)
    log = Log(most=64)

    @app.websocket("/chat")
    async def chat() -> None:
        await websocket.accept()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(send())
                while True:
                    await log.append(str(await websocket.receive()))
        except* OSError:
            pass  # the client has gone while it was sent something

    async def send() -> None:
        async for text in log.follow():
            await websocket.send(text)
        await websocket.close(1013)

    @app.get("/kept")
    async def kept() -> str:
        return str(len(log.kept))

    return app


def fixed_fastapi() -> FastAPI:
    """One log for all, a cursor for each."""
    app = FastAPI()
    log = Log(most=64)

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(send(websocket))
                while True:
                    await log.append(await websocket.receive_text())
        except* WebSocketDisconnect:
            pass  # the client has gone

    async def send(websocket: WebSocket) -> None:
        async for text in log.follow():
            await websocket.send_text(text)
        await websocket.close(1013)

    @app.get("/kept")
    async def kept() -> int:
        return len(log.kept)

    return app


_MESSAGES = 200
_SIZE = 65_536
"""200 of these are more than the kernel holds for a client that does not read."""

_STILL = 50
"""So many looks in a row at which nothing has come mean that nothing will."""


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Talk, while one listens and another does not read."""
    async with (
        served(make()) as target,
        await Client.open(target, receive_buffer=4_096),
        await Client.open(target) as speaker,
        await Client.open(target) as listener,
    ):
        hearing_itself = asyncio.create_task(_read(speaker))
        heard = kept = 0
        while heard < _MESSAGES:
            await speaker.send_text("x" * _SIZE)
            hearing = asyncio.create_task(listener.receive())
            looks = 0
            while looks < _STILL and not hearing.done():
                kept = int((await ask(target, "/kept")).body)
                looks += 1
            if not hearing.done():
                await _end(hearing)
                break
            heard += 1
        await _end(hearing_itself)
    if heard < _MESSAGES:
        return "the others hear nothing any more"
    bounded = "64 at the most" if kept <= 64 else "without bound"
    return f"the others hear all; messages are kept, {bounded}"


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _read(client: Client) -> None:
    while True:
        await client.receive()


LESSON = Lesson(
    module=__name__,
    title="One client that does not read",
    fine="the others hear all; messages are kept, 64 at the most",
    naive={
        "quart": "the others hear all; messages are kept, without bound",
        "fastapi": "the others hear nothing any more",
    },
    observe=observe,
)
