"""What FastAPI's routing leaves out: HEAD, UTF-8 only, Allow, sockets not there."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi_app.dependencies import get_core
from fastapi_app.security import verify


class HeadMiddleware:
    """Asks the app with GET and sends what it answers without the body.

    Starlette's own routes answer HEAD, the files' too; FastAPI's do not (RFC 9110,
    section 9.3.2).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope.get("method") != "HEAD" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class StrictRequest(Request):
    """A request whose JSON is UTF-8; FastAPI's own takes UTF-16 and others too."""

    async def json(self) -> Any:
        """The body as a value. Raises ValueError."""
        return json.loads((await self.body()).decode())


class StrictRoute(APIRoute):
    """A route whose body is read as a StrictRequest, and never without a token."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook around a route."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            try:
                return await handler(StrictRequest(request.scope, request.receive))
            except (RequestValidationError, StarletteHTTPException):
                # FastAPI reads a body before it asks the dependencies who sent it.
                await verify(request, await get_core(request), None)
                raise

        return strict


def allowed_methods(connection: HTTPConnection) -> str:
    """What a path takes of GET, HEAD and POST; Starlette asks its first route only."""
    routes = connection.app.routes
    reads = any(_takes(route, connection, "GET") for route in routes)
    # A mount takes every method of its paths, but serves files, which are only read.
    posts = any(
        _takes(route, connection, "POST")
        for route in routes
        if not isinstance(route, Mount)
    )
    return ", ".join(["GET", "HEAD"] * reads + ["POST"] * posts)


def _takes(route: BaseRoute, connection: HTTPConnection, method: str) -> bool:
    # A mount that was tried has written its own root into the scope.
    root = connection.scope.get("app_root_path", "")
    scope = {**connection.scope, "root_path": root, "method": method}
    return route.matches(scope)[0] is Match.FULL


async def no_such_socket(websocket: WebSocket) -> None:
    """Answer 404: Starlette would refuse with 403 what is simply not there."""
    raise HTTPException(404)
