"""Several processes, each with rooms of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from quart import Quart, websocket
from redis.asyncio import Redis

from tests.contract.cells import Cell
from tests.contract.raw import WebSocket as Client
from tests.lessons.lesson import Lesson
from tests.redis_server import RedisServer

Send = Callable[[str | bytes], Awaitable[None]]


def naive_quart() -> Quart:
    """The clients of this process, in a set."""
    app = Quart(__name__)
    clients: set[Send] = set()

    @app.websocket("/chat")
    async def chat() -> None:
        send = websocket.send  # of this socket: `websocket` is another's elsewhere
        clients.add(send)
        try:
            await send("welcome")
            while True:
                text = await websocket.receive()
                for each in clients:
                    await each(text)
        finally:
            clients.remove(send)

    return app


def naive_fastapi() -> FastAPI:
    """The clients of this process, in a set."""
    app = FastAPI()
    clients: set[WebSocket] = set()

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        clients.add(websocket)
        try:
            await websocket.send_text("welcome")
            while True:
                text = await websocket.receive_text()
                for each in clients:
                    await each.send_text(text)
        except WebSocketDisconnect:
            clients.remove(websocket)

    return app


def fixed_quart() -> Quart:
    """The clients of this process, and a Redis that brings what is said in all."""
    app = Quart(__name__)
    clients: set[Send] = set()
    redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        async with redis, redis.pubsub() as channel:
            await channel.subscribe("chat")
            following = asyncio.create_task(follow(channel.listen()))
            yield
            following.cancel()

    async def follow(events: AsyncIterator[dict[str, str]]) -> None:
        async for event in events:
            if event["type"] == "message":
                for each in clients:
                    await each(event["data"])

    @app.websocket("/chat")
    async def chat() -> None:
        send = websocket.send  # of this socket: `websocket` is another's elsewhere
        clients.add(send)
        try:
            await send("welcome")
            while True:
                await redis.publish("chat", await websocket.receive())
        finally:
            clients.remove(send)

    return app


def fixed_fastapi() -> FastAPI:
    """The clients of this process, and a Redis that brings what is said in all."""
    clients: set[WebSocket] = set()
    redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with redis, redis.pubsub() as channel:
            await channel.subscribe("chat")
            following = asyncio.create_task(follow(channel.listen()))
            yield
            following.cancel()

    app = FastAPI(lifespan=lifespan)

    async def follow(events: AsyncIterator[dict[str, str]]) -> None:
        async for event in events:
            if event["type"] == "message":
                for each in clients:
                    await each.send_text(event["data"])

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        clients.add(websocket)
        try:
            await websocket.send_text("welcome")
            while True:
                await redis.publish("chat", await websocket.receive_text())
        except WebSocketDisconnect:
            clients.remove(websocket)

    return app


class _Process(Cell):
    """One of several processes that serve the same app.

    Each has a port of its own, as no `--workers` lets a client choose whom it gets.
    """

    def __init__(self, app: str, folder: Path, redis_url: str) -> None:
        super().__init__("lesson@uvicorn", folder, {"REDIS_URL": redis_url})
        self._app = f"{__name__}:{app}"

    @property
    def command(self) -> list[str]:
        """What starts it."""
        server = [sys.executable, "-m", "uvicorn", "--factory", self._app]
        return [*server, "--port", str(self.port)]

    def stop(self) -> None:
        """End it at once: how it would stop is another matter."""
        self.kill()

    def _is_ready(self) -> bool:
        return "running on http" in self.output()


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Come to two processes, and speak at one of them."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(3)]
        redis = stack.enter_context(RedisServer(folders[0]))
        first, second = (
            stack.enter_context(_Process(make.__name__, folder, redis.url))
            for folder in folders[1:]
        )
        async with await Client.open(first) as here, await Client.open(second) as there:
            for client in (here, there):
                assert (await client.receive()).text == "welcome"
            await here.send_text("Is anybody there?")
            assert (await here.receive()).text == "Is anybody there?"
            await there.send_text("Hello?")
            first_heard = (await there.receive()).text  # this tells what it has missed
    heard = "is" if first_heard == "Is anybody there?" else "is not"
    return f"what is said at one process {heard} heard at the other"


_UNHEARD = "what is said at one process is not heard at the other"

LESSON = Lesson(
    module=__name__,
    title="Two workers, two rooms",
    fine="what is said at one process is heard at the other",
    naive={"quart": _UNHEARD, "fastapi": _UNHEARD},
    observe=observe,
)
