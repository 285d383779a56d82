"""An API with validation, which FastAPI brings along."""

from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request, WebSocket
from pydantic import BaseModel

from tests.differences.happened import note, notes

app = FastAPI()
user = ContextVar("user", default="nobody")


class TodoIn(BaseModel):
    """What is to be done."""

    task: str
    due: datetime | None = None


class Todo(TodoIn):
    """The same with its number."""

    id: int = 0


class Paging(BaseModel):
    """A query with a number that has a default."""

    page: int = 1


class Search(BaseModel):
    """A query that must have a key."""

    q: str


class Tags(BaseModel):
    """A query with a key that may be given often."""

    tag: list[str] = []


class Moment(BaseModel):
    """A time."""

    at: datetime


class Price(BaseModel):
    """A decimal number."""

    price: Decimal


class Measurement(BaseModel):
    """A float."""

    value: float


@app.middleware("http")
async def check_token(request: Request, call_next):
    """Refuse in a hook; see a socket in it, if there is one to be seen."""
    note(request.query_params.get("key", ""), "hook")
    if request.headers.get("X-Token") == "wrong":
        raise HTTPException(status_code=401)
    return await call_next(request)


@app.middleware("http")
async def show_user(request: Request, call_next):
    """See in a hook what the handler has set."""
    response = await call_next(request)
    response.headers["X-User"] = user.get()
    return response


@app.get("/happened/{key}")
async def happened(key: str):
    """What a probe asks: what happened in this app."""
    return notes(key)


@app.websocket("/ws")
async def ws(websocket: WebSocket, key: str):
    """A socket that says hello."""
    note(key, "handler")
    await websocket.accept()
    await websocket.send_text("Hello")
    await websocket.receive_text()


@app.get("/pages")
async def pages(query: Annotated[Paging, Query()]):
    """A query with a number that has a default."""
    return {"page": query.page}


@app.get("/search")
async def search(query: Annotated[Search, Query()]):
    """A query that must have a key."""
    return {"q": query.q}


@app.get("/tags")
async def tags(query: Annotated[Tags, Query()]):
    """A query with a key that may be given often."""
    return {"tag": query.tag}


@app.get("/datetime")
async def date_and_time() -> Moment:
    """A time in JSON."""
    return Moment(at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


@app.get("/decimal")
async def decimal() -> Price:
    """A decimal number in JSON."""
    return Price(price=Decimal("1.10"))


@app.get("/nan")
async def nan() -> Measurement:
    """A float in JSON that is not a number."""
    return Measurement(value=float("nan"))


@app.post("/todos")
async def create_todo(data: TodoIn) -> Todo:
    """A body that is validated."""
    return Todo(id=1, task=data.task, due=data.due)


@app.get("/todos/surplus", response_model=Todo)
async def surplus():
    """A response with more than its model has."""
    return {"task": "write", "id": 1, "due": None, "secret": "x"}


@app.get("/todos/subclass", response_model=TodoIn)
async def subclass():
    """A response of a class below its model."""
    return Todo(task="write", id=1)


async def get_database():
    """A dependency."""
    return "app.db"


@app.get("/database")
async def database(name: Annotated[str, Depends(get_database)]):
    """A handler that uses the database."""
    return name


@app.get("/user")
async def set_user():
    """Set a context variable."""
    user.set("ann")
    return "Hello"
