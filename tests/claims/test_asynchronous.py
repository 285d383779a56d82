"""What is said of `async def`, of threads and of slow services."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Event, Lock
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from flask import Flask
from quart import Quart

from tests.contract.patience import TIMEOUT, within
from tests.contract.raw import ask
from tests.serving import flask_served, served, upstream

FASTAPI_THREADS = 40
QUART_THREADS = ThreadPoolExecutor()._max_workers
CALLS = 24


class Gate:
    """Something that blocks, and another that ends it."""

    def __init__(self) -> None:
        self.entered = Event()
        self._opened = Event()

    def block(self, seconds: float) -> str:
        """Block the thread until the gate is opened, but not for longer."""
        self.entered.set()
        return "opened" if self._opened.wait(seconds) else "nobody came"

    def open(self) -> str:
        """Let it go on."""
        self._opened.set()
        return "open"


def quart_coroutine(gate: Gate) -> Quart:
    """A coroutine that calls what blocks."""
    app = Quart("quart")

    @app.get("/block")
    async def block() -> str:
        return gate.block(0.5)

    @app.get("/open")
    async def open_it() -> str:
        return gate.open()

    return app


def fastapi_coroutine(gate: Gate) -> FastAPI:
    """A coroutine that calls what blocks."""
    app = FastAPI()

    @app.get("/block")
    async def block() -> Any:
        return gate.block(0.5)

    @app.get("/open")
    async def open_it() -> Any:
        return gate.open()

    return app


def quart_function(gate: Gate) -> Quart:
    """A plain function that calls what blocks."""
    app = Quart("quart")

    @app.get("/block")
    def block() -> str:
        return gate.block(TIMEOUT)

    @app.get("/open")
    async def open_it() -> str:
        return gate.open()

    return app


def fastapi_function(gate: Gate) -> FastAPI:
    """A plain function that calls what blocks."""
    app = FastAPI()

    @app.get("/block")
    def block() -> Any:
        return gate.block(TIMEOUT)

    @app.get("/open")
    async def open_it() -> Any:
        return gate.open()

    return app


async def _what_a_block_does(make: Any) -> str:
    """Ask for what blocks, and while it does for what ends it."""
    gate = Gate()
    async with served(make(gate)) as target:
        blocked = asyncio.create_task(ask(target, "/block"))
        await asyncio.to_thread(gate.entered.wait)
        await ask(target, "/open")
        return (await blocked).body.decode().strip('"')


@pytest.mark.parametrize("make", [quart_coroutine, fastapi_coroutine])
@pytest.mark.asyncio
async def test_a_call_that_blocks_in_a_coroutine_blocks_all(make: Any) -> None:
    """Nobody is served meanwhile, so that who would end it does not get in."""
    assert await _what_a_block_does(make) == "nobody came"


@pytest.mark.parametrize("make", [quart_function, fastapi_function])
@pytest.mark.asyncio
async def test_a_call_that_blocks_in_a_plain_function_blocks_nobody(make: Any) -> None:
    """A handler declared with `def` runs in a thread, in both."""
    assert await _what_a_block_does(make) == "opened"


class Crowd:
    """How many are in at once, at the most; all go when `full` is reached."""

    def __init__(self, full: int) -> None:
        self.most = 0
        self.full = Event()
        self._size = full
        self._inside = 0
        self._lock = Lock()
        self._leave = Event()

    def come(self) -> None:
        """Come in and wait for the end."""
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            if self._inside == self._size:
                self.full.set()
        assert self._leave.wait(TIMEOUT)
        with self._lock:
            self._inside -= 1

    def end(self) -> None:
        """Let all go."""
        self._leave.set()


def quart_crowd(crowd: Crowd) -> Quart:
    """A plain function that waits."""
    app = Quart("quart")

    @app.get("/come")
    def come() -> str:
        crowd.come()
        return "gone"

    return app


def fastapi_crowd(crowd: Crowd) -> FastAPI:
    """A plain function that waits."""
    app = FastAPI()

    @app.get("/come")
    def come() -> Any:
        crowd.come()
        return "gone"

    return app


@pytest.mark.parametrize(
    ("make", "threads"),
    [(quart_crowd, QUART_THREADS), (fastapi_crowd, FASTAPI_THREADS)],
)
@pytest.mark.asyncio
async def test_plain_functions_share_a_bounded_number_of_threads(
    make: Any, threads: int
) -> None:
    """So many run at once and no more: one too many waits until another is done."""
    crowd = Crowd(threads)
    async with served(make(crowd)) as target, asyncio.TaskGroup() as tasks:
        come = (ask(target, "/come") for _ in range(threads + 1))
        asked = [tasks.create_task(each) for each in come]
        assert await asyncio.to_thread(crowd.full.wait, TIMEOUT)
        assert not any(task.done() for task in asked)
        crowd.end()
    assert {task.result().status for task in asked} == {200}
    assert crowd.most == threads


def test_quarts_number_of_threads_goes_by_the_processors() -> None:
    """It is that of the event loop's default executor, which Python sets."""
    cores = getattr(os, "process_cpu_count", os.cpu_count)()
    assert min(32, (cores or 1) + 4) == QUART_THREADS


def flask_weather(service: str) -> Flask:
    """A synchronous handler that asks a service."""
    app = Flask("flask")
    host, port = service.removeprefix("http://").split(":")

    @app.get("/weather")
    def weather() -> str:
        connection = HTTPConnection(host, int(port))
        connection.request("GET", "/forecast")
        with connection.getresponse() as response:
            body = response.read().decode()
        connection.close()
        return body

    return app


@pytest.mark.parametrize("threads", [8, CALLS])
@pytest.mark.asyncio
async def test_a_synchronous_app_waits_for_as_many_as_it_has_threads(
    threads: int,
) -> None:
    """Flask with 8 threads has 8 calls under way, with a thread for each has all."""
    async with (
        upstream(holds=True) as service,
        flask_served(flask_weather(service.url), threads) as target,
    ):
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(ask(target, "/weather")) for _ in range(CALLS)]
            await service.wait_for(threads)
            service.release()
        assert {task.result().status for task in asked} == {200}
        assert len(service.targets) == CALLS
        assert service.most_at_once == threads


def quart_weather(service: str) -> Quart:
    """A coroutine that asks a service."""
    app = Quart("quart")

    @app.get("/weather")
    async def weather() -> Any:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            return (await client.get(f"{service}/forecast")).json()

    return app


def fastapi_weather(service: str) -> FastAPI:
    """A coroutine that asks a service."""
    app = FastAPI()

    @app.get("/weather")
    async def weather() -> Any:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            return (await client.get(f"{service}/forecast")).json()

    return app


@pytest.mark.parametrize("make", [quart_weather, fastapi_weather])
@pytest.mark.asyncio
async def test_an_asynchronous_app_waits_for_all_in_one_thread(make: Any) -> None:
    """All its calls are under way at once, though none has a thread."""
    async with upstream(holds=True) as service:
        async with (
            served(make(service.url)) as target,
            within(2 * TIMEOUT, "all answers"),
            asyncio.TaskGroup() as tasks,
        ):
            for _ in range(CALLS):
                tasks.create_task(ask(target, "/weather"))
            await service.wait_for(CALLS)
            service.release()
        assert service.most_at_once == CALLS
