"""The chat's socket, and the two HTTP routes of a room."""

from quart import Blueprint, g, request, websocket
from quart_schema import (
    document_querystring,
    tag_blueprint,
    validate_request,
    validate_response,
)

from quart_app.dependencies import get_core
from quart_app.security import token_required, verify
from quart_app.websocket import Disconnected
from shared.chat.frames import History, HistoryQuery, Join, Message, NewMessage, Room
from shared.chat.seat import Seat
from shared.chat.tokens import accepted
from shared.validation import checked, checked_query

blueprint = Blueprint("chat", __name__)
tag_blueprint(blueprint, ["chat"])
blueprint.before_websocket(verify)


@blueprint.websocket("/chat")
async def chat() -> None:
    """A client's connection to a room."""
    query = checked_query(Join, websocket.args.to_dict(flat=False))
    origin, host = (websocket.headers.get(name) for name in ("origin", "host"))
    scheme, offered = websocket.scheme, websocket.requested_subprotocols
    async with get_core().chat.join(query, origin, host, scheme, g.claims) as seat:
        await websocket.accept(subprotocol=accepted(offered))
        await seat.serve(read(seat), write(seat), websocket.close)


async def read(seat: Seat) -> None:
    """Hand what the client sends to its seat, until it has gone."""
    try:
        while True:
            await seat.take(await websocket.receive())
    except Disconnected:
        pass


async def write(seat: Seat) -> None:
    """Send the client what its seat has for it."""
    send = websocket.send  # the proxy looks it up anew each time
    async for frame in seat.frames():
        await send(frame)


@blueprint.get("/chat/<room>/messages")
@token_required
# Only documents it: validate_querystring would take `limit[]` for `limit`.
@document_querystring(HistoryQuery)
@validate_response(History)
async def history(room: str) -> History:
    """A page of a room's messages."""
    room = checked(Room, room, "path", "room")
    query = checked_query(HistoryQuery, request.args.to_dict(flat=False))
    return await get_core().chat.history(room, query, g.claims)


@blueprint.post("/chat/<room>/messages")
@token_required
@validate_request(NewMessage)
@validate_response(Message, 201)
@validate_response(Message, 200)
async def post(room: str, data: NewMessage) -> tuple[Message, int]:
    """Post a message to a room; 200 if its `ref` was there already."""
    room = checked(Room, room, "path", "room")
    sender = request.remote_addr
    assert sender
    message, created = await get_core().chat.post(room, data, sender, g.claims)
    return message, 201 if created else 200
