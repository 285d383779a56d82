"""The two weather routes."""

from quart import Blueprint, Response, request
from quart_schema import document_response, tag_blueprint, validate_querystring

from quart_app.dependencies import accepts_json, get_core
from shared.validation import checked
from shared.weather.report import CitiesQuery, City, Report, Reports, WeatherQuery

blueprint = Blueprint("weather", __name__)
blueprint.before_request(accepts_json)
tag_blueprint(blueprint, ["weather"])


@blueprint.get("/weather/<city>")
@validate_querystring(WeatherQuery)
@document_response(Report)
async def report(city: str, query_args: WeatherQuery) -> Response:
    """The weather of one city."""
    city = checked(City, city, "path", "city")
    answer = await get_core().weather.report(city, query_args.country)
    if answer.matches(request.headers.get("if-none-match")):
        return Response(status=304, headers=answer.headers)
    return Response(answer.body, 200, answer.headers, content_type="application/json")


@blueprint.get("/weather")
@validate_querystring(CitiesQuery)
@document_response(Reports)
async def reports(query_args: CitiesQuery) -> Response:
    """The weather of up to 20 cities, in the order asked."""
    body = await get_core().weather.reports(query_args.city, query_args.country)
    return Response(body, content_type="application/json")
