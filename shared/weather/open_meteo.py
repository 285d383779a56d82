"""The weather from Open-Meteo (open-meteo.com), or from what speaks like it."""

import asyncio

import httpx
import stamina
from pydantic import ValidationError

from shared.errors import UnknownCity, UpstreamBroken, UpstreamBusy, UpstreamTimeout
from shared.weather.report import Report, SourceName
from shared.weather.wire import MEASURED, Forecast, Found, Search, report, retry_after

# Open-Meteo takes few requests at once; the 20 cities of one request fit.
_CONNECTIONS = 20


class OpenMeteo:
    """A Source that asks Open-Meteo's geocoding and forecast APIs.

    One look-up, retry included, takes `deadline_seconds` at the most, and no answer
    longer than `max_bytes` is read. Close it with `aclose()`.
    """

    def __init__(
        self,
        geocoding_url: str,
        forecast_url: str,
        deadline_seconds: float,
        max_bytes: int,
        transport: httpx.AsyncBaseTransport | None = None,
        name: SourceName = "open-meteo",
    ) -> None:
        self._geocoding_url = httpx.URL(geocoding_url)
        self._forecast_url = httpx.URL(forecast_url)
        self._deadline_seconds = deadline_seconds
        self._max_bytes = max_bytes
        self._name: SourceName = name
        self._client = httpx.AsyncClient(
            # Uncompressed, so that a small body cannot unfold into a huge one.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            # The deadline is for the whole look-up: it cancels whatever is waiting.
            timeout=None,  # noqa: S113
            transport=transport,
        )
        # Below the pool's own limit: httpcore loses the slot of a request that is
        # cancelled while it queues in the pool (encode/httpcore#1093).
        self._slots = asyncio.Semaphore(_CONNECTIONS)
        self._retry = stamina.AsyncRetryingCaller(
            attempts=2, timeout=None, wait_jitter=0.1
        ).on(_may_pass)
        # Else every retry logs a warning that does not say what failed.
        stamina.instrumentation.set_on_retry_hooks(())

    async def look_up(self, city: str, country: str | None) -> Report:
        """Look up the weather of a city; the port says what it raises."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                found = await self._geocode(city, country)
                forecast = await self._forecast(found)
        except TimeoutError as error:
            raise UpstreamTimeout("The weather source took too long.") from error
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise UpstreamBroken(f"The weather source failed ({status}).") from error
        except httpx.HTTPError as error:
            raise UpstreamBroken("The weather source cannot be reached.") from error
        except ValidationError as error:
            raise UpstreamBroken("The weather source answered nonsense.") from error
        return report(found, forecast, self._name)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _geocode(self, city: str, country: str | None) -> Found:
        query = {"name": city, "count": "1", "language": "en", "format": "json"}
        if country is not None:
            query["countryCode"] = country
        url = self._geocoding_url.copy_merge_params(query)
        search = Search.model_validate_json(await self._retry(self._get, url))
        if not search.results:
            raise UnknownCity("No such city is known; check its spelling and country.")
        return search.results[0]

    async def _forecast(self, found: Found) -> Forecast:
        where = {"latitude": str(found.latitude), "longitude": str(found.longitude)}
        query = {**where, "current": MEASURED, "timezone": "auto"}
        url = self._forecast_url.copy_merge_params(query)
        return Forecast.model_validate_json(await self._retry(self._get, url))

    async def _get(self, url: httpx.URL) -> bytes:
        body = bytearray()
        async with self._slots, self._client.stream("GET", url) as response:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._max_bytes:
                    raise UpstreamBroken("The weather source answered too much.")
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise UpstreamBusy(
                "The weather source takes no more requests for now.",
                retry_after=retry_after(bytes(body)),
            )
        response.raise_for_status()
        return bytes(body)


def _may_pass(error: Exception) -> bool:
    # What the source read and refused it would refuse again.
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
