"""Refusing a client with a close code that it never gets."""

from collections.abc import Callable

from fastapi import FastAPI, HTTPException, WebSocket
from quart import Quart, websocket

from tests.contract.raw import WebSocket as Client
from tests.lessons.lesson import Lesson
from tests.serving import served


def naive_quart() -> Quart:
    """Close with 1008."""
    app = Quart(__name__)

    @app.websocket("/chat")
    async def chat() -> None:
        if websocket.args.get("token") != "right":
            await websocket.close(1008, "Wrong token")
            return
        await websocket.accept()

    return app


def naive_fastapi() -> FastAPI:
    """Close with 1008."""
    app = FastAPI()

    @app.websocket("/chat")
    async def chat(websocket: WebSocket, token: str = "") -> None:
        if token != "right":
            await websocket.close(1008, "Wrong token")
            return
        await websocket.accept()

    return app


def fixed_quart() -> Quart:
    """Answer the handshake with 401."""
    app = Quart(__name__)

    @app.websocket("/chat")
    async def chat() -> tuple[str, int] | None:
        if websocket.args.get("token") != "right":
            return "Wrong token", 401
        await websocket.accept()
        return None

    return app


def fixed_fastapi() -> FastAPI:
    """Answer the handshake with 401."""
    app = FastAPI()

    @app.websocket("/chat")
    async def chat(websocket: WebSocket, token: str = "") -> None:
        if token != "right":
            raise HTTPException(401, "Wrong token")
        await websocket.accept()

    return app


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Come with a wrong token."""
    async with (
        served(make()) as target,
        await Client.open(target, "/chat?token=wrong") as client,
    ):
        response = client.response
    told = "with its reason" if b"Wrong token" in response.body else "no reason"
    return f"{response.status}, {told}"


_LOST = "403, no reason"

LESSON = Lesson(
    module=__name__,
    title="Closed before it was open",
    fine="401, with its reason",
    naive={"quart": _LOST, "fastapi": _LOST},
    observe=observe,
)
