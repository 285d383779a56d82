"""The whole contract in bare ASGI: what the core costs without any framework."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.baselines import answers
from benchmarks.baselines.answers import JSON, Response
from shared import web
from shared.asgi import Receive, Scope, Send, respond
from shared.chat.asyncapi import document
from shared.chat.frames import HistoryQuery, Join, Room
from shared.chat.seat import Seat
from shared.chat.tokens import accepted
from shared.core import Core, open_core
from shared.errors import TandemError
from shared.metrics import CONTENT_TYPE, exposition
from shared.middleware import Middleware
from shared.openapi import Health, Ready
from shared.settings import Settings
from shared.validation import checked, checked_query
from shared.weather.report import CitiesQuery, City, WeatherQuery

_OPENAPI = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"
"""What both apps say of themselves, as it was committed."""


@dataclass(frozen=True)
class Asked:
    """A request, and the part of its path that is a name."""

    scope: Scope
    receive: Receive
    name: str


Handler = Callable[[Asked], Awaitable[Response | None]]


def create_app() -> Middleware:
    """The app, in the middleware of the two that it is compared with."""
    settings = Settings.load()
    return Middleware(Bare(settings), "bare", settings)


class Bare:
    """Routes by hand."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._core: Core
        self._pages: dict[str, Callable[[], Awaitable[Response]]] = {
            "": self._page,
            "docs": self._docs,
            "healthz": self._healthz,
            "readyz": self._readyz,
            "metrics": self._metrics,
            "openapi.json": self._openapi,
            "asyncapi.json": self._asyncapi,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            if scope["type"] == "http":
                await respond(scope, send, *await self._answer(scope, receive))
            elif scope["path"] == "/chat":
                await self._chat(scope, receive, send)
            else:
                await respond(scope, send, *answers.not_found(scope["path"]))
        except TandemError as error:
            await respond(scope, send, *answers.refused(error, scope["path"]))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with open_core(self._settings) as self._core:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        path, method = scope["path"], scope["method"]
        handlers, name = self._route(path)
        handler = handlers.get("GET" if method == "HEAD" else method)
        if handlers and handler is None:
            return answers.not_allowed(path, ", ".join(["HEAD", *handlers]))
        found = await handler(Asked(scope, receive, name)) if handler else None
        return found or answers.not_found(path)

    def _route(self, path: str) -> tuple[dict[str, Handler], str]:
        match path.split("/")[1:]:
            case ["weather", city]:
                return {"GET": self._report}, city
            case ["weather"]:
                return {"GET": self._reports}, ""
            case ["chat", room, "messages"] if room:
                return {"GET": self._history, "POST": self._post}, room
            case ["static", *parts]:
                return {"GET": _static}, "/".join(parts)
            case [name] if name in self._pages:
                return {"GET": lambda _: self._pages[name]()}, name
        return {}, ""

    async def _report(self, asked: Asked) -> Response:
        target = asked.scope["path"], asked.scope["query_string"]
        answer = self._core.weather.kept(target)
        if answer is None:
            city = checked(City, asked.name, "path", "city")
            query = checked_query(WeatherQuery, answers.query(asked.scope))
            answer = await self._core.weather.report(city, query.country, target)
        return answers.weather(answer, asked.scope)

    async def _reports(self, asked: Asked) -> Response:
        query = checked_query(CitiesQuery, answers.query(asked.scope))
        found = await self._core.weather.reports(query.city, query.country)
        return answers.response(200, JSON, found)

    async def _history(self, asked: Asked) -> Response:
        claims = answers.claims(self._core, asked.scope)
        room = checked(Room, asked.name, "path", "room")
        query = checked_query(HistoryQuery, answers.query(asked.scope))
        return answers.model(200, await self._core.chat.history(room, query, claims))

    async def _post(self, asked: Asked) -> Response:
        claims = answers.claims(self._core, asked.scope)
        room = checked(Room, asked.name, "path", "room")
        body = (await asked.receive()).get("body", b"")
        new = answers.new_message(asked.scope, body)
        sender = asked.scope["client"][0]
        message, created = await self._core.chat.post(room, new, sender, claims)
        return answers.model(201 if created else 200, message)

    async def _healthz(self) -> Response:
        return answers.model(
            200, Health(status="ok", framework="bare", version="1.0.0")
        )

    async def _readyz(self) -> Response:
        await self._core.chat.ready()
        return answers.model(200, Ready(status="ready"))

    async def _metrics(self) -> Response:
        return answers.response(200, CONTENT_TYPE, exposition())

    async def _openapi(self) -> Response:
        return answers.response(200, JSON, _OPENAPI.read_bytes())

    async def _asyncapi(self) -> Response:
        said = json.dumps(document(), ensure_ascii=False, separators=(",", ":"))
        return answers.response(200, JSON, said.encode())

    async def _docs(self) -> Response:
        return answers.page(web.docs(), web.DOCS_POLICY)

    async def _page(self) -> Response:
        columns = self._settings.columns
        return answers.page(web.page(columns), web.page_policy(columns))

    async def _chat(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        claims = answers.claims(self._core, scope)
        join = checked_query(Join, answers.query(scope))
        origin, host = (answers.header(scope, name) for name in (b"origin", b"host"))

        async def close(code: int, reason: str) -> None:
            await send({"type": "websocket.close", "code": code, "reason": reason})

        chosen, scheme = accepted(scope["subprotocols"]), scope["scheme"]
        async with self._core.chat.join(join, origin, host, scheme, claims) as seat:
            await send({"type": "websocket.accept", "subprotocol": chosen})
            await seat.serve(_read(seat, receive), _write(seat, send), close)


async def _static(asked: Asked) -> Response | None:
    return answers.file(asked.name, asked.scope)


async def _read(seat: Seat, receive: Receive) -> None:
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text")
        await seat.take(event["bytes"] if text is None else text)


async def _write(seat: Seat, send: Send) -> None:
    async for frame in seat.frames():
        await send({"type": "websocket.send", "text": frame})
