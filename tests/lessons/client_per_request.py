"""A client, and so a connection, for every request."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request
from quart import Quart, current_app

from tests.contract.raw import ask
from tests.lessons.lesson import Lesson
from tests.serving import served, upstream


def naive_quart(service: str) -> Quart:
    """Open a client in the handler."""
    app = Quart(__name__)

    @app.get("/weather")
    async def weather() -> Any:
        async with httpx.AsyncClient() as client:
            response = await client.get(service)
        return response.json()

    return app


def naive_fastapi(service: str) -> FastAPI:
    """Open a client in a dependency."""
    app = FastAPI()

    async def get_client() -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient() as client:
            yield client

    @app.get("/weather")
    async def weather(
        client: Annotated[httpx.AsyncClient, Depends(get_client)],
    ) -> Any:
        return (await client.get(service)).json()

    return app


def fixed_quart(service: str) -> Quart:
    """One client for the app's life."""
    app = Quart(__name__)

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        async with httpx.AsyncClient() as app.extensions["client"]:
            yield

    @app.get("/weather")
    async def weather() -> Any:
        client: httpx.AsyncClient = current_app.extensions["client"]
        return (await client.get(service)).json()

    return app


def fixed_fastapi(service: str) -> FastAPI:
    """One client for the app's life."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient() as app.state.client:
            yield

    app = FastAPI(lifespan=lifespan)

    async def get_client(request: Request) -> httpx.AsyncClient:
        client: httpx.AsyncClient = request.app.state.client
        return client

    @app.get("/weather")
    async def weather(
        client: Annotated[httpx.AsyncClient, Depends(get_client)],
    ) -> Any:
        return (await client.get(service)).json()

    return app


async def observe(make: Callable[[str], Quart | FastAPI]) -> str:
    """Ask five times, one after the other."""
    async with upstream() as service, served(make(service.url)) as target:
        for _ in range(5):
            await ask(target, "/weather")
    return f"5 requests, connections to the service: {service.connections}"


_EACH = "5 requests, connections to the service: 5"

LESSON = Lesson(
    module=__name__,
    title="A client for every request",
    fine="5 requests, connections to the service: 1",
    naive={"quart": _EACH, "fastapi": _EACH},
    observe=observe,
)
