"""What the probes share: asking, and waiting for what happens in an app."""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping

from tests.contract.patience import TIMEOUT
from tests.contract.raw import Response, WebSocket, ask
from tests.differences.ledger import Observation, Value
from tests.differences.stock import StockCell, StockCells

_FENCES = 20
_keys = itertools.count()


def new_key() -> str:
    """A name that no other probe has for what happens in the app."""
    return f"key-{next(_keys)}"


async def answer(
    cell: StockCell,
    target: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Response:
    """What is answered to a request on a connection of its own."""
    given = dict(headers or {})
    if body or method == "POST":
        given["Content-Length"] = str(len(body))
    return await ask(cell, target, method=method, headers=given, body=body)


def status(response: Response) -> Observation:
    """A response's status."""
    return {"status": response.status}


def status_and_type(response: Response) -> dict[str, Value]:
    """A response's status and the media type of its body."""
    return {"status": response.status, "type": _media_type(response)}


def status_and_body(response: Response) -> dict[str, Value]:
    """A response's status and body, of an error's body only the media type."""
    if response.status >= 400:
        return status_and_type(response)
    return {"status": response.status, "body": response.body.decode().strip()}


def in_short(response: Response) -> str:
    """A response's status and body, in one text."""
    return " ".join(str(value) for value in status_and_body(response).values())


async def plain_and_modelled(
    cells: StockCells, target: str, shown: Callable[[Response], Value]
) -> dict[str, Value]:
    """What the plain app answers, and the app with models."""
    models = {"quart": "with quart-schema", "fastapi": "with a model"}
    return {
        "plain": shown(await answer(cells.app, target)),
        models[cells.framework]: shown(await answer(cells.api, target)),
    }


def header(response: Response, name: str) -> str | None:
    """A header's value, if there is such a header."""
    value: str | None = response.headers.get(name)
    return value


def _media_type(response: Response) -> str:
    if not response.body:
        return "no body"
    return (header(response, "content-type") or "none").partition(";")[0]


async def happened(cell: StockCell, key: str) -> list[str]:
    """What has happened so far."""
    notes: list[str] = json.loads((await answer(cell, f"/happened/{key}")).body)
    return notes


async def wait_for_notes(cell: StockCell, key: str, count: int) -> list[str]:
    """What has happened, once that is so many things."""
    async with asyncio.timeout(TIMEOUT):
        while len(notes := await happened(cell, key)) < count:
            pass
    return notes


async def fence(cell: StockCell) -> None:
    """Return when the app must have noticed all that was sent before.

    Round trips on the app's one event loop: what was there to be read before the first
    of them has been read after a few. A time would be too short on a slow machine.
    """
    for _ in range(_FENCES):
        await answer(cell, "/happened/fence")


async def release(cell: StockCell, key: str) -> None:
    """Let what waits for this key go on."""
    await answer(cell, f"/release/{key}", method="POST")


async def end_of(websocket: WebSocket, *, timeout: float = TIMEOUT) -> str:
    """How the server ends a socket: its close code, or that there was none."""
    try:
        frame = await websocket.receive_close(timeout=timeout)
    except (EOFError, ConnectionError):
        return "no close frame (1006)"
    return f"close {frame.close_code}"
