"""Both apps on a journal that breaks at certain words: how errors inside end.

`python -m tests.contract.failing_app quart --server uvicorn --port 8000`
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import shared.core
from fastapi_app import create_app as create_fastapi
from quart_app import create_app as create_quart
from shared.chat.frames import Message
from shared.chat.journal import Appended, Draft, Span
from shared.chat.sqlite_journal import SqliteJournal
from shared.command_line import main

BREAKS_THE_APPEND = "break the append"
BREAKS_THE_ROOM = "break the room"
BROKEN_ROOM = "broken-from-the-start"
SECRET = "a secret of the inside"


class BreakingJournal(SqliteJournal):
    """A journal with bugs, which no client can cause in the real one."""

    def append(self, draft: Draft) -> asyncio.Future[Appended]:
        """Break at one text."""
        if draft.text == BREAKS_THE_APPEND:
            raise RuntimeError(SECRET)
        return super().append(draft)

    async def span(self, room: str) -> Span:
        """Break in one room."""
        if room == BROKEN_ROOM:
            raise RuntimeError(SECRET)
        return await super().span(room)

    async def tail(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """Break at another text."""
        async for messages in super().tail(room, after):
            if any(message.text == BREAKS_THE_ROOM for message in messages):
                raise RuntimeError(SECRET)
            yield messages


def quart_app() -> Any:
    """The Quart app."""
    return _with_bugs(create_quart)


def fastapi_app() -> Any:
    """The FastAPI app."""
    return _with_bugs(create_fastapi)


def _with_bugs(create_app: Any) -> Any:
    shared.core.SqliteJournal = BreakingJournal  # type: ignore[attr-defined]
    return create_app()


if __name__ == "__main__":
    framework = sys.argv.pop(1)
    sys.exit(main(f"tests.contract.failing_app:{framework}_app"))
