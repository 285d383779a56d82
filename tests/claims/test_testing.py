"""What is said of the test clients, and of code that others have published."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from quart import Quart


@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")
def test_fastapis_client_starts_the_app_as_a_context_manager_only() -> None:
    """Without `with` the lifespan does not run."""
    from fastapi.testclient import TestClient  # its import warns of another package

    happened: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        happened.append("started")
        yield

    app = FastAPI(lifespan=lifespan)
    TestClient(app).get("/")
    assert happened == []
    with TestClient(app) as client:
        client.get("/")
    assert happened == ["started"]


@pytest.mark.asyncio
async def test_quarts_client_starts_the_app_in_test_app_only() -> None:
    """Without `test_app` the start-up does not run."""
    happened: list[str] = []
    app = Quart("quart")

    @app.before_serving
    async def start() -> None:
        happened.append("started")

    await app.test_client().get("/")
    assert happened == []
    async with app.test_app() as running:
        await running.test_client().get("/")
    assert happened == ["started"]


def test_the_published_comparison_calls_what_quart_does_not_have() -> None:
    """Its sample of Quart uses `app.thread_pool`, which no app of Quart's has."""
    with pytest.raises(AttributeError):
        Quart("quart").thread_pool  # type: ignore[attr-defined]  # noqa: B018 -- looked up, as there
