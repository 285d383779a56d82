"""The port to whatever knows the weather."""

from typing import Protocol

from shared.weather.report import Report


class Source(Protocol):
    """Where reports come from; an adapter in its own module implements it."""

    async def look_up(self, city: str, country: str | None) -> Report:
        """Look up the weather of a city now, in a country (two letters) or any.

        Raises UnknownCity, UpstreamTimeout, UpstreamBroken, or UpstreamBusy, whose
        `retry_after` is in seconds. Cancelling it gives up the look-up.
        """

    async def aclose(self) -> None:
        """Let go of all connections; no look-up may follow."""
