"""What the two apps say of themselves, normalised: routes, OpenAPI and AsyncAPI.

`python -m tests.parity` compares what both say with docs/api and shows every
difference. `--write` writes it there, which is how a wanted change is accepted; its
diff is then reviewed like any other.
"""

import argparse
import asyncio
import difflib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from quart import Quart
from starlette.routing import Mount, WebSocketRoute

import fastapi_app
import quart_app
from fastapi_app.routing import no_such_socket
from shared.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs" / "api"
ACCEPT = "If the change is wanted, `make api` accepts it; then review docs/api."

Documents = dict[str, str]
"""The names of the files in docs/api, each with its text."""

_WORDING = {"title", "description", "operationId", "summary"}
"""What a program that reads the document does not need."""

_SETS = {"parameters", "required", "enum", "type", "anyOf", "oneOf", "allOf", "tags"}
"""The keys of lists whose order means nothing."""


def apps() -> tuple[Quart, FastAPI]:
    """Both apps, not started."""
    settings = Settings(journal="memory://")
    return quart_app.create_app(settings), fastapi_app.create_app(settings)


async def said() -> tuple[Documents, Documents]:
    """What Quart's app and what FastAPI's says."""
    quart, fastapi = apps()
    return (
        await _documents(quart, quart_routes(quart)),
        await _documents(fastapi, fastapi_routes(fastapi)),
    )


def committed() -> Documents:
    """What is in docs/api."""
    return {each.name: each.read_text("utf-8") for each in FOLDER.glob("*")}


def differences(old: Documents, new: Documents, old_name: str, new_name: str) -> str:
    """All differences as unified diffs, empty if there are none."""
    return "".join(
        line
        for file in sorted({*old, *new})
        for line in difflib.unified_diff(
            old.get(file, "").splitlines(keepends=True),
            new.get(file, "").splitlines(keepends=True),
            f"{old_name}: {file}",
            f"{new_name}: {file}",
        )
    )


def quart_routes(app: Quart) -> Iterator[str]:
    """What Quart's router takes, such as `GET /weather/{city}`."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<path:\w+>", "{path}", rule.rule)
        path = re.sub(r"<(\w+)>", r"{\1}", path)
        methods = {"SOCKET"} if rule.websocket else rule.methods or ()
        yield from (f"{method} {path}" for method in methods)


def fastapi_routes(app: FastAPI) -> Iterator[str]:
    """What FastAPI's router takes, in the same notation."""
    for context in iter_route_contexts(app.routes):
        path, methods = context.path, set(context.methods or ())
        if context.endpoint is no_such_socket:
            continue  # it answers where no route is
        if isinstance(context.original_route, WebSocketRoute):
            methods = {"SOCKET"}
        if isinstance(context.original_route, Mount):
            path, methods = f"{path}/{{path}}", {"GET", "HEAD"}
        if "GET" in methods:
            methods |= {"HEAD"}  # by HeadMiddleware, before the router
        yield from (f"{method} {path}" for method in methods)


def normal(document: Any) -> Any:
    """An OpenAPI document with its references followed and without its wording."""
    rest = {key: each for key, each in document.items() if key != "components"}
    # Named where they are used, and not referred to.
    schemes = document.get("components", {}).get("securitySchemes", {})
    rest["components"] = {"securitySchemes": schemes}
    normalised = _normal(rest, document, "")
    return {**normalised, "info": document["info"]}


async def _documents(app: Any, routes: Iterable[str]) -> Documents:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        openapi = (await client.get("/openapi.json")).raise_for_status().json()
        asyncapi = (await client.get("/asyncapi.json")).raise_for_status().json()
    by_path = sorted(routes, key=lambda route: route.split()[::-1])
    return {
        "routes.txt": "".join(f"{route}\n" for route in by_path),
        "openapi.json": _written(normal(openapi), sort_keys=True),
        "asyncapi.json": _written(asyncapi),  # as it is: both have it from the core
    }


def _written(value: Any, *, sort_keys: bool = False) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=sort_keys)
    return f"{text}\n"


def _normal(found: Any, document: Any, key: str) -> Any:
    match found:
        case {"$ref": str(reference)}:
            target = document
            for step in reference.removeprefix("#/").split("/"):
                target = target[step]
            return _normal(target, document, key)
        case dict():
            kept = {name: each for name, each in found.items() if _matters(name, each)}
            normalised = {
                name: _normal(each, document, name) for name, each in kept.items()
            }
            if key == "responses":  # OpenAPI requires a description of each
                return {
                    name: {**each, "description": ""}
                    for name, each in normalised.items()
                }
            return normalised
        case list():
            each_normal = [_normal(each, document, "") for each in found]
            return sorted(each_normal, key=_sorted) if key in _SETS else each_normal
        case _:
            return found


def _sorted(found: Any) -> str:
    return json.dumps(found, sort_keys=True)


def _matters(key: str, value: Any) -> bool:
    if key in _WORDING:
        return isinstance(value, dict)  # a property that happens to have such a name
    return (key, value) not in [("default", None), ("parameters", [])]


def main() -> int:
    """Compare, or write; 0 if all agree."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.parity",
        description="Compare the routes and the documents of both apps with docs/api.",
    )
    parser.add_argument(
        "--write", action="store_true", help="accept what both apps say into docs/api"
    )
    write = parser.parse_args().write
    quart, fastapi = asyncio.run(said())
    if found := differences(quart, fastapi, "quart", "fastapi"):
        print(f"{found}\nThe two apps do not say the same; make them agree first.")
        return 1
    if write:
        FOLDER.mkdir(exist_ok=True)
        for file, text in quart.items():
            (FOLDER / file).write_text(text, "utf-8")
        print(f"Written into docs/api: {', '.join(quart)}.")
    elif found := differences(committed(), quart, "docs/api", "both apps"):
        print(f"{found}\n{ACCEPT}")
        return 1
    else:
        print("Both apps say what is in docs/api.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
