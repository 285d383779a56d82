"""The weather of many cities in one request."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from tests.contract.checks import Json, calls, city, places, weather
from tests.contract.clauses import clause

pytestmark = pytest.mark.asyncio


async def _many(
    http: httpx.AsyncClient, names: Sequence[str], **query: str
) -> list[Json]:
    answer = await http.get("/weather", params={"city": names, **query})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["results"]
    results: list[Json] = body["results"]
    return results


@clause("W-09")
async def test_results_stand_in_the_order_asked(http: httpx.AsyncClient) -> None:
    """One for each city, one asked for twice included, whichever comes first."""
    names = [city("slow"), "Tokyo", "Paris", "Cairo", "Paris", "Lima"]
    results = await _many(http, names)
    assert [result["place"]["name"] for result in results] == names


@clause("W-09")
async def test_result_is_the_report_of_the_city(http: httpx.AsyncClient) -> None:
    """The same that one gets alone."""
    name = city("fine")
    (result,) = await _many(http, [name])
    assert result == (await http.get(weather(name))).json()


@clause("W-09")
async def test_failing_cities_are_problems_in_their_places(
    http: httpx.AsyncClient,
) -> None:
    """The others do not notice."""
    unknown, broken, busy = city("not-found"), city("500"), city("429-hourly")
    results = await _many(http, ["paris", unknown, "tokyo", broken, busy])
    paris, first, tokyo, second, third = results
    assert paris["place"]["name"] == "Paris"
    assert tokyo["place"]["name"] == "Tokyo"
    for problem, status, slug, name in (
        (first, 404, "unknown-city", unknown),
        (second, 502, "upstream-broken", broken),
        (third, 503, "upstream-busy", busy),
    ):
        assert list(problem) == ["type", "title", "status", "detail", "instance"]
        assert problem["status"] == status
        assert problem["type"] == f"urn:tandem:problem:{slug}"
        assert problem["instance"] == f"/weather/{name}"


@clause("W-09")
async def test_country_is_for_all(http: httpx.AsyncClient) -> None:
    """It narrows every city down."""
    paris, tokyo = await _many(http, ["paris", "tokyo"], country="us")
    assert paris["place"]["country_code"] == "US"
    assert tokyo["status"] == 404


@clause("W-10")
async def test_twenty_cities_are_the_most(http: httpx.AsyncClient) -> None:
    """And one is the least."""
    assert len(await _many(http, ["paris"] * 20)) == 20
    over = await http.get("/weather", params={"city": ["paris"] * 21})
    assert places(over) == ["query.city"]
    for uri in ("/weather", "/weather?", "/weather?country=FR", "/weather?town=x"):
        assert places(await http.get(uri)) == ["query.city"]


@clause("W-10")
async def test_bad_cities_are_named_by_their_places(http: httpx.AsyncClient) -> None:
    """Counted from 0, and nothing is looked up."""
    names = ["paris", "", "tokyo", "x" * 101, "a\nb"]
    answer = await http.get("/weather", params={"city": names})
    assert places(answer) == ["query.city.1", "query.city.3", "query.city.4"]


@clause("W-10")
async def test_bad_country_is_bad_for_all(http: httpx.AsyncClient) -> None:
    """The request as a whole is refused."""
    answer = await http.get("/weather?city=paris&country=FRA")
    assert places(answer) == ["query.country"]


@clause("W-11")
async def test_cities_are_looked_up_at_once(http: httpx.AsyncClient) -> None:
    """20 that take 0.3 s each, twice, do not take the 6 s of one after the other."""
    names = [city("slow") for _ in range(20)]
    async with asyncio.timeout(3):
        results = await _many(http, names)
    assert [result["place"]["name"] for result in results] == names


@clause("W-11")
async def test_city_asked_for_twice_is_looked_up_once(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """Also within one request."""
    name = city("fine")
    results = await _many(http, [name] * 20)
    assert all(result == results[0] for result in results)
    counted = await calls(upstream, name)
    assert (counted["geocoding"], counted["forecast"]) == (1, 1)
