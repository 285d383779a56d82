"""An app with the routes that most apps have, each as the documentation writes it."""

import asyncio
import threading
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from fastapi import (
    BackgroundTasks,
    FastAPI,
    Form,
    HTTPException,
    Request,
    Response,
    UploadFile,
)
from fastapi.responses import RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.middleware.sessions import SessionMiddleware

from tests.differences.fastapi_docs.sockets import router
from tests.differences.happened import note, notes, release, released


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Run before the first request."""
    note("life", "started")
    yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(SessionMiddleware, secret_key="not a secret")
app.include_router(router)
_STATIC = Path(__file__).parents[1] / "static"
app.mount("/static", StaticFiles(directory=_STATIC), name="static")
user = ContextVar("user", default="nobody")


class AsgiMiddleware:
    """ASGI middleware around the app; a request's query names what it notes."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """One ASGI connection."""
        key = scope.get("query_string", b"").decode()
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            note(key, type(error).__name__)
            raise
        note(key, f"user: {user.get()}")


app.add_middleware(AsgiMiddleware)


class Item(BaseModel):
    """What a body must have."""

    name: str


@app.get("/happened/{key}")
async def happened(key: str):
    """What a probe asks: what happened in this app."""
    return notes(key)


@app.post("/release/{key}")
async def let_go(key: str):
    """Let what waits go on."""
    release(key)
    return "released"


@app.get("/items")
async def items():
    """JSON from a dict."""
    return {"zebra": 1, "ant": "Käfer"}


@app.post("/items")
async def create_item(item: Item):
    """JSON in, JSON out."""
    return {"got": item}


@app.get("/folder/")
async def folder():
    """A route with a slash at its end."""
    return "folder"


@app.get("/names/{name}")
async def names(name: str):
    """A text from the path."""
    return {"name": name}


@app.get("/files/{file_path:path}")
async def files(file_path: str):
    """A text from the path that may have slashes."""
    return {"file_path": file_path}


@app.get("/users/{name}")
async def read_user(name: str):
    """A page for each user."""
    return {"user": name}


@app.get("/users/me")
async def read_user_me():
    """A page whose path is also that of a user named `me`."""
    return {"user": "the one who asks"}


@app.get("/user")
async def set_user():
    """Set a context variable."""
    user.set("ann")
    return "Hello"


@app.get("/numbers/{number}")
async def numbers(number: int):
    """A number from the path."""
    return {"number": number}


@app.get("/search")
async def search(q: str):
    """A query that must have a key."""
    return {"q": q}


@app.get("/pages")
async def pages(page: int = 1):
    """A query with a number that has a default."""
    return {"page": page}


@app.get("/url")
async def url(request: Request):
    """The URL that was asked for."""
    return {"url": str(request.url)}


@app.get("/datetime")
async def date_and_time():
    """A time in JSON."""
    return {"at": datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)}


@app.get("/decimal")
async def decimal():
    """A decimal number in JSON."""
    return {"price": Decimal("1.10")}


@app.get("/nan")
async def nan():
    """A float in JSON that is not a number."""
    return {"value": float("nan")}


@app.get("/none")
async def none():
    """A handler that returns nothing."""


@app.get("/text")
async def text():
    """A handler that returns a str."""
    return "Hello"


@app.get("/pair")
async def pair():
    """A handler that returns a tuple."""
    return "Hello", 201


@app.get("/redirect")
async def redirected():
    """A redirect."""
    return RedirectResponse("/items")


@app.get("/abort")
async def refused():
    """An error that the handler chooses."""
    raise HTTPException(status_code=403, detail="Members only")


@app.get("/error")
async def error():
    """A handler with a bug."""
    return {"result": 1 / 0}


@app.get("/sync")
def sync():
    """A handler that is no coroutine function."""
    return {"thread": threading.current_thread().name}


@app.get("/cookie")
async def cookie(response: Response):
    """A cookie."""
    response.set_cookie(key="name", value="value")
    return "Hello"


@app.get("/session")
async def log_in(request: Request):
    """A session."""
    request.session["user"] = "ann"
    return "Hello"


@app.post("/form")
async def form(text: Annotated[str, Form()]):
    """A form's field."""
    return {"size": len(text)}


@app.post("/upload")
async def upload(file: UploadFile):
    """An uploaded file."""
    return {"name": file.filename, "size": len(await file.read())}


@app.get("/slow/{key}")
async def slow(key: str):
    """A handler that takes its time."""
    note(key, "began")
    try:
        await released(key)
    except asyncio.CancelledError:
        note(key, "cancelled")
        raise
    note(key, "went on to the end")
    return "done"


@app.get("/stream/{key}")
async def stream(key: str):
    """A response that is streamed."""

    async def async_generator():
        try:
            yield b"first"
            await released(key)
            note(key, "went on after the client had gone")
        except asyncio.CancelledError:
            note(key, "cancelled")
            raise

    return StreamingResponse(async_generator())


@app.get("/breaks")
async def breaks():
    """A stream with a bug after its first part."""

    async def async_generator():
        yield b"first"
        raise RuntimeError("midway")

    return StreamingResponse(async_generator())


@app.post("/background/{key}")
async def background(key: str, background_tasks: BackgroundTasks):
    """A background task."""
    note(key, "handler began")
    background_tasks.add_task(take_note, key)
    await released(key)
    note(key, "handler ended")
    return "accepted"


@app.post("/background-raises/{key}")
async def background_raises(key: str, background_tasks: BackgroundTasks):
    """A background task with a bug."""
    background_tasks.add_task(fail, key)
    return "accepted"


async def take_note(key: str):
    """A task that leaves a trace."""
    note(key, "task began")


async def fail(key: str):
    """A task that raises."""
    note(key, "task raised")
    raise RuntimeError("in the background")
