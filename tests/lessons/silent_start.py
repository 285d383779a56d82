"""A start-up hook that is never called."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from quart import Quart

from tests.contract.raw import ask
from tests.lessons.lesson import Lesson
from tests.serving import served


def naive_quart() -> Quart:
    """A lifespan, and a hook that was there before."""
    app = Quart(__name__)
    started: list[str] = []

    @app.before_serving
    async def open_cache() -> None:
        started.append("cache")

    @app.while_serving
    async def lifespan() -> AsyncGenerator[None]:
        started.append("database")
        yield

    @app.get("/started")
    async def what_started() -> str:
        return ", ".join(sorted(started))

    return app


def naive_fastapi() -> FastAPI:
    """A lifespan, and a hook that was there before."""
    started: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        started.append("database")
        yield

    app = FastAPI(lifespan=lifespan)

    @app.on_event("startup")
    async def open_cache() -> None:
        started.append("cache")

    @app.get("/started")
    async def what_started() -> str:
        return ", ".join(sorted(started))

    return app


def fixed_fastapi() -> FastAPI:
    """One lifespan, which does both."""
    started: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        started.extend(["cache", "database"])
        yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/started")
    async def what_started() -> str:
        return ", ".join(sorted(started))

    return app


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Ask what has started."""
    async with served(make()) as target:
        return "started: " + (await ask(target, "/started")).body.decode().strip('"')


LESSON = Lesson(
    module=__name__,
    title="A hook that nobody calls",
    fine="started: cache, database",
    naive={"quart": "started: cache, database", "fastapi": "started: database"},
    observe=observe,
)
