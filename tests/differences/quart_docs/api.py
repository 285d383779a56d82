"""An API with validation, by the extension that Quart's own API tutorial uses."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from quart import Quart, current_app, jsonify
from quart_schema import QuartSchema, validate_request, validate_response

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


@app.after_request
async def show_user(response):
    """See in a hook what the handler has set."""
    response.headers["X-User"] = user.get()
    return response


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


@app.get("/database")
async def database():
    """A handler that uses the database."""
    return jsonify(current_app.config["DATABASE"])


@app.get("/user")
async def set_user():
    """Set a context variable."""
    user.set("ann")
    return "Hello"
