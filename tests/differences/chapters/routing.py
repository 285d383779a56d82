"""Paths and methods."""

import json

from tests.contract.raw import Response
from tests.differences.asking import answer, header, status, status_and_type
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_REFUSAL = Glue("shared/paths.py", "nowhere = path.startswith")


@chapter.difference(
    "Trailing slash",
    "A request for `/items/`, where the route is `/items`.",
    _REFUSAL,
    Glue("fastapi_app/app.py", "redirect_slashes=False"),
)
async def trailing_slash(cells: StockCells) -> Observation:
    """Ask with a slash too many."""
    return _redirect(cells, await answer(cells.app, "/items/"))


@chapter.difference(
    "Missing trailing slash",
    "A request for `/folder`, where the route is `/folder/`.",
    reason="No path of the contract ends in a slash.",
)
async def missing_trailing_slash(cells: StockCells) -> Observation:
    """Ask with a slash too few."""
    return _redirect(cells, await answer(cells.app, "/folder"))


@chapter.difference(
    "Slashes at the start",
    "A request for `//items`, where the route is `/items`.",
    _REFUSAL,
)
async def slashes_at_the_start(cells: StockCells) -> Observation:
    """Ask with two slashes at the start."""
    return status(await answer(cells.app, "//items"))


@chapter.difference(
    "Slashes in the middle",
    "A request for `/names//ann`, where the route is `/names/{name}`.",
    Glue("quart_app/app.py", "app.url_map.merge_slashes = False"),
)
async def slashes_in_the_middle(cells: StockCells) -> Observation:
    """Ask with two slashes in the middle."""
    return _redirect(cells, await answer(cells.app, "/names//ann"))


@chapter.difference(
    "Line feed at the end",
    "A request for `/items%0A`, where the route is `/items`.",
    _REFUSAL,
)
async def line_feed_at_the_end(cells: StockCells) -> Observation:
    """Ask with a line feed at the end."""
    return status(await answer(cells.app, "/items%0A"))


@chapter.difference(
    "Percent-encoded slash",
    "A request for `/names/a%2Fb`, where the route is `/names/{name}`, and for"
    " `/files/a%2Fb`, whose route has the `path` converter of either framework. The"
    ' server has decoded the path (`scope["path"]`), and both route what it gives'
    " them, so that a plain name can have no slash.",
    reason="Both answer 404, as the contract wants it.",
    same=True,
)
async def percent_encoded_slash(cells: StockCells) -> Observation:
    """Ask for a name with a slash."""
    return {
        "name": (await answer(cells.app, "/names/a%2Fb")).status,
        "path converter": (await answer(cells.app, "/files/a%2Fb")).status,
    }


@chapter.difference(
    "Order of routes",
    "A request for `/users/me`, where `/users/{name}` was declared first and"
    " `/users/me` after it: Quart's router weighs the rules, FastAPI's takes the first"
    " that matches.",
    reason="No two routes of the contract take the same path.",
)
async def order_of_routes(cells: StockCells) -> Observation:
    """Ask for what two routes take."""
    return _value(await answer(cells.app, "/users/me"))


@chapter.difference(
    "Two handlers of the same name",
    "Two functions named `page`, for two paths: a route of Quart's is named after its"
    " function.",
    reason="No module of the apps has two handlers of the same name.",
)
async def two_handlers_of_one_name(cells: StockCells) -> Observation:
    """Define them."""
    return cells.in_process("handlers_of_one_name")


@chapter.difference(
    "Below a prefix",
    "Requests for `/items` and `/api/items`, where the route is `/items` and the server"
    " was told that the app is at `/api`: `--root-path /api`, in granian"
    ' `--url-path-prefix /api`. A framework is given that as `scope["root_path"]`;'
    " uvicorn puts it before the path itself.",
    reason="The apps are served at the root.",
)
async def below_a_prefix(cells: StockCells) -> Observation:
    """Ask with the prefix and without it."""
    option = {"granian": "--url-path-prefix"}.get(cells.server, "--root-path")
    with cells.own(options=[option, "/api"]) as cell:
        cell.start()
        paths = ("/items", "/api/items")
        return {path: (await answer(cell, path)).status for path in paths}


@chapter.difference(
    "HEAD",
    "A `HEAD` request for a `GET` route.",
    Glue("fastapi_app/routing.py", "class HeadMiddleware"),
    Glue("fastapi_app/app.py", "app.add_middleware(HeadMiddleware)"),
)
async def head_request(cells: StockCells) -> Observation:
    """Ask for the head."""
    response = await answer(cells.app, "/items", method="HEAD")
    return status(response)


@chapter.difference(
    "OPTIONS",
    "An `OPTIONS` request for a route that takes `GET` and `POST`.",
    Glue("quart_app/app.py", 'app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False'),
)
async def options(cells: StockCells) -> Observation:
    """Ask for the options."""
    response = await answer(cells.app, "/items", method="OPTIONS")
    return {"status": response.status, "allow": _allowed(response)}


@chapter.difference(
    "`Allow` of a 405",
    "A `DELETE` of a path that has a handler for `GET` and another for `POST`.",
    Glue("fastapi_app/routing.py", "def allowed_methods"),
    Glue("quart_app/errors.py", "usable = ["),
)
async def allow(cells: StockCells) -> Observation:
    """Ask with a method that the path does not take."""
    response = await answer(cells.app, "/items", method="DELETE")
    return {"status": response.status, "allow": _allowed(response)}


@chapter.difference(
    "A number in the path that is none",
    "A request for `/numbers/abc`, where the route wants an `int`.",
    reason="No path of the contract has a number.",
)
async def no_number_in_the_path(cells: StockCells) -> Observation:
    """Ask for a number that is none."""
    response = await answer(cells.app, "/numbers/abc")
    return status_and_type(response)


@chapter.difference(
    "A negative number in the path",
    "A request for `/numbers/-5`, where the route wants an `int`: Quart's guide says"
    " that it takes positive ones, and Werkzeug has `<int(signed=True):number>` for the"
    " others.",
    reason="No path of the contract has a number.",
)
async def negative_number_in_the_path(cells: StockCells) -> Observation:
    """Ask for a negative number."""
    return status(await answer(cells.app, "/numbers/-5"))


@chapter.difference(
    "A page at a socket's path",
    "A plain `GET` of a path that is a WebSocket's.",
    Glue("quart_app/errors.py", "elif isinstance(error, MethodNotAllowed |"),
)
async def page_at_a_sockets_path(cells: StockCells) -> Observation:
    """Ask a socket's path without a handshake."""
    response = await answer(cells.app, "/echo")
    return status_and_type(response)


@chapter.difference(
    "A `Host` that cannot be one",
    "A request whose `Host` has an empty label, `a..b`.",
    Glue("shared/paths.py", "labels = host.partition"),
)
async def bad_host(cells: StockCells) -> Observation:
    """Ask a host that there cannot be."""
    response = await answer(cells.app, "/items", headers={"Host": "a..b"})
    return status_and_type(response)


def _redirect(cells: StockCells, response: Response) -> Observation:
    location = header(response, "location")
    if location is not None:
        location = location.replace(cells.app.http_url, "{origin}")
    return {"status": response.status, "location": location}


def _value(response: Response) -> Observation:
    (value,) = json.loads(response.body).values()
    return str(value)


def _allowed(response: Response) -> list[str]:
    return sorted((header(response, "allow") or "").replace(" ", "").split(","))
