"""Quart's minimal handlers: a constant as long as a report, and a relay."""

import asyncio
import os
from collections.abc import AsyncGenerator

from quart import Quart, Response, websocket

from benchmarks.load.http import constant


class Broker:
    """A queue for each client, as the chat of Quart's tutorial has it."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[str | bytes]] = set()

    async def publish(self, text: str | bytes) -> None:
        """Give it to all clients."""
        for queue in self._queues:
            await queue.put(text)

    async def subscribe(self) -> AsyncGenerator[str | bytes, None]:
        """What is published from now on."""
        queue: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.remove(queue)


def create_app() -> Quart:
    """Answers with BODY_BYTES bytes of JSON, and sends each frame on to all sockets."""
    app = Quart(__name__, static_folder=None)
    app.config["RESPONSE_TIMEOUT"] = None  # on Python 3.11 it is a task per request
    body = constant(int(os.environ["BODY_BYTES"]))
    broker = Broker()

    @app.get("/")
    async def answer() -> Response:
        return Response(body, content_type="application/json")

    async def receive() -> None:
        while True:
            await broker.publish(await websocket.receive())

    @app.websocket("/")
    async def relay() -> None:
        receiving = asyncio.create_task(receive())
        try:
            await websocket.send("{}")
            async for text in broker.subscribe():
                await websocket.send(text)
        finally:  # Quart cancels the handler of who has gone
            receiving.cancel()

    return app
