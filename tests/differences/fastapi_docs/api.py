"""An API with validation, which FastAPI brings along."""

from contextvars import ContextVar
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel

app = FastAPI()
user = ContextVar("user", default="nobody")


class TodoIn(BaseModel):
    """What is to be done."""

    task: str
    due: datetime | None = None


class Todo(TodoIn):
    """The same with its number."""

    id: int = 0


@app.middleware("http")
async def show_user(request: Request, call_next):
    """See in a hook what the handler has set."""
    response = await call_next(request)
    response.headers["X-User"] = user.get()
    return response


@app.post("/todos")
async def create_todo(data: TodoIn) -> Todo:
    """A body that is validated."""
    return Todo(id=1, task=data.task, due=data.due)


@app.get("/todos/surplus", response_model=Todo)
async def surplus():
    """A response with more than its model has."""
    return {"task": "write", "id": 1, "due": None, "secret": "x"}


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
