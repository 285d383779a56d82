"""What a setting may be, and what a person is told who sets it otherwise."""

import re
from ipaddress import ip_network
from typing import Annotated

from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import InvalidKeyError
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from shared.journal_url import is_redis, sqlite_path

_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d+)?")
_BASE_URL = re.compile(_URL.pattern + r"(/[\w.~/-]*)?")
_SECRET_BYTES = 32
"""What HS256 needs at the least (RFC 7518, section 3.2)."""


def _split(value: object) -> object:
    if isinstance(value, str):
        parts = (part.strip().rstrip("/") for part in value.split(","))
        return tuple(part for part in parts if part)
    return value


def _journal(value: str) -> str:
    if value == "memory://" or sqlite_path(value) or is_redis(value):
        return value
    raise ValueError("use memory://, sqlite:///path/to/file.db or redis://host:6379/0")


def _url(value: str) -> str:
    if _URL.match(value):
        return value
    raise ValueError("use a URL that begins with http:// or https://")


def _urls(values: tuple[str, ...]) -> tuple[str, ...]:
    if all(map(_BASE_URL.fullmatch, values)):
        return values
    raise ValueError("use URLs such as http://localhost:8001")


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    if all(map(_URL.fullmatch, values)):
        return values
    raise ValueError("use origins such as https://example.org, without a path")


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(each)) for each in values)
    except ValueError:
        raise ValueError(
            "use addresses or networks such as 127.0.0.1,10.0.0.0/8"
        ) from None


def _secret(value: SecretStr) -> SecretStr:
    try:
        # PyJWT refuses public keys of other algorithms: everybody knows them.
        key = HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(value.get_secret_value())
    except (InvalidKeyError, UnicodeEncodeError):
        key = b""
    if len(key) >= _SECRET_BYTES:
        return value
    raise ValueError(
        f"use at least {_SECRET_BYTES} bytes, such as `openssl rand -hex 32` makes"
        " them, and no key of another kind"
    )


Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
JournalUrl = Annotated[str, AfterValidator(_journal)]
Url = Annotated[str, AfterValidator(_url)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
_Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Urls = Annotated[_Names, AfterValidator(_urls)]
Origins = Annotated[_Names, AfterValidator(_origins)]
Networks = Annotated[_Names, AfterValidator(_networks)]
