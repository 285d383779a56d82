"""The app: its life, its routes, what is around them."""

from collections.abc import AsyncGenerator
from contextlib import nullcontext

from quart import Quart
from quart_schema import Info, QuartSchema

from quart_app import chat, errors, operations, weather
from quart_app.json_provider import (
    ContractJSONProvider,
    ContractRequest,
    leave_responses_alone,
)
from quart_app.openapi import OpenAPIProvider
from quart_app.security import SCHEME
from quart_app.websocket import Socket, WebSocketConnection
from shared.core import Core, open_core
from shared.middleware import Middleware
from shared.openapi import BEARER, DESCRIPTION, TITLE, VERSION
from shared.settings import Settings
from shared.web import FOLDER


def create_app(settings: Settings | None = None, core: Core | None = None) -> Quart:
    """The app, with a core of its own unless one is given to share."""
    settings = settings or (core.settings if core else Settings.load())

    async def lifespan() -> AsyncGenerator[None]:
        context = nullcontext(core) if core else open_core(settings)
        async with context as app.extensions["tandem"]:
            yield

    app = Quart(__name__, static_folder=None)  # its route would answer OPTIONS
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = True  # to the middleware, which has their id
    # It would cut slow downloads, and on Python 3.11 it is a task per request.
    app.config["RESPONSE_TIMEOUT"] = None
    app.url_map.merge_slashes = False
    app.while_serving(lifespan)
    app.websocket_class = Socket
    app.asgi_websocket_class = WebSocketConnection
    QuartSchema(
        app,
        info=Info(title=TITLE, version=VERSION, description=DESCRIPTION),
        swagger_ui_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        # Our JSON provider writes plain values only; their type leaves out `mode`.
        pydantic_dump_options={"mode": "json"},  # type: ignore[arg-type]
        openapi_provider_class=OpenAPIProvider,
        security_schemes={BEARER: SCHEME},
    )
    leave_responses_alone(app)
    app.json = ContractJSONProvider(app)
    app.request_class = ContractRequest
    app.register_blueprint(weather.blueprint)
    app.register_blueprint(chat.blueprint)
    app.register_blueprint(operations.blueprint)
    app.static_folder = str(FOLDER)
    app.add_url_rule("/static/<path:filename>", "static", app.send_static_file)
    errors.register(app)
    # Quart's documented way to wrap an app is to replace this method.
    app.asgi_app = Middleware(app.asgi_app, "quart", settings)  # type: ignore[assignment,method-assign]
    return app
