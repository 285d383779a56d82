"""What goes out."""

import json

from tests.contract.raw import Response
from tests.differences.asking import (
    answer,
    header,
    in_short,
    new_key,
    plain_and_modelled,
    status,
    status_and_body,
    status_and_type,
    wait_for_notes,
)
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_JSON_PROVIDER = (
    Glue("quart_app/app.py", "app.json = ContractJSONProvider(app)"),
    Glue("quart_app/json_provider.py", "def dumps("),
)
_HTTP_ERRORS = (
    Glue("quart_app/errors.py", "async def on_http_error"),
    Glue("fastapi_app/errors.py", "async def on_http_error"),
)
_PROPAGATE = Glue("quart_app/app.py", 'app.config["PROPAGATE_EXCEPTIONS"] = True')
_OURS = "Every handler of the apps returns a model or a `Response`."


@chapter.difference(
    "Order of keys in JSON",
    'A handler that returns the dict `{"zebra": ..., "ant": ...}`; in Quart'
    " `app.json.sort_keys = False` leaves the keys as they are.",
    *_JSON_PROVIDER,
)
async def order_of_keys(cells: StockCells) -> Observation:
    """Read the keys in order."""
    return list(json.loads((await answer(cells.app, "/items")).body))


@chapter.difference(
    "Text in JSON that is not ASCII",
    "A handler that returns `Käfer` in a dict; in Quart `app.json.ensure_ascii = False`"
    " leaves it as it is.",
    *_JSON_PROVIDER,
)
async def text_that_is_not_ascii(cells: StockCells) -> Observation:
    """Look at how a letter is written."""
    body = (await answer(cells.app, "/items")).body
    return "as it is" if "Käfer".encode() in body else "escaped"


@chapter.difference(
    "Line feed after JSON", "The last byte of a JSON body.", *_JSON_PROVIDER
)
async def line_feed_after_json(cells: StockCells) -> Observation:
    """Look at the last byte."""
    return repr((await answer(cells.app, "/items")).body[-1:].decode())


@chapter.difference(
    "Times in JSON",
    "A handler that returns a `datetime` in UTC: in a dict from an app without models,"
    " and in a model, which quart-schema's own JSON provider writes, and FastAPI where"
    " a return type is declared.",
    Glue("quart_app/app.py", 'pydantic_dump_options={"mode": "json"}'),
)
async def times_in_json(cells: StockCells) -> Observation:
    """Look at how a time is written."""
    return dict(await plain_and_modelled(cells, "/datetime", _value))


@chapter.difference(
    "Decimal numbers in JSON",
    'A handler that returns `Decimal("1.10")`, in a dict and in a model.',
    reason="No model of the contract has one.",
)
async def decimals_in_json(cells: StockCells) -> Observation:
    """Look at how a decimal number is written."""
    return dict(await plain_and_modelled(cells, "/decimal", _value))


@chapter.difference(
    "Not a number in JSON",
    'A handler that returns `float("nan")`, which JSON has not, in a dict and in a'
    " model.",
    Glue("shared/weather/wire.py", "model_config = ConfigDict(strict=True"),
)
async def not_a_number(cells: StockCells) -> Observation:
    """Look at what becomes of a float that is not a number."""
    return dict(await plain_and_modelled(cells, "/nan", in_short))


@chapter.difference(
    "A handler that returns nothing", "A handler without `return`.", reason=_OURS
)
async def returns_nothing(cells: StockCells) -> Observation:
    """Ask a handler that returns None."""
    return status_and_body(await answer(cells.app, "/none"))


@chapter.difference(
    "A handler that returns a text", 'A handler that returns `"Hello"`.', reason=_OURS
)
async def returns_a_text(cells: StockCells) -> Observation:
    """Ask a handler that returns a str."""
    response = await answer(cells.app, "/text")
    return f"{header(response, 'content-type')}: {response.body.decode()}"


@chapter.difference(
    "A handler that returns a tuple",
    'A handler that returns `"Hello", 201`.',
    Glue("quart_app/chat.py", "return message, 201 if created else 200"),
    Glue("fastapi_app/chat.py", "response.status_code = 201 if created else 200"),
)
async def returns_a_tuple(cells: StockCells) -> Observation:
    """Ask a handler that returns a tuple."""
    return status_and_body(await answer(cells.app, "/pair"))


@chapter.difference(
    "A response with more than its model has",
    "What goes out of a dict with a key `secret` that the response model lacks, and of"
    " an object of a class below the model, which has an `id` more.",
    reason=_OURS,
)
async def more_than_the_model(cells: StockCells) -> Observation:
    """Ask for responses with a key too many."""
    paths = {"a dict": "/todos/surplus", "of a subclass": "/todos/subclass"}
    return {
        what: sorted(json.loads((await answer(cells.api, path)).body))
        for what, path in paths.items()
    }


@chapter.difference(
    "Redirects",
    "A redirect without a status of the handler's choice.",
    reason="The contract has no redirects.",
)
async def redirects(cells: StockCells) -> Observation:
    """Ask for a redirect."""
    return status(await answer(cells.app, "/redirect"))


@chapter.difference("404", "A request for a path that there is not.", *_HTTP_ERRORS)
async def not_found(cells: StockCells) -> Observation:
    """Ask for what is not there."""
    return status_and_type(await answer(cells.app, "/no-such-path"))


@chapter.difference(
    "405", "A request with a method that the path does not take.", *_HTTP_ERRORS
)
async def method_not_allowed(cells: StockCells) -> Observation:
    """Ask with another method."""
    return status_and_type(await answer(cells.app, "/items", method="DELETE"))


@chapter.difference(
    "An error that the handler chooses",
    '`abort(403, "Members only")` and `HTTPException(403, "Members only")`.',
    *_HTTP_ERRORS,
)
async def chosen_error(cells: StockCells) -> Observation:
    """Ask for what is refused."""
    return status_and_type(await answer(cells.app, "/abort"))


@chapter.difference(
    "500",
    "A handler with a bug.",
    _PROPAGATE,
    Glue("shared/middleware.py", "await exchange.refuse(500"),
)
async def server_error(cells: StockCells) -> Observation:
    """Ask a handler with a bug."""
    return status_and_type(await answer(cells.app, "/error"))


@chapter.difference(
    "Who hears of a bug",
    "What ASGI middleware around the app sees when a handler raises: Quart logs it and"
    " answers, FastAPI answers and raises it anew.",
    _PROPAGATE,
)
async def who_hears_of_a_bug(cells: StockCells) -> Observation:
    """Ask a handler with a bug, and the middleware around it."""
    key = new_key()
    await answer(cells.app, f"/error?{key}")
    (seen,) = await wait_for_notes(cells.app, key, 1)
    return "no exception" if seen.startswith("user") else seen


@chapter.difference(
    "Refused in a hook",
    "`abort(401)` in Quart's `before_request`, and `HTTPException(401)` raised in"
    ' FastAPI\'s `@app.middleware("http")`, which is around what would answer it.',
    Glue("shared/middleware.py", "except TandemError as error"),
)
async def refused_in_a_hook(cells: StockCells) -> Observation:
    """Send what a hook refuses."""
    headers = {"X-Token": "wrong"}
    return status(await answer(cells.api, "/database", headers=headers))


@chapter.difference(
    "OpenAPI",
    "Whether an app has `/openapi.json` and `/docs`: a plain one, and one with models.",
    Glue("quart_app/app.py", "QuartSchema("),
    Glue("fastapi_app/app.py", "docs_url=None"),
)
async def openapi(cells: StockCells) -> Observation:
    """Ask for the documents."""
    return {
        f"{path} {where}": code
        for path in ("/openapi.json", "/docs")
        for where, code in (await plain_and_modelled(cells, path, _status)).items()
    }


def _status(response: Response) -> int:
    return response.status


def _value(response: Response) -> str:
    (value,) = json.loads(response.body).values()
    return repr(value)
