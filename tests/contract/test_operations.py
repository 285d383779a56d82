"""What operators and browsers ask for: health, metrics, documents, pages."""

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.cells import Cell
from tests.contract.checks import client, problem
from tests.contract.clauses import clause
from tests.contract.conftest import StartCell
from tests.contract.raw import ask
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

Json = dict[str, Any]

IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")
URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")
ROUTES = {
    ("/weather/{city}", "get"): {"200", "304"},
    ("/weather", "get"): {"200"},
    ("/chat/{room}/messages", "get"): {"200"},
    ("/chat/{room}/messages", "post"): {"200", "201"},
    ("/healthz", "get"): {"200"},
    ("/readyz", "get"): {"200"},
}
"""The operations that are documented, and how they can go well."""

HERE = {"'self'", "'none'", "'script'", "data:"}


class _Links(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses of scripts, styles, images and frames."""
        given = dict(attrs)
        loads = {"script", "img", "iframe", "source", "audio", "video", "embed"}
        address = given.get("href") if tag == "link" else given.get("src")
        if address and tag in loads | {"link"}:
            self.loaded.append(address)


@clause("H-23")
async def test_healthz(http: httpx.AsyncClient, target: Target) -> None:
    """The process lives, and says which framework it is in which version."""
    health = (await http.get("/healthz")).json()
    assert health["status"] == "ok"
    # By URL it may be any other.
    assert target.name.partition("@")[0] in {health["framework"], "url"}
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", health["version"])


@clause("H-24")
async def test_readyz(http: httpx.AsyncClient) -> None:
    """It is ready while its journal answers."""
    answer = await http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready"}


@clause("H-26")
async def test_metrics_are_of_prometheus(http: httpx.AsyncClient) -> None:
    """In its text format, and every line of it well-formed."""
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    sample = re.compile(r"[a-z_]+(\{.*\})? [-+.0-9a-zA-Z]+")
    for line in answer.text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line
    assert "tandem_chat_open_sockets" in answer.text


@clause("H-26")
async def test_metrics_count_requests(http: httpx.AsyncClient) -> None:
    """By route, method and status."""
    labels = 'method="GET",route="/weather/{city}",status="422"'
    before = await _count(http, labels)
    await http.get("/weather/a%00b")
    async with asyncio.timeout(5):
        while await _count(http, labels) <= before:
            pass  # what is counted when all is done may come after the answer


@clause("H-26")
async def test_clients_cannot_make_labels(
    target: Target, http: httpx.AsyncClient
) -> None:
    """Paths and methods that somebody made up are counted as `other`."""
    await http.get("/made-up-by-a-client")
    await http.request("PATCH", "/healthz")
    await ask(target, "/weather/made-up-city-of-a-client")
    metrics = (await http.get("/metrics")).text
    assert "made-up" not in metrics
    assert "PATCH" not in metrics
    assert 'route="other"' in metrics
    assert 'method="other"' in metrics


@clause("H-27")
async def test_openapi_is_valid(http: httpx.AsyncClient) -> None:
    """By the rules of OpenAPI 3.1."""
    answer = await http.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["openapi"].startswith("3.1.")
    errors = OpenAPIV31SpecValidator(document).iter_errors()
    assert [error.message for error in errors] == []


@clause("H-27")
async def test_openapi_tells_of_every_route(http: httpx.AsyncClient) -> None:
    """With each way to go well, and the problem for all others."""
    paths = (await http.get("/openapi.json")).json()["paths"]
    operations = {
        (path, method): operation
        for path, item in paths.items()
        for method, operation in item.items()
    }
    assert operations.keys() == ROUTES.keys()
    for key, operation in operations.items():
        assert ROUTES[key] <= operation["responses"].keys()
        # A token, or none: that is for who runs the service to say.
        asks = key[0].startswith("/chat")
        assert operation.get("security") == ([{"bearer": []}, {}] if asks else None)
        for statuses in ("4XX", "5XX"):
            content = operation["responses"][statuses]["content"]
            assert list(content) == ["application/problem+json"]


@clause("H-27")
async def test_openapi_tells_the_rules_of_parameters(http: httpx.AsyncClient) -> None:
    """A client made from the document knows what is refused."""
    paths = (await http.get("/openapi.json")).json()["paths"]
    room = _parameters(paths["/chat/{room}/messages"]["get"])
    assert room["path.room"]["pattern"] == "^[a-z0-9-]{1,64}$"
    limit = room["query.limit"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 200, 50)
    one = _parameters(paths["/weather/{city}"]["get"])
    assert (one["path.city"]["minLength"], one["path.city"]["maxLength"]) == (1, 100)
    many = _parameters(paths["/weather"]["get"])["query.city"]
    assert (many["type"], many["minItems"], many["maxItems"]) == ("array", 1, 20)
    for name in (one["path.city"], many["items"]):
        assert re.search(name["pattern"], "東京")
        assert not re.search(name["pattern"], " \x85\u3000")


@clause("H-29")
async def test_asyncapi_tells_of_the_socket(http: httpx.AsyncClient) -> None:
    """Its address and every frame that goes either way."""
    answer = await http.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["asyncapi"] == "3.0.0"
    (channel,) = document["channels"].values()
    assert channel["address"] == "/chat"
    ways = {each["action"] for each in document["operations"].values()}
    assert ways == {"send", "receive"}
    messages = document["components"]["messages"].values()
    kinds = {_kind(message["payload"]) for message in messages}
    assert {"welcome", "message", "presence", "error", ""} <= kinds
    ways_in = document["components"]["securitySchemes"].values()
    assert {each["type"] for each in ways_in} == {"http", "httpApiKey"}


@clause("H-29")
async def test_asyncapi_holds_together(http: httpx.AsyncClient) -> None:
    """Every reference leads somewhere, every payload is a JSON Schema."""
    document = (await http.get("/asyncapi.json")).json()
    for reference in _references(document):
        assert reference.startswith("#/")
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    for message in document["components"]["messages"].values():
        Draft202012Validator.check_schema(message["payload"])


@clause("H-30", "H-31")
@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_page_needs_no_other_host(http: httpx.AsyncClient, path: str) -> None:
    """All that it loads, and that these load, comes from where it came from."""
    page = await http.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    links = _Links()
    links.feed(page.text)
    assert links.loaded
    seen: set[str] = set()
    waiting = [urljoin(path, address) for address in links.loaded]
    while waiting:
        uri = waiting.pop()
        assert uri.startswith("/"), uri
        assert not uri.startswith("//"), uri
        if uri not in seen:
            seen.add(uri)
            waiting += [urljoin(uri, each) for each in await _loaded(http, uri)]


@clause("H-30", "H-31")
@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_page_may_run_nothing_of_another_host(
    http: httpx.AsyncClient, path: str
) -> None:
    """Its policy names no host for whatever is run or shown."""
    allowed = _policy(await http.get(path))
    assert allowed["default-src"] == {"'none'"}
    assert allowed["script-src"] == {"'self'"}
    for name, sources in allowed.items():
        assert name == "connect-src" or sources <= HERE, name


@clause("H-35")
@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_policy_is_strict(http: httpx.AsyncClient, path: str) -> None:
    """Nothing inline, framed, rebased or submitted; connections are to named hosts."""
    allowed = _policy(await http.get(path))
    for name in ("default-src", "base-uri", "frame-ancestors", "form-action"):
        assert allowed[name] == {"'none'"}
    for name in ("script-src", "style-src"):
        assert allowed[name] == {"'self'"}
    for source in allowed["connect-src"] - {"'self'"}:
        assert re.fullmatch(r"(http|ws)s?://[^/*]+", source), source


@clause("H-35")
async def test_the_page_may_connect_to_its_columns(
    cell: Cell, start_cell: StartCell
) -> None:
    """To their sockets too, and to nobody else."""
    columns = "https://quart.example,http://127.0.0.1:8002/below"
    own = start_cell(cell.name, TANDEM_COLUMNS=columns)
    async with client(own.http_url) as http:
        page, docs = [_policy(await http.get(path)) for path in ("/", "/docs")]
    assert docs["connect-src"] == {"'self'"}
    assert page["connect-src"] == {
        "'self'",
        "https://quart.example",
        "wss://quart.example",
        "http://127.0.0.1:8002",
        "ws://127.0.0.1:8002",
    }


@clause("H-30")
async def test_docs_show_the_document(http: httpx.AsyncClient) -> None:
    """The reference is made of the app's own OpenAPI document."""
    assert "/openapi.json" in (await http.get("/docs")).text


@clause("H-32")
@pytest.mark.parametrize(
    "uri",
    [
        "/static",
        "/static/",
        "/static/nothing.js",
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
        "/static/..%2fsettings.py",
        "/static/..%5csettings.py",
        "/static//etc/passwd",
        "/static/%2Fetc%2Fpasswd",
        "/static/index.html/",
        "/static/index.html%00",
        "/static/vendor",
        "/static/" + "x" * 300,
        "/static/%FF",
    ],
)
async def test_nothing_but_files_is_under_static(target: Target, uri: str) -> None:
    """No folder, nothing beside it, nothing above it."""
    problem(await ask(target, uri), 404)


@clause("H-32")
@pytest.mark.parametrize(
    "range_", ["bytes=0-5", "bytes=abc", "bytes=9-1", "bytes=999999999-", "x", ""]
)
async def test_files_come_whole(http: httpx.AsyncClient, range_: str) -> None:
    """Whatever range is asked for."""
    whole = await http.get("/static/index.html")
    answer = await http.get("/static/index.html", headers={"Range": range_})
    assert answer.status_code == 200
    assert answer.content == whole.content


@clause("H-32")
async def test_file_is_not_sent_twice(http: httpx.AsyncClient) -> None:
    """Who has it by its ETag gets 304."""
    first = await http.get("/static/index.html")
    headers = {"If-None-Match": first.headers["etag"]}
    again = await http.get("/static/index.html", headers=headers)
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def _count(http: httpx.AsyncClient, labels: str) -> float:
    name = "tandem_http_request_duration_seconds_count"
    found = re.search(
        rf'^{name}\{{framework="[a-z]+",{re.escape(labels)}\}} (\S+)$',
        (await http.get("/metrics")).text,
        re.MULTILINE,
    )
    return float(found[1]) if found else 0


async def _loaded(http: httpx.AsyncClient, uri: str) -> list[str]:
    """What a script or a style loads; of vendored ones their policy is proof enough."""
    answer = await http.get(uri)
    assert answer.status_code == 200, uri
    kind = answer.headers["content-type"]
    if "/vendor/" in uri:
        return []
    if "javascript" in kind:
        return IMPORT.findall(answer.text)
    found: list[str] = URL.findall(answer.text) if "css" in kind else []
    return [each for each in found if not each.startswith(("data:", "#"))]


def _policy(page: httpx.Response) -> dict[str, set[str]]:
    policy = page.headers["content-security-policy"]
    return {rule.split()[0]: set(rule.split()[1:]) for rule in policy.split(";")}


def _parameters(operation: Json) -> dict[str, Json]:
    return {
        f"{each['in']}.{each['name']}": each["schema"]
        for each in operation["parameters"]
    }


def _kind(payload: Json) -> str:
    kind: str = payload["properties"].get("type", {}).get("const", "")
    return kind


def _references(found: object) -> Iterator[str]:
    if isinstance(found, dict):
        for key, each in found.items():
            if key == "$ref":
                yield each
            else:
                yield from _references(each)
    elif isinstance(found, list):
        for each in found:
            yield from _references(each)
