"""The weather chapter in Flask, with threads: the traditional synchronous app."""

import secrets

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from benchmarks.baselines.blocking_weather import BlockingWeather
from shared.errors import PROBLEM_JSON, TandemError, problem
from shared.settings import Settings
from shared.validation import checked, checked_query
from shared.weather.report import CitiesQuery, City, WeatherQuery

_JSON = "application/json"


def create_app() -> Flask:
    """Two routes on a source and a cache of their own, for threads."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    weather = BlockingWeather(Settings.load())

    @app.get("/weather/<city>")
    def report(city: str) -> Response:
        name = checked(City, city, "path", "city")
        query = checked_query(WeatherQuery, request.args.to_dict(flat=False))
        answer = weather.report(name, query.country)
        if answer.matches(request.headers.get("if-none-match")):
            return Response(None, 304, answer.headers)
        return Response(answer.body, 200, answer.headers, content_type=_JSON)

    @app.get("/weather")
    def reports() -> Response:
        query = checked_query(CitiesQuery, request.args.to_dict(flat=False))
        return Response(weather.reports(query.city, query.country), content_type=_JSON)

    @app.errorhandler(TandemError)
    def on_tandem_error(error: TandemError) -> Response:
        body = error.problem(request.path)
        return Response(body, error.status, error.headers, content_type=PROBLEM_JSON)

    @app.errorhandler(HTTPException)
    def on_http_error(error: HTTPException) -> Response:
        status = error.code or 500
        body = problem(status, request.path)
        return Response(body, status, content_type=PROBLEM_JSON)

    @app.after_request
    def identify(response: Response) -> Response:
        response.headers["X-Request-ID"] = request.headers.get(
            "X-Request-ID", secrets.token_hex(8)
        )
        return response

    return app
