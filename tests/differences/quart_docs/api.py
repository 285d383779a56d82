"""An API with validation, by the extension that Quart's own API tutorial uses."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from quart import Quart, abort, current_app, jsonify, request, websocket
from quart_schema import (
    QuartSchema,
    validate_querystring,
    validate_request,
    validate_response,
)

from tests.differences.happened import note, notes

app = Quart(__name__)
app.config["DATABASE"] = "app.db"
QuartSchema(app)
user = ContextVar("user", default="nobody")


@dataclass
class TodoIn:
    """What is to be done."""

    task: str
    due: datetime | None = None


@dataclass
class Todo(TodoIn):
    """The same with its number."""

    id: int = 0


@dataclass
class Paging:
    """A query with a number that has a default."""

    page: int = 1


@dataclass
class Search:
    """A query that must have a key."""

    q: str


@dataclass
class Tags:
    """A query with a key that may be given often."""

    tag: list[str] = field(default_factory=list)


@dataclass
class Moment:
    """A time."""

    at: datetime


@dataclass
class Price:
    """A decimal number."""

    price: Decimal


@dataclass
class Measurement:
    """A float."""

    value: float


@app.before_request
async def check_token():
    """Refuse in a hook."""
    if request.headers.get("X-Token") == "wrong":
        abort(401)


@app.before_websocket
async def see_socket():
    """See a socket in a hook."""
    note(websocket.args["key"], "hook")


@app.after_request
async def show_user(response):
    """See in a hook what the handler has set."""
    response.headers["X-User"] = user.get()
    return response


@app.get("/happened/<key>")
async def happened(key):
    """What a probe asks: what happened in this app."""
    return jsonify(notes(key))


@app.websocket("/ws")
async def ws():
    """A socket that says hello."""
    note(websocket.args["key"], "handler")
    await websocket.send("Hello")
    await websocket.receive()


@app.get("/pages")
@validate_querystring(Paging)
async def pages(query_args: Paging):
    """A query with a number that has a default."""
    return {"page": query_args.page}


@app.get("/search")
@validate_querystring(Search)
async def search(query_args: Search):
    """A query that must have a key."""
    return {"q": query_args.q}


@app.get("/tags")
@validate_querystring(Tags)
async def tags(query_args: Tags):
    """A query with a key that may be given often."""
    return {"tag": query_args.tag}


@app.get("/datetime")
@validate_response(Moment)
async def date_and_time() -> Moment:
    """A time in JSON."""
    return Moment(at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


@app.get("/decimal")
@validate_response(Price)
async def decimal() -> Price:
    """A decimal number in JSON."""
    return Price(price=Decimal("1.10"))


@app.get("/nan")
@validate_response(Measurement)
async def nan() -> Measurement:
    """A float in JSON that is not a number."""
    return Measurement(value=float("nan"))


@app.post("/todos")
@validate_request(TodoIn)
@validate_response(Todo)
async def create_todo(data: TodoIn) -> Todo:
    """A body that is validated."""
    return Todo(id=1, task=data.task, due=data.due)


@app.get("/todos/surplus")
@validate_response(Todo)
async def surplus():
    """A response with more than its model has."""
    return {"task": "write", "id": 1, "due": None, "secret": "x"}


@app.get("/todos/subclass")
@validate_response(TodoIn)
async def subclass():
    """A response of a class below its model."""
    return Todo(task="write", id=1)


@app.get("/database")
async def database():
    """A handler that uses the database."""
    return jsonify(current_app.config["DATABASE"])


@app.get("/user")
async def set_user():
    """Set a context variable."""
    user.set("ann")
    return "Hello"
