"""Paths and methods."""

from tests.contract.raw import Response
from tests.differences.asking import answer, header, status, status_and_type
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_REFUSAL = Glue("shared/paths.py", "nowhere = path.startswith")


@chapter.difference(
    "Trailing slash",
    "A request for `/items/`, where the route is `/items`.",
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
    "A request for `/names/a%2Fb`, where the route is `/names/{name}`: both decode the"
    " path before they route, so no name can have a slash.",
    reason="Both answer 404, as the contract wants it.",
    same=True,
)
async def percent_encoded_slash(cells: StockCells) -> Observation:
    """Ask for a name with a slash."""
    return status(await answer(cells.app, "/names/a%2Fb"))


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
    Glue("shared/validation.py", "def checked("),
    Glue("fastapi_app/errors.py", "async def on_invalid"),
)
async def no_number_in_the_path(cells: StockCells) -> Observation:
    """Ask for a number that is none."""
    response = await answer(cells.app, "/numbers/abc")
    return status_and_type(response)


@chapter.difference(
    "A negative number in the path",
    "A request for `/numbers/-5`, where the route wants an `int`.",
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
        location = location.replace(cells.app.http_url, "")
    return {"status": response.status, "location": location}


def _allowed(response: Response) -> list[str]:
    return sorted((header(response, "allow") or "").replace(" ", "").split(","))
