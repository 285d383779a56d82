"""What a client sends right before it leaves."""

import asyncio
from collections.abc import Callable

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from quart import Quart, websocket

from quart_app.websocket import Disconnected, WebSocketConnection
from tests.contract.raw import Op, ask, frame
from tests.contract.raw import WebSocket as Client
from tests.lessons.lesson import Lesson
from tests.serving import served


def naive_quart() -> Quart:
    """Receive, and take a moment to save what came."""
    app = Quart(__name__)
    saved: list[str | bytes] = []
    over = asyncio.Event()

    @app.websocket("/chat")
    async def chat() -> None:
        try:
            while True:
                note = await websocket.receive()
                await asyncio.sleep(0.001)
                saved.append(note)
        finally:
            over.set()

    @app.get("/saved")
    async def how_many() -> str:
        await over.wait()
        return str(len(saved))

    return app


def naive_fastapi() -> FastAPI:
    """Receive, and take a moment to save what came."""
    app = FastAPI()
    saved: list[str] = []
    over = asyncio.Event()

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                note = await websocket.receive_text()
                await asyncio.sleep(0.001)
                saved.append(note)
        except WebSocketDisconnect:
            over.set()

    @app.get("/saved")
    async def how_many() -> int:
        await over.wait()
        return len(saved)

    return app


def fixed_quart() -> Quart:
    """Receive from the server, not from Quart's queue, and hear of the end in order."""
    app = Quart(__name__)
    app.asgi_websocket_class = WebSocketConnection
    saved: list[str | bytes] = []
    over = asyncio.Event()

    @app.websocket("/chat")
    async def chat() -> None:
        await websocket.accept()
        try:
            while True:
                note = await websocket.receive()
                await asyncio.sleep(0.001)
                saved.append(note)
        except Disconnected:
            over.set()

    @app.get("/saved")
    async def how_many() -> str:
        await over.wait()
        return str(len(saved))

    return app


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Send 100 frames and a close at once."""
    async with served(make()) as target, await Client.open(target) as client:
        close = frame(Op.CLOSE, (1000).to_bytes(2))
        await client.connection.send(frame(Op.TEXT, b"x") * 100 + close)
        saved = int((await ask(target, "/saved")).body)
    return "all 100 are saved" if saved == 100 else "some of 100 are lost"


LESSON = Lesson(
    module=__name__,
    title="Last words",
    fine="all 100 are saved",
    naive={"quart": "some of 100 are lost", "fastapi": "all 100 are saved"},
    observe=observe,
)
