"""Which of Redis's own settings the promises need, and what is lost without each."""

import logging

from redis.asyncio import Redis
from redis.exceptions import ResponseError

_log = logging.getLogger(__name__)

NEEDED = {
    "appendonly": ("yes", "a restart of Redis loses messages that were acknowledged"),
    "appendfsync": ("always", "a crash loses messages acknowledged just before it"),
    "no-appendfsync-on-rewrite": (
        "no",
        "a crash amid a rewrite of its file loses messages that were acknowledged",
    ),
    "maxmemory-policy": ("noeviction", "Redis throws rooms away when it is full"),
}
"""A setting, the value it must have, and what happens with any other."""


async def warn_of_settings(redis: Redis) -> None:
    """Log a warning for each setting that breaks a promise. Raises RedisError."""
    try:
        found = {name: await _setting(redis, name) for name in NEEDED}
    except ResponseError as error:
        wanted = ", ".join(f"{name} {value}" for name, (value, _) in NEEDED.items())
        _log.warning(
            "Redis does not tell its settings (%s): see to it that it has %s.",
            error,
            wanted,
        )
        return
    for name, (value, loss) in NEEDED.items():
        if found[name] != value:
            _log.warning(
                "Redis has %s %s, with which %s: set it to %s.",
                name,
                found[name],
                loss,
                value,
            )


async def _setting(redis: Redis, name: str) -> str | None:
    return (await redis.config_get(name)).get(name)
