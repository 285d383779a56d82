"""An app with the routes that most apps have, each as the documentation writes it."""

import asyncio
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal

from quart import Quart, abort, jsonify, make_response, redirect, request, session

from tests.differences.happened import note, notes, release, released
from tests.differences.quart_docs.sockets import blueprint

app = Quart(__name__, static_folder="../static")
app.secret_key = "not a secret"
app.register_blueprint(blueprint)
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


# Quart's documented way to wrap an app is to replace this method.
app.asgi_app = AsgiMiddleware(app.asgi_app)  # type: ignore[method-assign]


@app.before_serving
async def startup():
    """Run before the first request."""
    note("life", "started")


@app.get("/happened/<key>")
async def happened(key):
    """What a probe asks: what happened in this app."""
    return jsonify(notes(key))


@app.post("/release/<key>")
async def let_go(key):
    """Let what waits go on."""
    release(key)
    return "released"


@app.get("/items")
async def items():
    """JSON from a dict."""
    return {"zebra": 1, "ant": "Käfer"}


@app.post("/items")
async def create_item():
    """JSON in, JSON out."""
    data = await request.get_json()
    return {"got": data}


@app.get("/folder/")
async def folder():
    """A route with a slash at its end."""
    return "folder"


@app.get("/names/<name>")
async def names(name):
    """A text from the path."""
    return {"name": name}


@app.get("/files/<path:file_path>")
async def files(file_path):
    """A text from the path that may have slashes."""
    return {"file_path": file_path}


@app.get("/users/<name>")
async def read_user(name):
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


@app.get("/numbers/<int:number>")
async def numbers(number):
    """A number from the path."""
    return {"number": number}


@app.get("/search")
async def search():
    """A query that must have a key."""
    return {"q": request.args["q"]}


@app.get("/pages")
async def pages():
    """A query with a number that has a default."""
    return {"page": request.args.get("page", default=1, type=int)}


@app.get("/url")
async def url():
    """The URL that was asked for."""
    return {"url": request.url}


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
    return redirect("/items")


@app.get("/abort")
async def refused():
    """An error that the handler chooses."""
    abort(403, "Members only")


@app.get("/error")
async def error():
    """A handler with a bug."""
    return {"result": 1 / 0}


@app.get("/sync")
def sync():
    """A handler that is no coroutine function."""
    return {"thread": threading.current_thread().name}


@app.get("/cookie")
async def cookie():
    """A cookie."""
    response = await make_response("Hello")
    response.set_cookie("name", "value")
    return response


@app.get("/session")
async def log_in():
    """A session."""
    session["user"] = "ann"
    return "Hello"


@app.post("/form")
async def form():
    """A form's field."""
    size = len((await request.form)["text"])
    return {"size": size}


@app.post("/upload")
async def upload():
    """An uploaded file."""
    file = (await request.files)["file"]
    return {"name": file.filename, "size": len(file.read())}


@app.get("/slow/<key>")
async def slow(key):
    """A handler that takes its time."""
    note(key, "began")
    try:
        await released(key)
    except asyncio.CancelledError:
        note(key, "cancelled")
        raise
    note(key, "went on to the end")
    return "done"


@app.get("/stream/<key>")
async def stream(key):
    """A response that is streamed."""

    async def async_generator():
        try:
            yield b"first"
            await released(key)
            note(key, "went on after the client had gone")
        except asyncio.CancelledError:
            note(key, "cancelled")
            raise

    return async_generator()


@app.get("/breaks")
async def breaks():
    """A stream with a bug after its first part."""

    async def async_generator():
        yield b"first"
        raise RuntimeError("midway")

    return async_generator()


@app.post("/background/<key>")
async def background(key):
    """A background task."""
    note(key, "handler began")
    app.add_background_task(take_note, key)
    await released(key)
    note(key, "handler ended")
    return "accepted"


@app.post("/background-raises/<key>")
async def background_raises(key):
    """A background task with a bug."""
    app.add_background_task(fail, key)
    return "accepted"


async def take_note(key):
    """A task that leaves a trace."""
    note(key, "task began")


async def fail(key):
    """A task that raises."""
    note(key, "task raised")
    raise RuntimeError("in the background")
