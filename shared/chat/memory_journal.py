"""A journal in memory, for tests and try-outs: nothing outlives the process."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from shared.chat.frames import Message
from shared.chat.journal import Appended, Draft, Span
from shared.chat.tail import LocalTail


class MemoryJournal:
    """The Journal port on lists."""

    def __init__(self, retention_messages: int) -> None:
        self.epoch = secrets.token_hex(8)
        self._retention = retention_messages
        self._rooms: defaultdict[str, list[Message]] = defaultdict(list)
        self._refs: dict[tuple[str, str, str], Message] = {}
        self._tail = LocalTail(self.read)

    def append(self, draft: Draft) -> asyncio.Future[Appended]:
        """Append at once; the future is done when this returns."""
        future = asyncio.get_running_loop().create_future()
        future.set_result(self._append(draft))
        return future

    def _append(self, draft: Draft) -> Appended:
        key = None if draft.ref is None else (draft.room, draft.name, draft.ref)
        if key in self._refs:
            return Appended(self._refs[key], created=False)
        kept = self._rooms[draft.room]
        seq = kept[-1].seq + 1 if kept else 1
        message = Message(seq=seq, at=datetime.now(UTC), **draft._asdict())
        kept.append(message)
        if key is not None:
            self._refs[key] = message
        if len(kept) > self._retention:
            gone = kept.pop(0)
            if gone.ref is not None:
                del self._refs[gone.room, gone.name, gone.ref]
        self._tail.announce(draft.room, [message])
        return Appended(message, created=True)

    async def span(self, room: str) -> Span:
        """What there is of a room."""
        kept = self._rooms.get(room)
        return Span(kept[0].seq, kept[-1].seq) if kept else Span(1, 0)

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """The first `limit` kept messages after `after`."""
        kept = self._rooms.get(room)
        if not kept:
            return []
        start = max(0, after - kept[0].seq + 1)
        return kept[start : start + limit]

    def tail(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """All messages after `after`, for ever."""
        return self._tail.follow(room, after)

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        """Nothing is held."""
