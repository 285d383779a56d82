"""What a client accepts (RFC 9110, section 12.5.1)."""

from functools import lru_cache

from shared.errors import NotAcceptable

_RANGES = ("application/json", "application/*", "*/*")
"""What matches our answers, the most specific first: it decides."""


def require_json_accepted(accept: bytes | None) -> None:
    """Raise NotAcceptable if the `Accept` header excludes application/json."""
    if accept is not None and not _accepts_json(accept):
        raise NotAcceptable


@lru_cache(256)
def _accepts_json(accept: bytes) -> bool:
    weights: dict[str, str] = {}
    for part in accept.decode("latin-1").lower().split(","):
        media, *parameters = (each.strip() for each in part.split(";"))
        quality = (each[2:] for each in parameters if each.startswith("q="))
        weights[media] = next(quality, "1")
    for media in _RANGES:
        if media in weights:
            return weights[media].strip("0.") != ""
    return False
