"""An error handler that does not handle all errors."""

from collections.abc import Callable

import fastapi
import starlette.exceptions
import werkzeug.exceptions
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from quart import Quart, Response, abort

from tests.contract.raw import ask
from tests.lessons.lesson import Lesson
from tests.serving import served

_OURS = "application/problem+json"


def naive_quart() -> Quart:
    """A handler for 404."""
    app = Quart(__name__)

    @app.errorhandler(404)
    async def not_found(error: Exception) -> Response:
        return Response('{"status": 404}', 404, content_type=_OURS)

    @app.get("/secret")
    async def secret() -> str:
        abort(403)

    return app


def naive_fastapi() -> FastAPI:
    """A handler for FastAPI's HTTPException."""
    app = FastAPI()

    @app.exception_handler(fastapi.HTTPException)
    async def on_http_error(
        request: Request, error: fastapi.HTTPException
    ) -> JSONResponse:
        status = error.status_code
        return JSONResponse({"status": status}, status, media_type=_OURS)

    @app.get("/secret")
    async def secret() -> None:
        raise fastapi.HTTPException(403)

    return app


def fixed_quart() -> Quart:
    """A handler for Werkzeug's HTTPException, which Quart itself raises."""
    app = Quart(__name__)

    @app.errorhandler(werkzeug.exceptions.HTTPException)
    async def on_http_error(error: werkzeug.exceptions.HTTPException) -> Response:
        status = error.code or 500
        return Response(f'{{"status": {status}}}', status, content_type=_OURS)

    @app.get("/secret")
    async def secret() -> str:
        abort(403)

    return app


def fixed_fastapi() -> FastAPI:
    """A handler for Starlette's HTTPException, which the router itself raises."""
    app = FastAPI()

    @app.exception_handler(starlette.exceptions.HTTPException)
    async def on_http_error(
        request: Request, error: starlette.exceptions.HTTPException
    ) -> JSONResponse:
        status = error.status_code
        return JSONResponse({"status": status}, status, media_type=_OURS)

    @app.get("/secret")
    async def secret() -> None:
        raise fastapi.HTTPException(403)

    return app


async def observe(make: Callable[[], Quart | FastAPI]) -> str:
    """Ask for what is forbidden, for what is not there, and in a way that is not."""
    async with served(make()) as target:
        answers = [
            await ask(target, "/secret"),
            await ask(target, "/nowhere"),
            await ask(target, "/secret", method="DELETE"),
        ]
    kinds = [each.headers["content-type"].partition(";")[0] for each in answers]
    told = zip(answers, kinds, strict=True)
    return ", ".join(f"{each.status} {kind}" for each, kind in told)


LESSON = Lesson(
    module=__name__,
    title="Errors that slip by",
    fine=f"403 {_OURS}, 404 {_OURS}, 405 {_OURS}",
    naive={
        "quart": f"403 text/html, 404 {_OURS}, 405 text/html",
        "fastapi": f"403 {_OURS}, 404 application/json, 405 application/json",
    },
    observe=observe,
)
