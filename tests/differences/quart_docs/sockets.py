"""WebSockets as the documentation writes them."""

import asyncio

from quart import Blueprint, abort, websocket

from tests.differences.happened import note, released

blueprint = Blueprint("sockets", __name__)


@blueprint.websocket("/echo")
async def echo():
    """Send back what comes."""
    while True:
        data = await websocket.receive()
        # The cheat sheet's own line; a binary frame shows what mypy means.
        await websocket.send(f"Echo {data}")  # type: ignore[str-bytes-safe]


@blueprint.websocket("/refuses")
async def refuses():
    """Refuse the handshake."""
    return "Invalid password", 401


@blueprint.websocket("/aborts")
async def aborts():
    """Refuse the handshake by an HTTP error."""
    abort(401)


@blueprint.websocket("/closes")
async def closes():
    """Close before the handshake is accepted."""
    await websocket.close(1008, "go away")


@blueprint.websocket("/silent")
async def silent():
    """Send without having accepted."""
    await websocket.send("Hello")
    await websocket.receive()


@blueprint.websocket("/typed")
async def typed():
    """A query with a number that has a default."""
    number = websocket.args.get("number", default=1, type=int)
    await websocket.accept()
    await websocket.send(f"{number}")


@blueprint.websocket("/raises")
async def raises():
    """A bug while the socket is open."""
    await websocket.receive()
    raise RuntimeError("in the handler")


@blueprint.websocket("/returns")
async def returns():
    """A handler that ends while the socket is open."""
    await websocket.receive()


@blueprint.websocket("/json")
async def as_json():
    """Send JSON."""
    await websocket.send_json({"zebra": 1, "ant": "Käfer"})
    await websocket.receive()


@blueprint.websocket("/counts/<key>")
async def counts(key):
    """Take a moment for each frame; see how it ends."""
    count = 0
    try:
        while True:
            await websocket.receive()
            await asyncio.sleep(0.001)
            count += 1
    except asyncio.CancelledError:
        note(key, "CancelledError")
        note(key, str(count))
        raise


@blueprint.websocket("/busy/<key>")
async def busy(key):
    """Be busy with something else than receiving."""
    await websocket.accept()
    note(key, "began")
    try:
        await released(key)
    except asyncio.CancelledError:
        note(key, "cancelled")
        raise
    note(key, "went on to the end")


@blueprint.websocket("/pours/<key>")
async def pours(key):
    """Send without end."""
    for number in range(1_024):
        await websocket.send("x" * 65_536)
        note(key, str(number))
