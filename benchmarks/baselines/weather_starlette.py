"""The weather chapter in Starlette, on the same core: FastAPI without its own part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.core import open_core
from shared.errors import PROBLEM_JSON, TandemError, problem
from shared.middleware import Middleware
from shared.settings import Settings
from shared.validation import checked, checked_query
from shared.weather.report import CitiesQuery, City, WeatherQuery


def create_app() -> Starlette:
    """The app, in the middleware of the two that it is compared with."""
    settings = Settings.load()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_core(settings) as app.state.core:
            yield

    app = Starlette(
        routes=[Route("/weather/{city}", report), Route("/weather", reports)],
        lifespan=lifespan,
        exception_handlers={TandemError: on_tandem_error, HTTPException: on_http_error},
    )
    app.router.redirect_slashes = False
    app.add_middleware(Middleware, framework="starlette", settings=settings)
    return app


async def report(request: Request) -> Response:
    """The weather of one city."""
    weather = request.app.state.core.weather
    target = request.scope["path"], request.scope["query_string"]
    answer = weather.kept(target)
    if answer is None:
        city = checked(City, request.path_params["city"], "path", "city")
        query = checked_query(WeatherQuery, values(request))
        answer = await weather.report(city, query.country, target)
    if answer.matches(request.headers.get("if-none-match")):
        return Response(None, 304, answer.headers)
    return Response(answer.body, 200, answer.headers, "application/json")


async def reports(request: Request) -> Response:
    """The weather of up to 20 cities, in the order asked."""
    query = checked_query(CitiesQuery, values(request))
    body = await request.app.state.core.weather.reports(query.city, query.country)
    return Response(body, media_type="application/json")


def values(request: Request) -> dict[str, list[str]]:
    """All values of each key of the query."""
    query = request.query_params
    return {key: query.getlist(key) for key in query}


async def on_tandem_error(request: Request, error: Exception) -> Response:
    """The core's own errors."""
    assert isinstance(error, TandemError)  # noqa: S101 -- narrows the type
    body = error.problem(request.scope["path"])
    return Response(body, error.status, error.headers, PROBLEM_JSON)


async def on_http_error(request: Request, error: Exception) -> Response:
    """The router's own errors."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- narrows the type
    body = problem(error.status_code, request.scope["path"])
    return Response(body, error.status_code, error.headers, PROBLEM_JSON)
