"""What comes in."""

import asyncio
from contextlib import suppress

from tests.contract.raw import Connection, head
from tests.differences.asking import (
    answer,
    in_short,
    plain_and_modelled,
    status_and_body,
)
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_JSON = {"Content-Type": "application/json"}
_ITEM = '{"name":"x"}'
_FORM = {"Content-Type": "multipart/form-data; boundary=cut"}
_QUERY_MODEL = Glue("shared/validation.py", "class QueryModel")
_QUERIED = Glue("quart_app/chat.py", "query = checked_query(HistoryQuery")
_QUERIES = (
    _QUERIED,
    Glue("fastapi_app/chat.py", "query: Annotated[HistoryQuery, Query()]"),
)
_INVALID = (
    Glue("quart_app/errors.py", "async def on_invalid"),
    Glue("fastapi_app/errors.py", "async def on_invalid"),
)
_HTTP_ERRORS = (
    Glue("quart_app/errors.py", "async def on_http_error"),
    Glue("fastapi_app/errors.py", "async def on_http_error"),
)
_REQUEST_CLASSES = (
    Glue("quart_app/json_provider.py", "class ContractRequest"),
    Glue("fastapi_app/routing.py", "class StrictRequest"),
)


@chapter.difference(
    "A query key given twice",
    "`/pages?page=1&page=2`, where one number is asked for: by Quart's"
    ' `request.args.get("page", 1, type=int)`, by a typed parameter of FastAPI\'s; and'
    " by a model, which quart-schema's `@validate_querystring` checks.",
    _QUERY_MODEL,
    *_QUERIES,
)
async def query_key_given_twice(cells: StockCells) -> Observation:
    """Give a key twice."""
    return await _queried(cells, "/pages?page=1&page=2")


@chapter.difference(
    "A query value of another type",
    "`/pages?page=abc`, where a number with the default 1 is asked for, in the same two"
    " ways.",
    *_QUERIES,
)
async def query_value_of_another_type(cells: StockCells) -> Observation:
    """Give a text for a number."""
    return await _queried(cells, "/pages?page=abc")


@chapter.difference(
    "A query key that is missing",
    '`/search`, where a key `q` is asked for: by Quart\'s `request.args["q"]`, by a'
    " parameter of FastAPI's without a default, and by a model.",
    *_INVALID,
)
async def missing_query_key(cells: StockCells) -> Observation:
    """Leave a key out."""
    return await _queried(cells, "/search")


@chapter.difference(
    "A query key that ends in `[]`",
    "`/tags?tag[]=x`, where a model asks for a list `tag`: quart-schema takes the"
    " brackets off, FastAPI knows no such key.",
    _QUERIED,
)
async def query_key_with_brackets(cells: StockCells) -> Observation:
    """Name a key as PHP wants a list's."""
    return status_and_body(await answer(cells.api, "/tags?tag[]=x"))


@chapter.difference(
    "A body that is not JSON", "A `POST` of `{no` as `application/json`.", *_HTTP_ERRORS
)
async def no_json(cells: StockCells) -> Observation:
    """Send no JSON."""
    return await _answered(cells, "/items", _JSON, b"{no")


@chapter.difference(
    "A body without a media type",
    'A `POST` of `{"name":"x"}` without `Content-Type`.',
    Glue("quart_app/chat.py", "@validate_request(NewMessage)"),
)
async def no_media_type(cells: StockCells) -> Observation:
    """Send JSON and do not say so."""
    return await _answered(cells, "/items", {}, _ITEM.encode())


@chapter.difference(
    "JSON in UTF-16", 'A `POST` of `{"name":"x"}` in UTF-16.', *_REQUEST_CLASSES
)
async def json_in_utf_16(cells: StockCells) -> Observation:
    """Send JSON in another encoding than RFC 8259 wants."""
    return await _answered(cells, "/items", _JSON, _ITEM.encode("utf-16"))


@chapter.difference(
    "JSON in no encoding",
    'A `POST` of the bytes `{"name":"\\xe9"}`.',
    *_REQUEST_CLASSES,
)
async def json_in_no_encoding(cells: StockCells) -> Observation:
    """Send JSON with a byte that no UTF-8 has."""
    return await _answered(cells, "/items", _JSON, b'{"name":"\xe9"}')


@chapter.difference(
    "JSON nested too deeply",
    "A `POST` of 100,000 opening brackets.",
    Glue("quart_app/json_provider.py", "except RecursionError"),
    *_HTTP_ERRORS,
)
async def json_nested_too_deeply(cells: StockCells) -> Observation:
    """Send JSON that Python's parser gives up on."""
    return await _answered(cells, "/items", _JSON, b"[" * 100_000)


@chapter.difference(
    "Validation of a body",
    'A `POST` of `{"due": "soon"}` where a `task` and a time are asked for; Quart'
    " validates with quart-schema, as its own API tutorial does.",
    *_INVALID,
)
async def validation_of_a_body(cells: StockCells) -> Observation:
    """Send JSON that breaks rules."""
    body = b'{"due": "soon"}'
    response = await answer(
        cells.api, "/todos", method="POST", headers=_JSON, body=body
    )
    return {
        "status": response.status,
        "names the field": "yes" if b"due" in response.body else "no",
    }


@chapter.difference(
    "Body limit",
    "An upload of 17 MiB: Quart's `MAX_CONTENT_LENGTH` is 16 MiB by default, FastAPI's"
    " `max_body_size` is none.",
    Glue("shared/middleware.py", "body = await read_body"),
)
async def body_limit(cells: StockCells) -> Observation:
    """Upload a big file."""
    body = _file(b"x" * 17 * 1_048_576)
    length = {"Content-Length": str(len(body))}
    async with await Connection.open(cells.app) as connection:
        upload = head(cells.app, "/upload", method="POST", headers=_FORM | length)
        await connection.send(upload)
        sending = asyncio.create_task(_send(connection, body))
        response = await connection.read_response()  # may come before all is sent
        await sending
    return status_and_body(response)


@chapter.difference(
    "A field's limit in a form",
    "A form with a field of 600,000 bytes, and with one of 1,100,000: Quart's"
    " `MAX_FORM_MEMORY_SIZE` is 500,000 bytes by default, Starlette's `max_part_size`"
    " 1 MiB.",
    reason="The contract has no forms.",
)
async def field_limit(cells: StockCells) -> Observation:
    """Send forms with a big field."""
    sizes = (600_000, 1_100_000)
    return {f"{size:,} bytes": await _field(cells, size) for size in sizes}


@chapter.difference(
    "A file that is missing",
    "A form without the file that the handler asks for.",
    reason="The contract has no forms.",
)
async def missing_file(cells: StockCells) -> Observation:
    """Upload another file than was asked for."""
    return await _answered(cells, "/upload", _FORM, _file(b"x", name="other"))


def _file(content: bytes, name: str = "file") -> bytes:
    disposition = f'form-data; name="{name}"; filename="a.txt"'
    start = f"--cut\r\nContent-Disposition: {disposition}\r\n\r\n"
    return start.encode() + content + b"\r\n--cut--\r\n"


async def _field(cells: StockCells, size: int) -> str:
    part = b'--cut\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    body = part + b"x" * size + b"\r\n--cut--\r\n"
    response = await answer(cells.app, "/form", method="POST", headers=_FORM, body=body)
    return in_short(response)


async def _queried(cells: StockCells, target: str) -> Observation:
    return dict(await plain_and_modelled(cells, target, in_short))


async def _answered(
    cells: StockCells,
    target: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Observation:
    method = "GET" if body is None else "POST"
    response = await answer(
        cells.app, target, method=method, headers=headers, body=body or b""
    )
    return status_and_body(response)


async def _send(connection: Connection, body: bytes) -> None:
    with suppress(OSError):  # who refuses it does not read it
        await connection.send(body)
