"""Files, cookies, sessions."""

from tests.contract.raw import Response
from tests.differences.asking import answer, header, status_and_type
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_FILE = "/static/hello.txt"
_WHOLE = Glue("shared/middleware.py", 'headers = [each for each in scope["headers"]')


@chapter.difference(
    "How long a file may be cached",
    "The `Cache-Control` of a static file.",
    Glue("shared/middleware.py", 'complete.append((b"cache-control"'),
)
async def caching_of_files(cells: StockCells) -> Observation:
    """Ask for a file."""
    return header(await answer(cells.app, _FILE), "cache-control")


@chapter.difference(
    "Ranges of a file announced", "The `Accept-Ranges` of a static file.", _WHOLE
)
async def ranges_announced(cells: StockCells) -> Observation:
    """Ask for a file."""
    return header(await answer(cells.app, _FILE), "accept-ranges")


@chapter.difference("Several ranges of a file", "`Range: bytes=0-1,4-5`.", _WHOLE)
async def several_ranges(cells: StockCells) -> Observation:
    """Ask for two parts of a file."""
    return await _part(cells, "bytes=0-1,4-5")


@chapter.difference("A range that makes no sense", "`Range: bytes=x`.", _WHOLE)
async def malformed_range(cells: StockCells) -> Observation:
    """Ask for a part that there cannot be."""
    return await _part(cells, "bytes=x")


@chapter.difference(
    "Attributes of a cookie",
    "A cookie that is set with a name and a value only.",
    reason="The contract has no cookies.",
)
async def attributes_of_a_cookie(cells: StockCells) -> Observation:
    """Ask for a cookie."""
    return _attributes(await answer(cells.app, "/cookie"))


@chapter.difference(
    "Attributes of a session",
    "The cookie of a session, which is part of Quart and in FastAPI a middleware of"
    " Starlette's.",
    reason="The contract has no sessions.",
)
async def attributes_of_a_session(cells: StockCells) -> Observation:
    """Ask for a session."""
    return _attributes(await answer(cells.app, "/session"))


async def _part(cells: StockCells, asked: str) -> Observation:
    return status_and_type(await answer(cells.app, _FILE, headers={"Range": asked}))


def _attributes(response: Response) -> list[str]:
    _, *attributes = response.headers["set-cookie"].split("; ")
    return sorted(each.lower() for each in attributes)
