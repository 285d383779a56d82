"""The two weather routes."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute

from fastapi_app.dependencies import get_core
from shared.core import Core
from shared.openapi import NOT_MODIFIED, PROBLEMS
from shared.weather.report import CitiesQuery, City, Report, Reports, WeatherQuery
from shared.weather.service import Answer, Target

router = APIRouter(tags=["weather"], responses=PROBLEMS)


class AnswerKept(APIRoute):
    """Answers what is kept before the request is parsed and checked once more."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook around a route."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            kept = (await get_core(request)).weather.kept(target(request))
            return await handler(request) if kept is None else respond(kept, request)

        return answer


router.route_class = AnswerKept


@router.get("/weather/{city}", response_model=Report, responses=NOT_MODIFIED)
async def report(
    city: City,
    query: Annotated[WeatherQuery, Query()],
    core: Annotated[Core, Depends(get_core)],
    request: Request,
) -> Response:
    """The weather of one city."""
    found = await core.weather.report(city, query.country, target(request))
    return respond(found, request)


@router.get("/weather", response_model=Reports)
async def reports(
    query: Annotated[CitiesQuery, Query()], core: Annotated[Core, Depends(get_core)]
) -> Response:
    """The weather of up to 20 cities, in the order asked."""
    body = await core.weather.reports(query.city, query.country)
    return Response(body, media_type="application/json")


def respond(answer: Answer, request: Request) -> Response:
    """The answer, or 304 to a client that has it."""
    if answer.matches(request.headers.get("if-none-match")):
        return Response(None, 304, answer.headers)
    return Response(answer.body, 200, answer.headers, "application/json")


def target(request: Request) -> Target:
    """What was asked, as it came."""
    return request.scope["path"], request.scope["query_string"]
