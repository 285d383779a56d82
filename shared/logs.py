"""The log: one JSON object a line on stderr, whoever logs, our servers included."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from shared.settings import Settings

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request or the socket that is served."""


class JsonLines(logging.Formatter):
    """A record as one line, whatever a client has put into it.

    All that is not ASCII is escaped: to a terminal or a reader of lines, U+2028 or a C1
    control character in a name could be more than a letter.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
            "request_id": REQUEST_ID.get(),
        }
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str).replace("\x7f", "\\u007f")


def log_to_stderr(settings: Settings) -> None:
    """Log as the settings say."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    level = settings.log_level.upper()
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)  # noqa: FBT003 -- the standard library's signature
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every look-up
