"""A task that goes on sending to a client that has gone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from quart import Quart, websocket

from tests.contract.raw import Op, ask
from tests.contract.raw import WebSocket as Client
from tests.lessons.lesson import Lesson
from tests.serving import fence, served


def naive_quart() -> Quart:
    """Both at once, with gather."""
    app = Quart(__name__)
    news: asyncio.Queue[str] = asyncio.Queue()
    sending = 0

    @app.websocket("/chat")
    async def chat() -> None:
        await websocket.accept()
        await asyncio.gather(receive(), send())

    async def receive() -> None:
        while True:
            await websocket.receive()

    async def send() -> None:
        nonlocal sending
        sending += 1
        try:
            while True:
                await websocket.send(await news.get())
        finally:
            sending -= 1

    @app.get("/sending")
    async def how_many() -> str:
        return str(sending)

    return app


def naive_fastapi() -> FastAPI:
    """Both at once, with gather."""
    app = FastAPI()
    news: asyncio.Queue[str] = asyncio.Queue()
    sending = 0

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        with suppress(WebSocketDisconnect):
            await asyncio.gather(receive(websocket), send(websocket))

    async def receive(websocket: WebSocket) -> None:
        while True:
            await websocket.receive_text()

    async def send(websocket: WebSocket) -> None:
        nonlocal sending
        sending += 1
        try:
            while True:
                await websocket.send_text(await news.get())
        finally:
            sending -= 1

    @app.get("/sending")
    async def how_many() -> int:
        return sending

    return app


def fixed_fastapi() -> FastAPI:
    """Both at once, in a group that ends as a whole."""
    app = FastAPI()
    news: asyncio.Queue[str] = asyncio.Queue()
    sending = 0

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(receive(websocket))
                tasks.create_task(send(websocket))
        except* WebSocketDisconnect:
            pass

    async def receive(websocket: WebSocket) -> None:
        while True:
            await websocket.receive_text()

    async def send(websocket: WebSocket) -> None:
        nonlocal sending
        sending += 1
        try:
            while True:
                await websocket.send_text(await news.get())
        finally:
            sending -= 1

    @app.get("/sending")
    async def how_many() -> int:
        return sending

    return app


_CLIENTS = 10


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Come and go ten times."""
    async with served(make()) as target:
        for _ in range(_CLIENTS):
            async with await Client.open(target) as client:
                while (await ask(target, "/sending")).body == b"0":
                    pass
                await client.send(Op.CLOSE, (1000).to_bytes(2))
                await client.receive_close()
        await fence(target)
        left = (await ask(target, "/sending")).body.decode()
    return f"10 clients have gone, and {left} of their tasks go on"


LESSON = Lesson(
    module=__name__,
    title="The task that stays",
    fine="10 clients have gone, and 0 of their tasks go on",
    naive={
        "quart": "10 clients have gone, and 0 of their tasks go on",
        "fastapi": "10 clients have gone, and 10 of their tasks go on",
    },
    observe=observe,
)
