"""The stand-in: a double of Open-Meteo's two APIs whose weather is made up.

Its places are real and found by their names in all scripts; its weather depends on
nothing but the place and the hour.
"""

import asyncio
import json
import math
import random
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from shared.weather.gazetteer import gazetteer, is_made

Query = Mapping[str, str]
Message = MutableMapping[str, Any]

UNITS = {
    "temperature_2m": "°C",
    "relative_humidity_2m": "%",
    "apparent_temperature": "°C",
    "is_day": "",
    "precipitation": "mm",
    "weather_code": "wmo code",
    "wind_speed_10m": "km/h",
    "wind_direction_10m": "°",
}
_WARM = (0, 0, 1, 1, 2, 2, 3, 3, 45, 51, 61, 63, 80, 95)
_COLD = (0, 0, 1, 1, 2, 2, 3, 3, 48, 71, 73, 75, 77, 85)


class _Refused(Exception):
    """Open-Meteo would refuse the request with 400; the text is its reason."""


async def app(
    scope: Message,
    _receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """A bare ASGI app for HTTP: `/v1/search` and `/v1/forecast`."""
    if not is_made():
        await asyncio.to_thread(gazetteer)
    query = scope["query_string"].decode("latin-1")
    status, body = answer(scope["path"], dict(parse_qsl(query)))
    await respond(send, status, encode(body))


def answer(path: str, query: Query) -> tuple[int, dict[str, Any]]:
    """The status of the answer and its JSON object."""
    try:
        match path:
            case "/v1/search":
                return 200, _search(query)
            case "/v1/forecast":
                return 200, _forecast(query)
            case _:
                return 404, {"error": True, "reason": "Not Found"}
    except _Refused as refusal:
        return 400, {"error": True, "reason": str(refusal)}


def encode(body: dict[str, Any]) -> bytes:
    """JSON as Open-Meteo writes it: UTF-8, unescaped."""
    return json.dumps(body, ensure_ascii=False).encode()


async def respond(
    send: Callable[[Message], Awaitable[None]], status: int, body: bytes
) -> None:
    """Send a whole JSON response."""
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _search(query: Query) -> dict[str, Any]:
    if "name" not in query:
        raise _Refused("Value required for key 'name'.")
    country = query.get("countryCode")
    count = _number(query, "count", 10)
    if not 1 <= count <= 100:
        raise _Refused("Parameter count must be between 1 and 100.")
    places = gazetteer().search(query["name"].strip(), country, int(count))
    # Proto3 JSON omits what is empty: no match, no key.
    return {**({"results": places} if places else {}), "generationtime_ms": 0.1}


def _forecast(query: Query) -> dict[str, Any]:
    latitude = _within(query, "latitude", 90)
    longitude = _within(query, "longitude", 180)
    auto = query.get("timezone") == "auto"
    zone = gazetteer().zone(latitude, longitude) if auto else "GMT"
    local = datetime.now(UTC).astimezone(ZoneInfo(zone))
    offset = local.replace(tzinfo=UTC) - local
    quarter = local.replace(minute=local.minute // 15 * 15, tzinfo=None)
    weather = _weather(latitude, longitude, quarter)
    asked = [name for name in query.get("current", "").split(",") if name]
    if unknown := [name for name in asked if name not in weather]:
        raise _Refused(f"Cannot initialize SurfaceVariable from '{unknown[0]}'.")
    body = {
        "latitude": latitude,
        "longitude": longitude,
        "generationtime_ms": 0.1,
        "utc_offset_seconds": round(offset.total_seconds()),
        "timezone": zone,
        "timezone_abbreviation": local.tzname(),
        "elevation": 0.0,
    }
    if asked:
        units = {"time": "iso8601", "interval": "seconds"}
        now = {"time": quarter.isoformat(timespec="minutes"), "interval": 900}
        body["current_units"] = units | {name: UNITS[name] for name in asked}
        body["current"] = now | {name: weather[name] for name in asked}
    return body


def _number(query: Query, name: str, default: float) -> float:
    try:
        return float(query.get(name, default))
    except ValueError as error:
        raise _Refused(f"Value of type 'Float' required for key '{name}'.") from error


def _within(query: Query, name: str, bound: int) -> float:
    value = _number(query, name, math.nan)
    if abs(value) <= bound:
        return value
    range_ = f"-{bound} to {bound}°"
    raise _Refused(f"{name.title()} must be in range of {range_}. Given: {value}.")


def _weather(latitude: float, longitude: float, local: datetime) -> dict[str, float]:
    chance = random.Random(f"{latitude} {longitude} {local:%Y-%m-%dT%H}")  # noqa: S311
    season = -math.cos((local.timetuple().tm_yday - 15) / 365 * math.tau)
    climate = 28 - 0.5 * abs(latitude) + 0.2 * latitude * season
    temperature = climate + 4 * math.sin((local.hour - 9) / 24 * math.tau)
    code = chance.choice(_WARM if temperature > 0 else _COLD)
    wind = chance.uniform(0, 35)
    return {
        "temperature_2m": round(temperature, 1),
        "relative_humidity_2m": chance.randint(35, 95),
        "apparent_temperature": round(temperature - wind / 10, 1),
        "is_day": int(6 <= local.hour < 18),
        "precipitation": round(chance.uniform(0.1, 4), 1) if code > 50 else 0.0,
        "weather_code": code,
        "wind_speed_10m": round(wind, 1),
        "wind_direction_10m": chance.randint(0, 359),
    }
