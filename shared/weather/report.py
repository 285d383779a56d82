"""What a weather report says, and what a client may ask for."""

from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from shared.errors import Problem
from shared.validation import QueryModel

SourceName = Literal["open-meteo", "stand-in"]

ATTRIBUTION: dict[SourceName, str] = {
    "open-meteo": "Weather data by Open-Meteo.com (CC BY 4.0)",
    "stand-in": "Made-up weather, nothing measured; places by GeoNames.org (CC BY 4.0)",
}

City = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=100,
        # No control characters, no line ends, not only space: a syntax that Rust,
        # Python and JSON Schema read alike.
        pattern=r"^[^\s\x00-\x1f\x7f-\x9f\u2028\u2029]"
        r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$",
    ),
    Field(examples=["Paris"]),
]
"""The name of a city, in any script: 1 to 100 characters after trimming."""

Country = Annotated[
    str,
    StringConstraints(
        to_upper=True, min_length=2, max_length=2, pattern=r"^[A-Za-z]{2}$"
    ),
]
"""A country by its two-letter code (ISO 3166-1), in upper case."""


class Place(BaseModel):
    """Where a report is from; latitude and longitude in degrees."""

    name: str
    country_code: str | None
    admin1: str | None
    latitude: float
    longitude: float
    timezone: str


class Condition(BaseModel):
    """The weather in a WMO code (table 4677) and in words."""

    code: int | None
    text: str


class Report(BaseModel):
    """The weather of one place; what the source did not measure is null.

    `observed_at` has the UTC offset of the place, `fetched_at` is in UTC. `stale` is
    true where the source failed and an older report stands in for a fresh one.
    """

    place: Place
    observed_at: AwareDatetime
    condition: Condition
    temperature_c: float | None
    feels_like_c: float | None
    humidity_percent: float | None
    precipitation_mm: float | None
    wind_speed_kmh: float | None
    wind_direction_deg: float | None
    is_day: bool | None
    source: SourceName
    attribution: str
    fetched_at: AwareDatetime
    stale: bool


class Reports(BaseModel):
    """For each city, in the order asked, its report or the problem with it."""

    results: list[Report | Problem]


class WeatherQuery(QueryModel):
    """The query of one city's weather."""

    model_config = ConfigDict(extra="ignore")

    country: Country | None = None


class CitiesQuery(WeatherQuery):
    """The query of the weather of 1 to 20 cities."""

    city: Annotated[list[City], Field(min_length=1, max_length=20)]


_TEXTS = {
    0: "clear",
    1: "mainly clear",
    2: "partly cloudy",
    3: "overcast",
    **dict.fromkeys((45, 48), "fog"),
    **dict.fromkeys((51, 53, 55), "drizzle"),
    **dict.fromkeys((56, 57), "freezing drizzle"),
    **dict.fromkeys((61, 63, 65), "rain"),
    **dict.fromkeys((66, 67), "freezing rain"),
    **dict.fromkeys((71, 73, 75), "snow"),
    77: "snow grains",
    **dict.fromkeys((80, 81, 82), "rain showers"),
    **dict.fromkeys((85, 86), "snow showers"),
    95: "thunderstorm",
    **dict.fromkeys((96, 99), "thunderstorm with hail"),
}


def condition(code: int | None) -> Condition:
    """The condition of a WMO code; one that the table lacks is named by its number."""
    if code is None:
        return Condition(code=None, text="unknown")
    return Condition(code=code, text=_TEXTS.get(code, f"weather code {code}"))
