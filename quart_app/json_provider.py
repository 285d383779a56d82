"""JSON as the contract wants it, in both directions."""

import json
from typing import Any

from quart import Quart, Request, Response
from quart.json.provider import JSONProvider
from werkzeug.exceptions import BadRequest


def leave_responses_alone(app: Quart) -> None:
    """Convert models only: quart-schema has each Response looked through, too.

    It has replaced this method itself, so there is no other place to say so.
    """
    convert = app.make_response

    async def make_response(result: Any) -> Any:
        return result if isinstance(result, Response) else await convert(result)

    app.make_response = make_response  # type: ignore[method-assign]


class ContractRequest(Request):
    """A request whose body, where it is not UTF-8, is a bad one and not a 500."""

    async def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """The body. Raises BadRequest."""
        try:
            return await super().get_data(*args, **kwargs)
        except UnicodeDecodeError as error:
            raise BadRequest from error


class ContractJSONProvider(JSONProvider):
    """Compact, unescaped, keys in the order of the model.

    Quart's own sorts the keys, escapes what is not ASCII, and lets a body that is
    nested too deeply end in a RecursionError, which is a 500.
    """

    def dumps(self, obj: Any, **_: Any) -> str:
        """A value as JSON text."""
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """JSON text as a value. Raises ValueError."""
        try:
            return json.loads(s)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
