"""Open-Meteo asked by a thread that waits, as a synchronous app does it."""

import time

import httpx
from pydantic import ValidationError

from shared.errors import UnknownCity, UpstreamBroken, UpstreamBusy, UpstreamTimeout
from shared.settings import Settings
from shared.weather.report import Report
from shared.weather.wire import MEASURED, Forecast, Search, report, retry_after

_CONNECTIONS = 100


class BlockingSource:
    """Looks cities up; a look-up takes the deadline at the most, retry included."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx.Client(
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_connections=_CONNECTIONS),
            trust_env=False,
        )

    def look_up(self, city: str, country: str | None) -> Report:
        """The weather of a city; raises what the core's source raises."""
        give_up = time.monotonic() + self._settings.weather_deadline_seconds
        query = {"name": city, "count": "1", "language": "en", "format": "json"}
        if country is not None:
            query["countryCode"] = country
        try:
            body = self._ask(self._settings.geocoding_url, query, give_up)
            search = Search.model_validate_json(body)
            if not search.results:
                raise UnknownCity("No such city is known; check its spelling.")
            found = search.results[0]
            where = {"latitude": f"{found.latitude}", "longitude": f"{found.longitude}"}
            query = {**where, "current": MEASURED, "timezone": "auto"}
            body = self._ask(self._settings.forecast_url, query, give_up)
            return report(found, Forecast.model_validate_json(body), "open-meteo")
        except (httpx.TimeoutException, TimeoutError) as error:
            raise UpstreamTimeout("The weather source took too long.") from error
        except httpx.HTTPError as error:
            raise UpstreamBroken("The weather source failed.") from error
        except ValidationError as error:
            raise UpstreamBroken("The weather source answered nonsense.") from error

    def _ask(self, url: str, query: dict[str, str], give_up: float) -> bytes:
        try:
            return self._get(url, query, give_up)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            return self._get(url, query, give_up)
        except httpx.HTTPStatusError as error:
            if not error.response.is_server_error:
                raise
            return self._get(url, query, give_up)

    def _get(self, url: str, query: dict[str, str], give_up: float) -> bytes:
        body = bytearray()
        left = max(0.001, give_up - time.monotonic())
        with self._client.stream("GET", url, params=query, timeout=left) as response:
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > self._settings.weather_upstream_max_bytes:
                    raise UpstreamBroken("The weather source answered too much.")
                if time.monotonic() > give_up:
                    raise TimeoutError
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            seconds = retry_after(bytes(body))
            raise UpstreamBusy("The weather source is busy.", retry_after=seconds)
        response.raise_for_status()
        return bytes(body)
