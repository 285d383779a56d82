"""The two weather routes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from fastapi_app.dependencies import accepts_json, get_core
from shared.core import Core
from shared.openapi import PROBLEMS
from shared.weather.report import CitiesQuery, City, Report, Reports, WeatherQuery

router = APIRouter(tags=["weather"], dependencies=[Depends(accepts_json)])


@router.get("/weather/{city}", response_model=Report, responses=PROBLEMS)
async def report(
    city: City,
    query: Annotated[WeatherQuery, Query()],
    core: Annotated[Core, Depends(get_core)],
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """The weather of one city."""
    answer = await core.weather.report(city, query.country)
    if answer.matches(if_none_match):
        return Response(status_code=304, headers=answer.headers)
    return Response(answer.body, 200, answer.headers, "application/json")


@router.get("/weather", response_model=Reports, responses=PROBLEMS)
async def reports(
    query: Annotated[CitiesQuery, Query()], core: Annotated[Core, Depends(get_core)]
) -> Response:
    """The weather of up to 20 cities, in the order asked."""
    body = await core.weather.reports(query.city, query.country)
    return Response(body, media_type="application/json")
