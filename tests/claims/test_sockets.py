"""What is said of WebSockets and of chats."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import (
    Cookie,
    Depends,
    FastAPI,
    Header,
    Query,
    Request,
    WebSocket,
    WebSocketDisconnect,
)
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from quart import Quart, websocket

from tests.claims.chat_process import ChatProcess
from tests.contract.patience import TIMEOUT
from tests.contract.raw import WebSocket as Client
from tests.contract.raw import ask
from tests.contract.targets import Target
from tests.serving import fence, served

MESSAGES = 20
SIZE = 65_536


@pytest.mark.parametrize("name", ["websockets", "clients", "connections", "broadcast"])
def test_neither_app_knows_its_sockets(name: str) -> None:
    """No app of either has an attribute that could be looped over to broadcast."""
    for app in (Quart("quart"), FastAPI()):
        with pytest.raises(AttributeError):
            getattr(app, name)


@pytest.mark.asyncio
async def test_the_loop_over_app_websockets_ends_the_sockets_handler() -> None:
    """The broadcasting loop raises when it is reached, and nobody hears anything."""
    raised: list[str] = []
    quart_app, fastapi_app = Quart("quart"), FastAPI()

    @quart_app.websocket("/chat")
    async def quart_chat() -> None:
        message = await websocket.receive()
        try:
            for ws in quart_app.websockets:  # type: ignore[attr-defined]  # the claim
                await ws.send(message)
        except AttributeError as error:
            raised.append(str(error))
            await websocket.send("nobody")

    @fastapi_app.websocket("/chat")
    async def fastapi_chat(websocket: WebSocket) -> None:
        await websocket.accept()
        message = await websocket.receive_text()
        try:
            for ws in fastapi_app.websockets:  # type: ignore[attr-defined]  # the claim
                await ws.send(message)
        except AttributeError as error:
            raised.append(str(error))
            await websocket.send_text("nobody")

    for app in (quart_app, fastapi_app):
        async with served(app) as target, await Client.open(target) as client:
            await client.send_text("Hello")
            assert (await client.receive()).text == "nobody"
    assert raised == [
        "'Quart' object has no attribute 'websockets'",
        "'FastAPI' object has no attribute 'websockets'",
    ]


@dataclass
class Sends:
    """How many sends of such a loop have begun, and how many are done."""

    begun: int = 0
    done: int = 0


def quart_loop(sends: Sends) -> Quart:
    """One list of sockets, one loop over it, as the tutorials have it."""
    app = Quart("quart")
    clients: list[Any] = []

    @app.get("/")
    async def home() -> str:
        return "here"

    @app.websocket("/chat")
    async def chat() -> None:
        clients.append(websocket._get_current_object())  # type: ignore[attr-defined]  # the proxy's own, which type checkers do not see
        await websocket.send("welcome")
        while True:
            message = await websocket.receive()
            for each in clients:
                sends.begun += 1
                await each.send(message)
                sends.done += 1

    return app


def fastapi_loop(sends: Sends) -> FastAPI:
    """One list of sockets, one loop over it, as the tutorials have it."""
    app = FastAPI()
    clients: list[WebSocket] = []

    @app.get("/")
    async def home() -> str:
        return "here"

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        clients.append(websocket)
        await websocket.send_text("welcome")
        with suppress(WebSocketDisconnect):
            while True:
                message = await websocket.receive_text()
                for each in clients:
                    sends.begun += 1
                    await each.send_text(message)
                    sends.done += 1

    return app


@pytest.mark.parametrize("make", [quart_loop, fastapi_loop])
@pytest.mark.asyncio
async def test_one_client_that_does_not_read_stops_the_loop_for_all(make: Any) -> None:
    """The others get no more until it reads, though the event loop serves others."""
    sends = Sends()
    heard: list[str] = []

    async def hear(client: Client) -> None:
        while len(heard) < MESSAGES:
            heard.append((await client.receive(timeout=3 * TIMEOUT)).text)

    async def say(client: Client) -> None:
        for number in range(MESSAGES):
            await client.send_text(f"{number} " + "x" * SIZE)

    async def is_stuck(target: Target) -> bool:
        before = replace(sends)
        await fence(target)
        return before == sends and sends.begun == sends.done + 1

    async with (
        served(make(sends), send_buffer=4096) as target,
        await Client.open(target, receive_buffer=4096) as stalled,
        await Client.open(target) as sender,
    ):
        for client in (stalled, sender):
            assert (await client.receive()).text == "welcome"
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(say(sender))
            tasks.create_task(hear(sender))
            while sends.done < 2 * MESSAGES and not await is_stuck(target):
                pass
            assert sends.done < 2 * MESSAGES
            assert len(heard) < MESSAGES
            for _ in range(MESSAGES):
                await stalled.receive()
    assert len(heard) == MESSAGES


@pytest.mark.asyncio
async def test_quarts_websocket_is_always_ones_own() -> None:
    """Kept in a set and called from another handler, it is that handler's socket."""
    app = Quart("quart")
    clients: set[Any] = set()

    @app.websocket("/chat")
    async def chat() -> None:
        clients.add(websocket)
        await websocket.send("welcome")
        while True:
            message = await websocket.receive()
            for each in clients:
                await each.send(message)

    async with (
        served(app) as target,
        await Client.open(target) as ann,
        await Client.open(target) as bob,
    ):
        for client in (ann, bob):
            assert (await client.receive()).text == "welcome"
        await ann.send_text("from Ann")
        assert [(await ann.receive()).text for _ in range(2)] == ["from Ann"] * 2
        await bob.send_text("from Bob")
        assert [(await bob.receive()).text for _ in range(2)] == ["from Bob"] * 2


@pytest.mark.parametrize("framework", ["quart", "fastapi"])
@pytest.mark.asyncio
async def test_a_broadcast_stays_in_its_worker(framework: str, tmp_path: Path) -> None:
    """With `--workers 2` a client of one worker hears nothing of the other's."""
    with ChatProcess(framework, tmp_path) as target:
        async with await Client.open(target) as here:
            pid = (await here.receive()).text
            # While this worker does nothing else, the other accepts whoever comes.
            async with target.busy(here):
                there = await Client.open(target)
            async with there:
                assert (await there.receive()).text != pid
                assert (await here.receive()).text == "free again"
                await here.send_text("Is anybody there?")
                assert (await here.receive()).text == "Is anybody there?"
                await there.send_text("Hello?")
                assert (await there.receive()).text == "Hello?"


@pytest.mark.asyncio
async def test_dependencies_work_in_sockets() -> None:
    """FastAPI resolves dependencies and parameters of every kind for a socket."""
    app = FastAPI()
    bearer = HTTPBearer()

    async def user(
        token: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    ) -> str:
        return f"who has {token.credentials}"

    @app.websocket("/chat/{room}")
    async def chat(
        websocket: WebSocket,
        user: Annotated[str, Depends(user)],
        room: str,
        after: Annotated[int, Query()],
        accept_language: Annotated[str, Header()],
        theme: Annotated[str, Cookie()],
    ) -> None:
        await websocket.accept()
        await websocket.send_json([user, room, after + 1, accept_language, theme])

    headers = {
        "Authorization": "Bearer t",
        "Accept-Language": "de",
        "Cookie": "theme=dark",
    }
    async with (
        served(app) as target,
        await Client.open(target, "/chat/lobby?after=41", headers=headers) as client,
    ):
        given = json.loads((await client.receive()).text)
    assert given == ["who has t", "lobby", 42, "de", "dark"]


class Middleware:
    """ASGI middleware that notes what comes."""

    def __init__(self, app: Any, seen: list[str]) -> None:
        self._app = app
        self._seen = seen

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One ASGI connection."""
        if scope["type"] != "lifespan":
            self._seen.append(f"middleware: {scope['type']}")
        await self._app(scope, receive, send)


def quart_hooks(seen: list[str]) -> Quart:
    """A hook around requests, and middleware around all."""
    app = Quart("quart")
    # Quart's documented way to wrap an app is to replace this method.
    app.asgi_app = Middleware(app.asgi_app, seen)  # type: ignore[method-assign]

    @app.before_request
    async def before() -> None:
        seen.append("hook: http")

    @app.get("/")
    async def page() -> str:
        return "page"

    @app.websocket("/chat")
    async def chat() -> None:
        await websocket.send("socket")

    return app


def fastapi_hooks(seen: list[str]) -> FastAPI:
    """A hook around requests, and middleware around all."""
    app = FastAPI()
    app.add_middleware(Middleware, seen=seen)

    @app.middleware("http")
    async def around(request: Request, call_next: Any) -> Any:
        seen.append("hook: http")
        return await call_next(request)

    @app.get("/")
    async def page() -> str:
        return "page"

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("socket")

    return app


@pytest.mark.parametrize("make", [quart_hooks, fastapi_hooks])
@pytest.mark.asyncio
async def test_hooks_of_requests_see_no_socket(make: Any) -> None:
    """A hook around requests runs for these alone, ASGI middleware for all."""
    seen: list[str] = []
    async with served(make(seen)) as target:
        await ask(target, "/")
        async with await Client.open(target) as client:
            assert (await client.receive()).text == "socket"
    assert sorted(seen) == ["hook: http", "middleware: http", "middleware: websocket"]
