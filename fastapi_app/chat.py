"""The chat's socket, and the two HTTP routes of a room."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, WebSocket
from fastapi.websockets import WebSocketDisconnect

from fastapi_app.dependencies import get_core
from fastapi_app.routing import StrictRoute
from fastapi_app.security import TokenRequired
from shared.chat.frames import History, HistoryQuery, Join, Message, NewMessage, Room
from shared.chat.seat import Seat
from shared.chat.tokens import accepted
from shared.core import Core
from shared.openapi import PROBLEMS, TOKEN_OPTIONAL

router = APIRouter(tags=["chat"], responses=PROBLEMS, route_class=StrictRoute)


@router.websocket("/chat")
async def chat(
    websocket: WebSocket,
    query: Annotated[Join, Query()],
    core: Annotated[Core, Depends(get_core)],
    claims: TokenRequired,
) -> None:
    """A client's connection to a room."""
    origin, host = (websocket.headers.get(name) for name in ("origin", "host"))
    scheme, offered = websocket.scope["scheme"], websocket.scope["subprotocols"]
    async with core.chat.join(query, origin, host, scheme, claims) as seat:
        await websocket.accept(accepted(offered))
        await seat.serve(read(websocket, seat), write(websocket, seat), websocket.close)


async def read(websocket: WebSocket, seat: Seat) -> None:
    """Hand what the client sends to its seat, until it has gone."""
    while (event := await websocket.receive())["type"] == "websocket.receive":
        text = event.get("text")
        await seat.take(event["bytes"] if text is None else text)


async def write(websocket: WebSocket, seat: Seat) -> None:
    """Send the client what its seat has for it."""
    try:
        async for frame in seat.frames():  # pragma: no branch -- they never end
            await websocket.send_text(frame)
    except WebSocketDisconnect:
        pass  # read sees it too, and ends the connection


@router.get("/chat/{room}/messages", openapi_extra=TOKEN_OPTIONAL)
async def history(
    room: Room,
    query: Annotated[HistoryQuery, Query()],
    core: Annotated[Core, Depends(get_core)],
    claims: TokenRequired,
) -> History:
    """A page of a room's messages."""
    return await core.chat.history(room, query, claims)


@router.post(
    "/chat/{room}/messages",
    status_code=201,
    responses={200: {"model": Message}},
    openapi_extra=TOKEN_OPTIONAL,
)
async def post(
    room: Room,
    new: NewMessage,
    request: Request,
    response: Response,
    core: Annotated[Core, Depends(get_core)],
    claims: TokenRequired,
) -> Message:
    """Post a message to a room; 200 if its `ref` was there already."""
    assert request.client
    message, created = await core.chat.post(room, new, request.client.host, claims)
    response.status_code = 201 if created else 200
    return message
