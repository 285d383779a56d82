"""Every knob of Tandem, from the environment (prefix `TANDEM_`), checked once."""

import os
from typing import Any, Literal, Self

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import StartError
from shared.journal_url import without_password
from shared.setting_types import (
    Count,
    JournalUrl,
    Networks,
    Origins,
    Seconds,
    Secret,
    Url,
    Urls,
)


def _default_journal() -> str:
    return f"sqlite:///{platformdirs.user_data_path('tandem') / 'journal.db'}"


class Settings(BaseSettings):
    """The settings of one process; every field's unit is in its name."""

    model_config = SettingsConfigDict(
        env_prefix="TANDEM_",
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret, and errors end up in logs
    )

    journal: JournalUrl = Field(
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
    geocoding_url: Url = Field(
        "https://geocoding-api.open-meteo.com/v1/search",
        description="Where the Open-Meteo adapter looks up a city.",
    )
    forecast_url: Url = Field(
        "https://api.open-meteo.com/v1/forecast",
        description="Where the Open-Meteo adapter asks for the weather.",
    )
    origins: Origins = Field(
        (),
        description="Origins of other sites whose pages may connect, comma-separated, "
        "such as `https://example.org`; an app's own origin always may.",
    )
    token_secret: Secret | None = Field(
        None,
        description="With it only who has a token signed with it (HS256) may come in;"
        " at least 32 bytes, such as `openssl rand -hex 32` makes them.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Addresses or networks of reverse proxies, comma-separated, such as"
        " `127.0.0.1,10.0.0.0/8`, whose `X-Forwarded-*` are believed.",
    )
    columns: Urls = Field(
        (),
        description="Base URLs of the apps that the page shows side by side, "
        "comma-separated; empty: only the app that served it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level logged; `info`: requests, sockets' lives."
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
    said = name if name == "TANDEM_TOKEN_SECRET" else f"{name}={given!r}"
    return f"{said} cannot be used: {reason[0].lower()}{reason[1:]}."
