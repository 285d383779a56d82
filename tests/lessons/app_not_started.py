"""A test of an app that was never started."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from quart import Quart, current_app

from tests.lessons.lesson import Lesson


def quart_app() -> Quart:
    """An app that opens something as it starts."""
    app = Quart(__name__)

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        app.extensions["greeting"] = "Hello"
        yield

    @app.get("/")
    async def greet() -> str:
        return str(current_app.extensions["greeting"])

    return app


def fastapi_app() -> FastAPI:
    """An app that opens something as it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.greeting = "Hello"
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    async def greet(request: Request) -> str:
        return str(request.app.state.greeting)

    return app


async def naive_quart() -> int:
    """Ask the app."""
    response = await quart_app().test_client().get("/")
    return response.status_code


async def naive_fastapi() -> int:
    """Ask the app."""
    transport = httpx.ASGITransport(fastapi_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        response = await client.get("/")
    return response.status_code


async def fixed_quart() -> int:
    """Start the app, and ask it."""
    async with quart_app().test_app() as test_app:
        response = await test_app.test_client().get("/")
    return response.status_code


async def fixed_fastapi() -> int:
    """Start the app, and ask it."""
    app = fastapi_app()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://app") as client,
    ):
        response = await client.get("/")
    return response.status_code


async def observe(test: Callable[[], Awaitable[int]]) -> str:
    """Run the test."""
    try:
        return f"the handler answers {await test()}"
    except AttributeError as error:
        return f"the handler raises {type(error).__name__}"


LESSON = Lesson(
    module=__name__,
    title="Tested, but not started",
    fine="the handler answers 200",
    naive={
        "quart": "the handler answers 500",
        "fastapi": "the handler raises AttributeError",
    },
    observe=observe,
)
