"""Every error, the core's and the framework's, becomes a problem (RFC 9457)."""

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.requests import HTTPConnection
from starlette.exceptions import HTTPException

from fastapi_app.routing import allowed_methods
from shared.errors import PROBLEM_JSON, InvalidInput, TandemError, problem


def register(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(TandemError, on_tandem_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(WebSocketRequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_error)


async def on_tandem_error(connection: HTTPConnection, error: Exception) -> Response:
    """The core's own errors."""
    assert isinstance(error, TandemError)
    body = error.problem(path(connection))
    return Response(body, error.status, error.headers, PROBLEM_JSON)


async def on_invalid(connection: HTTPConnection, error: Exception) -> Response:
    """What FastAPI's validation found."""
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    return await on_tandem_error(connection, InvalidInput.of(error.errors()))


async def on_http_error(connection: HTTPConnection, error: Exception) -> Response:
    """The framework's own errors, as its router and its body parser raise them."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    headers: dict[str, str] = {}
    if status == 400:  # a body that FastAPI could not parse
        return await on_tandem_error(connection, InvalidInput.no_json())
    if status == 405:
        headers["Allow"] = allowed_methods(connection)
    return Response(problem(status, path(connection)), status, headers, PROBLEM_JSON)


def path(connection: HTTPConnection) -> str:
    """The path of the request or the handshake."""
    return str(connection.scope["path"])
