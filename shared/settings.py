"""Every knob of Tandem, from the environment (prefix `TANDEM_`), checked once."""

import os
import re
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.errors import StartError
from shared.journal_url import is_redis, sqlite_path, without_password

Names = Annotated[tuple[str, ...], NoDecode]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d+)?")


def _default_journal() -> str:
    return f"sqlite:///{platformdirs.user_data_path('tandem') / 'journal.db'}"


class Settings(BaseSettings):
    """The settings of one process; every field's unit is in its name."""

    model_config = SettingsConfigDict(env_prefix="TANDEM_", frozen=True)

    journal: str = Field(
        default_factory=_default_journal,
        description="Where messages are kept: `memory://` (lost at exit), "
        "`sqlite:///path/to/file.db` or, for several processes, "
        "`redis://:password@host:6379/0` (`rediss://` with TLS); by default a file in "
        "your data folder.",
    )
    weather_source: Literal["stand-in", "open-meteo"] = Field(
        "stand-in",
        description="`stand-in` answers offline, `open-meteo` asks the live service.",
    )
    geocoding_url: str = Field(
        "https://geocoding-api.open-meteo.com/v1/search",
        description="Where the Open-Meteo adapter looks up a city.",
    )
    forecast_url: str = Field(
        "https://api.open-meteo.com/v1/forecast",
        description="Where the Open-Meteo adapter asks for the weather.",
    )
    origins: Names = Field(
        (),
        description="Origins of other sites whose pages may connect, comma-separated, "
        "such as `https://example.org`; an app's own origin always may.",
    )
    columns: Names = Field(
        (),
        description="Base URLs of the apps that the page shows side by side, "
        "comma-separated; empty: only the app that served it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged; `info` logs each request."
    )
    body_max_bytes: Count = Field(65_536, description="Largest body of a request.")
    chat_history_messages: int = Field(
        50, ge=0, description="Messages a newcomer to a room is shown."
    )
    chat_ring_messages: Count = Field(
        1_024, description="Encoded messages a room keeps in memory."
    )
    chat_retention_messages: Count = Field(
        100_000, description="Messages the journal keeps per room."
    )
    chat_max_connections: Count = Field(
        10_000, description="Sockets one process holds at a time."
    )
    chat_max_lag_messages: Count = Field(
        10_000, description="How far a client may fall behind its room."
    )
    chat_max_refusals: Count = Field(
        100, description="Refusals by the rate limit in a row that end a connection."
    )
    chat_frame_max_bytes: Count = Field(
        16_384, description="Largest text frame a client may send."
    )
    chat_stall_seconds: Seconds = Field(
        10, description="How long one send to a client may stand still."
    )
    chat_drain_seconds: Seconds = Field(
        2, description="How long a stopping process waits for its sockets to close."
    )
    messages_per_second: float = Field(
        20, gt=0, allow_inf_nan=False, description="Messages per second of one sender."
    )
    message_burst: Count = Field(
        40, description="Messages one sender may send at once."
    )
    journal_timeout_seconds: Seconds = Field(
        5, description="How long a message may wait to be durable."
    )
    weather_deadline_seconds: Seconds = Field(
        5, description="How long one look-up may take, retry included."
    )
    weather_upstream_max_bytes: Count = Field(
        1_048_576, description="Largest answer taken from the weather source."
    )
    weather_cache_cities: Count = Field(
        1_000, description="Cities the cache holds at the most."
    )
    weather_fresh_seconds: Seconds = Field(
        300, description="How long a report is served without asking again."
    )
    weather_stale_seconds: Seconds = Field(
        3_600, description="How much longer it is served while the source fails."
    )
    weather_unknown_seconds: Seconds = Field(
        300, description="How long an unknown city is remembered as unknown."
    )

    @field_validator("origins", "columns", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(
                part.strip().rstrip("/") for part in value.split(",") if part.strip()
            )
        return value

    @field_validator("journal")
    @classmethod
    def _known_journal(cls, value: str) -> str:
        if value == "memory://" or sqlite_path(value) or is_redis(value):
            return value
        raise ValueError(
            "use memory://, sqlite:///path/to/file.db or redis://host:6379/0"
        )

    @field_validator("geocoding_url", "forecast_url")
    @classmethod
    def _http_url(cls, value: str) -> str:
        if _URL.match(value):
            return value
        raise ValueError("use a URL that begins with http:// or https://")

    @field_validator("columns")
    @classmethod
    def _http_urls(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if all(map(_URL.match, values)):
            return values
        raise ValueError("use URLs such as http://localhost:8001")

    @field_validator("origins")
    @classmethod
    def _only_origins(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if all(map(_URL.fullmatch, values)):
            return values
        raise ValueError("use origins such as https://example.org, without a path")

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """From the environment; raises StartError, one sentence per bad value."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise StartError(" ".join(map(_sentence, error.errors()))) from error


def _sentence(error: Any) -> str:
    name = f"TANDEM_{'_'.join(map(str, error['loc']))}".upper()
    given = os.environ.get(name, error["input"])
    reason = error["msg"].removeprefix("Value error, ")
    given = without_password(given) if isinstance(given, str) else given
    return f"{name}={given!r} cannot be used: {reason[0].lower()}{reason[1:]}."
