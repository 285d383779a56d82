"""What is said of asking another service, besides what the lessons show."""

import ssl
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from fastapi import FastAPI
from quart import Quart, request

from tests.contract.raw import ask
from tests.lessons import client_per_request
from tests.serving import served, upstream


@pytest.mark.parametrize(
    ("make", "times"),
    [
        (client_per_request.naive_quart, 5),
        (client_per_request.naive_fastapi, 5),
        (client_per_request.fixed_quart, 1),
        (client_per_request.fixed_fastapi, 1),
    ],
)
@pytest.mark.asyncio
async def test_every_client_loads_certificates(make: Any, times: int) -> None:
    """It reads the CA bundle before it asks; the lesson's requests are five."""
    with patch("ssl.create_default_context", wraps=ssl.create_default_context) as made:
        await client_per_request.observe(make)
    assert made.call_count == times


def quart_f_string(service: str) -> Quart:
    """The city as a part of the address."""
    app = Quart("quart")

    @app.get("/weather")
    async def weather() -> Any:
        city = request.args["city"]
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{service}/v1/weather/{city}")).json()

    return app


def fastapi_f_string(service: str) -> FastAPI:
    """The city as a part of the address."""
    app = FastAPI()

    @app.get("/weather")
    async def weather(city: str) -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{service}/v1/weather/{city}")).json()

    return app


@pytest.mark.parametrize("make", [quart_f_string, fastapi_f_string])
@pytest.mark.parametrize(
    ("city", "asked"),
    [
        ("Oslo", "/v1/weather/Oslo"),
        ("S%C3%A3o%20Paulo", "/v1/weather/S%C3%A3o%20Paulo"),
        ("../secrets%3Fall=1", "/v1/secrets?all=1"),
        ("..%2F..%2Fadmin", "/admin"),
        ("Frankfurt%2FMain", "/v1/weather/Frankfurt/Main"),
        ("C%23", "/v1/weather/C"),
    ],
)
@pytest.mark.asyncio
async def test_a_city_in_an_f_string_chooses_what_is_asked(
    make: Any, city: str, asked: str
) -> None:
    """Ordinary names arrive; others change the path and the query, or are cut off."""
    async with upstream() as service, served(make(service.url)) as target:
        assert (await ask(target, f"/weather?city={city}")).status == 200
    assert service.targets == [asked]
