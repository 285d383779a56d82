"""What is kept: by the service, and by whoever is between it and the client."""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.contract.cells import SUITE_ENV, Cell
from tests.contract.checks import Json, calls, city, client, problem, weather
from tests.contract.clauses import clause
from tests.contract.conftest import StartCell
from tests.contract.raw import Connection, head
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

FRESH_SECONDS = int(SUITE_ENV["TANDEM_WEATHER_FRESH_SECONDS"])
ETAG = re.compile(r'"[!#-~]+"')


async def _until(
    ask: Callable[[], Awaitable[httpx.Response]],
    is_so: Callable[[httpx.Response], bool],
) -> httpx.Response:
    """Ask again and again until the answer is so: time passes only at the service."""
    async with asyncio.timeout(10 * FRESH_SECONDS):
        while not is_so(answer := await ask()):  # noqa: ASYNC110 -- it is not ours
            await asyncio.sleep(0.02)  # the pace of asking, on which nothing depends
    return answer


@clause("W-12")
async def test_fresh_report_is_not_asked_for_again(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """One look-up serves whoever asks while it is fresh."""
    name = city("fine")
    bodies = {(await http.get(weather(name))).content for _ in range(10)}
    assert len(bodies) == 1
    assert await _looked_up(upstream, name) == (1, 1)


@clause("W-12")
async def test_name_may_be_written_in_many_ways(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """Case, space around and between, and Unicode's two forms make no difference."""
    name = f"{city('fine')} é"
    ways = [
        name,
        name.upper(),
        f"  {name}  ",
        name.replace(" ", "   "),
        unicodedata.normalize("NFD", name),
    ]
    bodies = {(await http.get(weather(way))).content for way in ways}
    assert len(bodies) == 1
    assert (await calls(upstream, name))["geocoding"] == 1


@clause("W-12")
async def test_country_makes_a_difference(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """The same name in another country is another city."""
    name = city("fine")
    for country in ("FR", "fr", "DE", "de"):
        await http.get(weather(name), params={"country": country})
    assert (await calls(upstream, name))["geocoding"] == 2


@clause("W-13")
async def test_many_at_once_cause_one_look_up(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """All who ask while it runs wait for the same."""
    name = city("slow")
    answers = await asyncio.gather(*(http.get(weather(name)) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await _looked_up(upstream, name) == (1, 1)


@clause("W-13")
async def test_who_goes_away_does_not_end_the_look_up(
    target: Target, http: httpx.AsyncClient, upstream: str
) -> None:
    """The first to ask is gone before the answer: the others get it."""
    name = city("slow")
    async with await Connection.open(target) as first:
        await first.send(head(target, weather(name)))
        await _asked(upstream, name)
        waiting = asyncio.gather(*(http.get(weather(name)) for _ in range(5)))
        await http.get("/healthz")
        first.reset()
        answers = await waiting
    assert {answer.status_code for answer in answers} == {200}
    assert await _looked_up(upstream, name) == (1, 1)


@clause("W-14")
async def test_unknown_city_is_remembered(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """For a while the source is not asked for it again."""
    name = city("not-found")
    for _ in range(5):
        problem(await http.get(weather(name)), 404, "unknown-city")
    assert (await calls(upstream, name))["geocoding"] == 1


@clause("W-14", "W-15")
async def test_nothing_is_remembered_for_ever(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """An expired report is looked up again, and so is an unknown city."""
    names = [city("fine"), city("not-found")]
    for name in names:
        await http.get(weather(name))
    for name in names:

        async def ask(name: str = name) -> httpx.Response:
            await http.get(weather(name))
            async with client() as source:
                return await source.get(f"{upstream}/calls", params={"name": name})

        await _until(ask, lambda counted: counted.json()["geocoding"] == 2)


@clause("W-15")
async def test_caches_are_told_how_long_it_is_fresh(http: httpx.AsyncClient) -> None:
    """In all: what is left of it they reckon with the `Age`, which begins at 0."""
    uri = weather(city("fine"))
    headers = (await http.get(uri)).headers
    assert headers["cache-control"] == f"public, max-age={FRESH_SECONDS}"
    assert headers["age"] == "0"


@clause("W-15")
async def test_age_grows_until_there_is_a_new_report(http: httpx.AsyncClient) -> None:
    """It never passes `max-age`, which stays what it is."""
    uri = weather(city("fine"))
    first = await http.get(uri)
    older = await _until(
        lambda: http.get(uri), lambda answer: answer.headers["age"] != "0"
    )
    assert 0 < int(older.headers["age"]) < FRESH_SECONDS
    assert older.headers["cache-control"] == f"public, max-age={FRESH_SECONDS}"
    assert older.headers["etag"] == first.headers["etag"]
    newer = await _until(
        lambda: http.get(uri), lambda answer: answer.headers["age"] == "0"
    )
    assert newer.headers["etag"] != first.headers["etag"]
    assert newer.json()["fetched_at"] > first.json()["fetched_at"]


@clause("W-16")
async def test_who_has_the_report_is_told_so(http: httpx.AsyncClient) -> None:
    """304 has no body, and the headers that 200 would have."""
    uri = weather(city("fine"))
    first = await http.get(uri)
    etag = first.headers["etag"]
    assert ETAG.fullmatch(etag)
    for given in (etag, f"W/{etag}", f'"other", {etag}', f'{etag},"other"', "*"):
        again = await http.get(uri, headers={"If-None-Match": given})
        assert again.status_code == 304, given
        assert again.content == b""
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"].startswith("public, max-age=")
        assert again.headers["age"].isdigit()
    assert (await http.head(uri, headers={"If-None-Match": etag})).status_code == 304


@clause("W-16")
@pytest.mark.parametrize(
    "given", ['"other"', "", "garbage", '"', "W/", '""', '"a" "b"', "," * 1_000]
)
async def test_who_has_another_gets_the_report(
    http: httpx.AsyncClient, given: str
) -> None:
    """Also who says it in a way that means nothing."""
    answer = await http.get("/weather/paris", headers={"If-None-Match": given})
    assert answer.status_code == 200
    assert answer.json()["place"]["name"] == "Paris"


@clause("W-16")
async def test_tag_is_of_the_content(http: httpx.AsyncClient) -> None:
    """Two cities have two."""
    tags = {
        (await http.get(weather(city("fine")))).headers["etag"],
        (await http.get(weather(city("fine")))).headers["etag"],
    }
    assert len(tags) == 2


@clause("W-17")
async def test_problems_are_not_for_caches(http: httpx.AsyncClient) -> None:
    """A city may be known, and a source be well, a moment later."""
    failing = {"not-found": 404, "500": 502, "429-daily": 503}
    for kind, status in failing.items():
        answer = await http.get(weather(city(kind)))
        problem(answer, status)
        assert "etag" not in answer.headers
        kept = answer.headers.get("cache-control", "")
        assert "public" not in kept
        assert "max-age" not in kept.replace("max-age=0", "")


@clause("W-18")
async def test_old_report_stands_in_while_the_source_fails(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """It says that it is stale, and how old it is; no cache keeps it."""
    name = city("then-503")
    uri = weather(name)
    first = await http.get(uri)
    assert first.json()["stale"] is False
    old = await _until(lambda: http.get(uri), lambda answer: answer.json()["stale"])
    assert old.status_code == 200
    assert old.json() == first.json() | {"stale": True}
    assert old.headers["cache-control"] == "public, max-age=0"
    assert int(old.headers["age"]) >= FRESH_SECONDS
    assert old.headers["etag"] != first.headers["etag"]
    assert (await calls(upstream, name))["geocoding"] >= 2
    (result,) = (await http.get("/weather", params={"city": name})).json()["results"]
    assert result == old.json()


@clause("W-18")
async def test_old_report_does_not_stand_in_for_ever(
    cell: Cell, start_cell: StartCell
) -> None:
    """In a cell where it may for a second only."""
    own = start_cell(
        cell.name,
        TANDEM_WEATHER_FRESH_SECONDS="0.2",
        TANDEM_WEATHER_STALE_SECONDS="1",
    )
    target = weather(city("then-503"))
    async with client(own.http_url) as http:
        assert (await http.get(target)).status_code == 200
        await _until(lambda: http.get(target), lambda answer: answer.status_code != 200)
        problem(await http.get(target), 502, "upstream-broken")


async def _looked_up(upstream: str, name: str) -> tuple[int, int]:
    counted: Json = await calls(upstream, name)
    return counted["geocoding"], counted["forecast"]


async def _asked(upstream: str, name: str) -> None:
    """Return when the source has been asked for a name."""
    async with asyncio.timeout(5):
        while not (await calls(upstream, name))["geocoding"]:
            pass
