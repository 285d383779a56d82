"""What Open-Meteo's answers look like, and the report that is made of them.

Whatever does not fit is a ValidationError.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from shared.weather.report import ATTRIBUTION, Place, Report, SourceName, condition


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class Found(_Answer):
    """A place that matched; proto3 JSON omits what is zero or empty."""

    name: str
    latitude: float = 0.0
    longitude: float = 0.0
    country_code: str | None = None
    admin1: str | None = None


class Search(_Answer):
    """The answer of `/v1/search`, best match first; no match: no `results`."""

    error: Literal[False] = False  # a failure under status 200 is not "no match"
    results: list[Found] = []


class Current(_Answer):
    """The weather now, in Open-Meteo's default units; `time` is local to the place."""

    time: NaiveDatetime
    temperature_2m: float | None
    relative_humidity_2m: float | None
    apparent_temperature: float | None
    is_day: int | None
    precipitation: float | None
    weather_code: int | None
    wind_speed_10m: float | None
    wind_direction_10m: float | None


MEASURED = ",".join(name for name in Current.model_fields if name != "time")
"""The variables to ask `/v1/forecast` for."""


class Forecast(_Answer):
    """The answer of `/v1/forecast`."""

    # RFC 3339 writes offsets in whole minutes, less than a day.
    utc_offset_seconds: Annotated[int, Field(gt=-86_400, lt=86_400, multiple_of=60)]
    timezone: str
    current: Current

    def observed_at(self) -> datetime:
        """The time of the observation with the offset of its place."""
        offset = timezone(timedelta(seconds=self.utc_offset_seconds))
        return self.current.time.replace(tzinfo=offset)


def report(found: Found, forecast: Forecast, source: SourceName) -> Report:
    """What is told to a client, fetched now."""
    now = forecast.current
    return Report(
        place=Place(**found.model_dump(), timezone=forecast.timezone),
        observed_at=forecast.observed_at(),
        condition=condition(now.weather_code),
        temperature_c=now.temperature_2m,
        feels_like_c=now.apparent_temperature,
        humidity_percent=now.relative_humidity_2m,
        precipitation_mm=now.precipitation,
        wind_speed_kmh=now.wind_speed_10m,
        wind_direction_deg=now.wind_direction_10m,
        is_day=None if now.is_day is None else now.is_day != 0,
        source=source,
        attribution=ATTRIBUTION[source],
        fetched_at=datetime.now(UTC).replace(microsecond=0),
        stale=False,
    )


def retry_after(refusal: bytes) -> int:
    """Seconds to wait after the body of a 429, which comes without a Retry-After.

    Its wording says which limit was passed; Open-Meteo's days end at midnight UTC.
    """
    if b"Too many concurrent" in refusal:
        return 1
    if b"Hourly" in refusal:
        return 3_600
    if b"Daily" in refusal:
        return 86_400 - int(time.time()) % 86_400
    return 60
