"""A chat of one process in each framework, which several workers serve."""

import os
import socket
from typing import Any

from fastapi import FastAPI, WebSocket
from quart import Quart, websocket


def be_busy(port: str) -> None:
    """Keep this worker's event loop until somebody answers at that port."""
    with socket.create_connection(("127.0.0.1", int(port))) as answer:
        answer.recv(1)


def quart_app() -> Quart:
    """The clients of this process, in a list."""
    app = Quart("quart")
    clients: list[Any] = []

    @app.websocket("/chat")
    async def chat() -> None:
        send = websocket.send  # of this socket: `websocket` is another's elsewhere
        clients.append(send)
        await send(str(os.getpid()))
        while True:
            text = str(await websocket.receive())
            if text.startswith("busy "):
                be_busy(text.removeprefix("busy "))
                text = "free again"
            for each in clients:
                await each(text)

    return app


def fastapi_app() -> FastAPI:
    """The clients of this process, in a list."""
    app = FastAPI()
    clients: list[WebSocket] = []

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        clients.append(websocket)
        await websocket.send_text(str(os.getpid()))
        while True:
            text = await websocket.receive_text()
            if text.startswith("busy "):
                be_busy(text.removeprefix("busy "))
                text = "free again"
            for each in clients:
                await each.send_text(text)

    return app
