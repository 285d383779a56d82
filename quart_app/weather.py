"""The two weather routes."""

from quart import Blueprint, Response, request
from quart_schema import document_querystring, document_response, tag_blueprint

from quart_app.dependencies import get_core
from shared.validation import checked, checked_query
from shared.weather.report import CitiesQuery, City, Report, Reports, WeatherQuery
from shared.weather.service import Answer, Target

blueprint = Blueprint("weather", __name__)
tag_blueprint(blueprint, ["weather"])


@blueprint.before_request
async def answer_kept() -> Response | None:
    """Answer what is kept before the request is parsed and checked once more."""
    kept = get_core().weather.kept(target())
    return None if kept is None else respond(kept)


@blueprint.get("/weather/<city>")
# Only documents it: validate_querystring would take `country[]` for `country`.
@document_querystring(WeatherQuery)
@document_response(Report)
async def report(city: str) -> Response:
    """The weather of one city."""
    city = checked(City, city, "path", "city")
    query = checked_query(WeatherQuery, request.args.to_dict(flat=False))
    found = await get_core().weather.report(city, query.country, target())
    return respond(found)


@blueprint.get("/weather")
@document_querystring(CitiesQuery)
@document_response(Reports)
async def reports() -> Response:
    """The weather of up to 20 cities, in the order asked."""
    query = checked_query(CitiesQuery, request.args.to_dict(flat=False))
    body = await get_core().weather.reports(query.city, query.country)
    return Response(body, content_type="application/json")


def respond(answer: Answer) -> Response:
    """The answer, or 304 to a client that has it."""
    if answer.matches(request.headers.get("if-none-match")):
        return Response(None, 304, answer.headers)
    return Response(answer.body, 200, answer.headers, content_type="application/json")


def target() -> Target:
    """What was asked, as it came."""
    return request.scope["path"], request.scope["query_string"]
