"""A client's text in the path of a service that the app asks."""

from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI
from quart import Quart

from tests.contract.raw import ask
from tests.lessons.lesson import Lesson
from tests.serving import served, upstream


def naive_quart(service: str) -> Quart:
    """Put the city into the URL."""
    app = Quart(__name__)

    @app.get("/weather/<city>")
    async def weather(city: str) -> Any:
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{service}/weather/{city}")
        return response.json()

    return app


def naive_fastapi(service: str) -> FastAPI:
    """Put the city into the URL."""
    app = FastAPI()

    @app.get("/weather/{city}")
    async def weather(city: str) -> Any:
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{service}/weather/{city}")
        return response.json()

    return app


def fixed_quart(service: str) -> Quart:
    """Give the city as a parameter, which the client encodes."""
    app = Quart(__name__)

    @app.get("/weather/<city>")
    async def weather(city: str) -> Any:
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{service}/weather", params={"name": city})
        return response.json()

    return app


def fixed_fastapi(service: str) -> FastAPI:
    """Give the city as a parameter, which the client encodes."""
    app = FastAPI()

    @app.get("/weather/{city}")
    async def weather(city: str) -> Any:
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{service}/weather", params={"name": city})
        return response.json()

    return app


async def observe(make: Callable[[str], Quart | FastAPI]) -> str:
    """Ask for a city whose name has a question mark."""
    async with upstream() as service, served(make(service.url)) as target:
        await ask(target, "/weather/Oslo%3Fdays=16")
    (asked,) = service.targets
    url = httpx.URL(f"{service.url}{asked}")
    given = ", ".join(f"{key}={value}" for key, value in url.params.items())
    return f"the service gets the path {url.path} and the query {given}"


_TORN = "the service gets the path /weather/Oslo and the query days=16"

LESSON = Lesson(
    module=__name__,
    title="A city in a path",
    fine="the service gets the path /weather and the query name=Oslo?days=16",
    naive={"quart": _TORN, "fastapi": _TORN},
    observe=observe,
)
