"""JSON as the contract wants it, in both directions."""

import json
from typing import Any

from quart.json.provider import JSONProvider


class ContractJSONProvider(JSONProvider):
    """Compact, unescaped, keys in the order of the model.

    Quart's own sorts the keys, escapes what is not ASCII, and lets a body that is
    nested too deeply end in a RecursionError, which is a 500.
    """

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """A value as JSON text."""
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """JSON text as a value. Raises ValueError."""
        try:
            return json.loads(s)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
