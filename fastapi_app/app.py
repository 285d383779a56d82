"""The app: its life, its routes, what is around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from fastapi_app import chat, errors, operations, weather
from fastapi_app.routing import HeadMiddleware, no_such_socket
from shared.core import Core, open_core
from shared.middleware import Middleware
from shared.openapi import DESCRIPTION, TITLE, VERSION
from shared.settings import Settings
from shared.web import FOLDER


def create_app(settings: Settings | None = None, core: Core | None = None) -> FastAPI:
    """The app, with a core of its own unless one is given to share."""
    settings = settings or (core.settings if core else Settings.load())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with nullcontext(core) if core else open_core(settings) as app.state.core:
            yield

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        # Quart has none to compare; it costs a little even where nobody listens.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(weather.router)
    app.include_router(chat.router)
    app.include_router(operations.router)
    app.add_api_websocket_route("/{path:path}", no_such_socket)
    errors.register(app)
    # After the route for sockets that are not there: a mount refuses them with 403.
    app.mount("/static", StaticFiles(directory=FOLDER))
    app.add_middleware(HeadMiddleware)
    app.add_middleware(Middleware, framework="fastapi", settings=settings)
    return app
