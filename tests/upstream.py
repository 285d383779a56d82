"""The weather source of the tests: the stand-in on a real socket, failing on demand.

`python -m tests.upstream --port 0` prints its URL, its only line, when it listens.
What goes wrong is told by the name of the city: `fault-<kind>` at the geocoding,
`fault-forecast-<kind>` at the forecast, either with `-<nonce>` behind it, so that tests
do not disturb each other. The kinds:

    fine            nothing               missing         200, a key is missing
    slow            nothing, after 0.3 s  nonsense        200, a value of a wrong type
    nulls           nothing is measured   broken          200, cut in the middle
    then-503        fine once, then 503   huge            200, after 2 MiB of spaces
    not-found       no match              stall           never answers
    400, 500, 503   that status           reset           cuts the connection
    error           200, an error's body
    429-minutely, 429-hourly, 429-daily, 429-concurrent   that limit is passed

`GET /calls?name=<city>` tells what came for a name: {"geocoding": 1, "forecast": 1,
"queries": [...]}, the last being the raw query strings of the geocoding. A forecast
counts for the name that was last geocoded to its coordinates.
"""

import argparse
import asyncio
import signal
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.weather import stand_in
from shared.weather.gazetteer import gazetteer
from shared.weather.stand_in import Message, Query

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Body = dict[str, Any]

_STATUSES = {
    "400": (400, "Something is wrong with the request."),
    "500": (500, "Internal Server Error"),
    "503": (503, "Service Unavailable"),
    "429-minutely": (
        429,
        "Minutely API request limit exceeded. Please try again in one minute.",
    ),
    "429-hourly": (
        429,
        "Hourly API request limit exceeded. Please try again in the next hour.",
    ),
    "429-daily": (429, "Daily API request limit exceeded. Please try again tomorrow."),
    "429-concurrent": (429, "Too many concurrent requests"),
}
_KINDS = [*_STATUSES, "fine", "slow", "nulls", "then-503", "not-found"]
_KINDS += ["missing", "nonsense", "broken", "error", "huge", "stall", "reset"]


class Upstream:
    """An ASGI app that answers as the stand-in does, but for names with a fault."""

    def __init__(self) -> None:
        self._queries: dict[str, list[str]] = {}
        self._forecasts: Counter[str] = Counter()
        self._names: dict[tuple[float, float], str] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        raw = scope["query_string"].decode("latin-1")
        query = dict(parse_qsl(raw))
        match scope["path"]:
            case "/calls":
                kind, status, body = "fine", 200, self._calls(query["name"])
            case "/v1/search":
                kind, status, body = self._search(query, raw)
            case path:
                kind, status, body = self._forecast(path, query)
        if kind == "slow":
            await asyncio.sleep(0.3)
        if kind == "reset":
            _cut(scope["state"]["transport"])
        if kind in {"reset", "stall"}:
            await _disconnect(receive)
        else:
            await stand_in.respond(send, status, _encode(body, kind))

    def _calls(self, name: str) -> Body:
        queries = self._queries.get(name, [])
        forecasts = self._forecasts[name]
        return {"geocoding": len(queries), "forecast": forecasts, "queries": queries}

    def _search(self, query: Query, raw: str) -> tuple[str, int, Body]:
        name = query.get("name", "")
        queries = self._queries.setdefault(name, [])
        queries.append(raw)
        status: int
        body: Body
        if name.startswith("fault-"):
            # Coordinates of its own, in the Pacific, tell the forecast the name.
            number = list(self._queries).index(name)
            place = {"latitude": number / 1000, "longitude": -150.5, "name": name}
            status, body = 200, {"results": [place], "generationtime_ms": 0.1}
        else:
            status, body = stand_in.answer("/v1/search", query)
        for place in body.get("results", [])[:1]:
            where = place.get("latitude", 0.0), place.get("longitude", 0.0)
            self._names[where] = name
        kind = _kind(name, "geocoding")
        return kind, *_spoil(kind, status, body, len(queries))

    def _forecast(self, path: str, query: Query) -> tuple[str, int, Body]:
        status, body = stand_in.answer(path, query)
        name = self._names.get((body.get("latitude", 0), body.get("longitude", 0)), "")
        self._forecasts[name] += 1
        kind = _kind(name, "forecast")
        return kind, *_spoil(kind, status, body, self._forecasts[name])


def _kind(name: str, api: str) -> str:
    words = name.removeprefix("fault-")
    at = "forecast" if words.startswith(("forecast-", "nulls")) else "geocoding"
    words = words.removeprefix("forecast-")
    if at != api or not name.startswith("fault-"):
        return "fine"
    # An unknown kind is a mistake in a test: StopIteration, thus 500.
    return next(kind for kind in _KINDS if f"{words}-".startswith(f"{kind}-"))


def _spoil(kind: str, status: int, body: Body, calls: int) -> tuple[int, Body]:
    if kind == "then-503" and calls > 1:
        kind = "503"
    if kind in _STATUSES:
        status, reason = _STATUSES[kind]
        return status, {"error": True, "reason": reason}
    if kind == "error":
        return status, {"error": True, "reason": "Unexpected error while streaming."}
    if kind == "not-found":
        return status, {"generationtime_ms": 0.1}
    part = body["current"] if "current" in body else body.get("results", [{}])[0]
    match kind:
        case "missing":
            part.popitem()
        case "nonsense":
            part.update({key: ["soup"] for key in part})
        case "nulls":
            part.update({name: None for name in part if name in stand_in.UNITS})
    return status, body


def _encode(body: Body, kind: str) -> bytes:
    encoded = stand_in.encode(body)
    match kind:
        case "broken":
            return encoded[: len(encoded) // 2]
        case "huge":
            return b" " * (2 << 20) + encoded
        case _:
            return encoded


def _cut(transport: asyncio.Transport) -> None:
    # Lingering for 0 s makes it a reset, not an orderly end.
    reset = struct.pack("ii", 1, 0)
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    transport.abort()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Protocol(H11Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            print("http://{}:{}".format(*listener.getsockname()), flush=True)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    signal.raise_signal(signal.SIGTERM)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="A weather source that fails by name.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, means any")
    parser.add_argument(
        "--piped", action="store_true", help="end when standard input does"
    )
    args = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", args.port))
    if args.piped:
        threading.Thread(target=_end_with_input, daemon=True).start()
    gazetteer()
    config = uvicorn.Config(
        Upstream(),
        loop="asyncio",
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    _Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
