"""The SQLite file of a journal, blocking: one thread writes, another one reads."""

import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

from shared.chat.frames import Message
from shared.chat.journal import Appended, Draft, Span

_SCHEMA = """
CREATE TABLE IF NOT EXISTS life (epoch TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    room TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
    at_microseconds INTEGER NOT NULL, ref TEXT, PRIMARY KEY (room, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS refs ON messages (room, name, ref)
    WHERE ref IS NOT NULL;
"""
_COLUMNS = "seq, room, name, text, at_microseconds, ref"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqliteStore:
    """One connection to the file. Every method may raise sqlite3.Error."""

    def __init__(self, path: Path, timeout_seconds: float) -> None:
        self._db = sqlite3.connect(
            path,
            timeout=timeout_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # Readers do not wait for the writer, and a commit is on the disk when it
            # returns: without FULL a power cut may take acknowledged messages back.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error:  # the file is none of SQLite's
            self._db.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def prepare(self) -> str:
        """Make the tables if they are not there; the epoch of this file."""
        self._db.executescript(_SCHEMA)
        row = self._db.execute("SELECT epoch FROM life").fetchone()
        if row is None:
            row = (token_hex(8),)
            self._db.execute("INSERT INTO life VALUES (?)", row)
        return str(row[0])

    def append(self, drafts: Sequence[Draft], retention: int) -> list[Appended]:
        """Append all drafts in one commit, durable when this returns."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            appended = [self._append(draft) for draft in drafts]
            last = {a.message.room: a.message.seq for a in appended if a.created}
            self._db.executemany(
                "DELETE FROM messages WHERE room = ? AND seq <= ?",
                [(room, seq - retention) for room, seq in last.items()],
            )
            self._db.execute("COMMIT")
        except Exception:  # an open transaction would refuse every later one
            if self._db.in_transaction:  # SQLite itself has rolled some failures back
                self._db.execute("ROLLBACK")
            raise
        return appended

    def span(self, room: str) -> Span:
        """The first and the last `seq` of a room."""
        # Two look-ups in the index: min and max in one SELECT would scan the room.
        first, last = self._db.execute(
            "SELECT (SELECT min(seq) FROM messages WHERE room = :room),"
            " (SELECT max(seq) FROM messages WHERE room = :room)",
            {"room": room},
        ).fetchone()
        return Span(1, 0) if last is None else Span(first, last)

    def read(self, room: str, after: int, limit: int) -> list[Message]:
        """The first `limit` messages of a room after `after`."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM messages WHERE room = ? AND seq > ?"  # noqa: S608
            " ORDER BY seq LIMIT ?",
            (room, after, limit),
        )
        return [_message(*row) for row in rows]

    def _append(self, draft: Draft) -> Appended:
        known = draft.ref and self._by_ref(draft)
        if known:
            return Appended(known, created=False)
        seq = self.span(draft.room).last + 1
        at = time.time_ns() // 1_000
        row = (seq, draft.room, draft.name, draft.text, at, draft.ref)
        self._db.execute(f"INSERT INTO messages ({_COLUMNS}) VALUES (?,?,?,?,?,?)", row)  # noqa: S608
        return Appended(_message(*row), created=True)

    def _by_ref(self, draft: Draft) -> Message | None:
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM messages WHERE room = ? AND name = ? AND ref = ?",  # noqa: S608
            (draft.room, draft.name, draft.ref),
        ).fetchone()
        return _message(*row) if row else None


def _message(
    seq: int, room: str, name: str, text: str, at: int, ref: str | None
) -> Message:
    # What the journal keeps was checked when it came in.
    return Message.model_construct(
        seq=seq,
        room=room,
        name=name,
        text=text,
        at=_EPOCH + timedelta(microseconds=at),
        ref=ref,
    )
