"""WebSockets as the documentation writes them."""

import asyncio
from typing import Annotated

from fastapi import (
    APIRouter,
    Depends,
    HTTPException,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
    status,
)

from tests.differences.happened import note, released

router = APIRouter()


@router.websocket("/echo")
async def echo(websocket: WebSocket):
    """Send back what comes."""
    await websocket.accept()
    while True:
        data = await websocket.receive_text()
        await websocket.send_text(f"Echo {data}")


async def check_password():
    """A dependency that refuses."""
    raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)


@router.websocket("/refuses")
async def refuses(
    websocket: WebSocket, password: Annotated[str, Depends(check_password)]
):
    """Refuse the handshake."""
    await websocket.accept()


@router.websocket("/aborts")
async def aborts(websocket: WebSocket):
    """Refuse the handshake by an HTTP error."""
    raise HTTPException(status_code=401, detail="Invalid password")


@router.websocket("/closes")
async def closes(websocket: WebSocket):
    """Close before the handshake is accepted."""
    await websocket.close(1008, "go away")


@router.websocket("/silent")
async def silent(websocket: WebSocket):
    """Send without having accepted."""
    await websocket.send_text("Hello")
    await websocket.receive_text()


@router.websocket("/typed")
async def typed(websocket: WebSocket, number: int = 1):
    """A query with a number that has a default."""
    await websocket.accept()
    await websocket.send_text(f"{number}")


@router.websocket("/raises")
async def raises(websocket: WebSocket):
    """A bug while the socket is open."""
    await websocket.accept()
    await websocket.receive_text()
    raise RuntimeError("in the handler")


@router.websocket("/returns")
async def returns(websocket: WebSocket):
    """A handler that ends while the socket is open."""
    await websocket.accept()
    await websocket.receive_text()


@router.websocket("/json")
async def as_json(websocket: WebSocket):
    """Send JSON."""
    await websocket.accept()
    await websocket.send_json({"zebra": 1, "ant": "Käfer"})
    await websocket.receive_text()


@router.websocket("/counts/{key}")
async def counts(websocket: WebSocket, key: str):
    """Take a moment for each frame; see how it ends."""
    await websocket.accept()
    count = 0
    try:
        while True:
            await websocket.receive_text()
            await asyncio.sleep(0.001)
            count += 1
    except WebSocketDisconnect as disconnect:
        note(key, f"WebSocketDisconnect {disconnect.code}")
        note(key, str(count))


@router.websocket("/busy/{key}")
async def busy(websocket: WebSocket, key: str):
    """Be busy with something else than receiving."""
    await websocket.accept()
    note(key, "began")
    try:
        await released(key)
    except asyncio.CancelledError:
        note(key, "cancelled")
        raise
    note(key, "went on to the end")


@router.websocket("/pours/{key}")
async def pours(websocket: WebSocket, key: str):
    """Send without end."""
    await websocket.accept()
    for number in range(1_024):
        await websocket.send_text("x" * 65_536)
        note(key, str(number))
