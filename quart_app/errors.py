"""Every error, the core's and the framework's, becomes a problem (RFC 9457)."""

from pydantic import ValidationError
from quart import (
    Quart,
    Response,
    has_websocket_context,
    request,
    websocket,
)
from quart.globals import request_ctx
from quart_schema import RequestSchemaValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import WebsocketMismatch

from shared.errors import PROBLEM_JSON, InvalidInput, TandemError, problem


def register(app: Quart) -> None:
    """Register the handlers."""
    app.register_error_handler(TandemError, on_tandem_error)
    app.register_error_handler(RequestSchemaValidationError, on_invalid)
    app.register_error_handler(HTTPException, on_http_error)


async def on_tandem_error(error: TandemError) -> Response:
    """The core's own errors."""
    body = error.problem(path())
    return Response(body, error.status, error.headers, content_type=PROBLEM_JSON)


async def on_invalid(error: RequestSchemaValidationError) -> Response:
    """What quart-schema's validation of a body found."""
    assert isinstance(error.validation_error, ValidationError)
    return await on_tandem_error(
        InvalidInput.of(error.validation_error.errors(), "body")
    )


async def on_http_error(error: HTTPException) -> Response:
    """The framework's own errors, as its router and its body parser raise them."""
    status = error.code or 500
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed) and not has_websocket_context():
        adapter = request_ctx.url_adapter
        assert adapter
        # Werkzeug gives a socket's path a method too, which no request can use.
        usable = [
            each for each in error.valid_methods or () if adapter.test(None, each)
        ]
        status, headers = (
            (405, {"Allow": ", ".join(sorted(usable))}) if usable else (404, {})
        )
    elif isinstance(error, MethodNotAllowed | WebsocketMismatch):
        status = 404  # a page asked for by a socket, or a socket by a page
    elif status == 400:  # a body that Quart could not parse
        return await on_tandem_error(InvalidInput.no_json())
    return Response(problem(status, path()), status, headers, content_type=PROBLEM_JSON)


def path() -> str:
    """The path of the request or the handshake."""
    return websocket.path if has_websocket_context() else request.path
