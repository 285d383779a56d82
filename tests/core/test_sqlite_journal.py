"""The SQLite journal: what it promises beyond every journal, and how it fails."""

import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from shared.chat import sqlite_journal
from shared.chat.journal import Draft, Span
from shared.chat.sqlite_journal import SqliteJournal
from shared.errors import StartError, Unavailable
from tests.core.fakes import draft

pytestmark = pytest.mark.asyncio

NOBODY = 65_534


async def open_journal(path: Path) -> SqliteJournal:
    """The journal in that file."""
    return await SqliteJournal.open(path, 100_000, 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal of a test is."""
    return tmp_path / "journal.db"


@pytest_asyncio.fixture
async def journal(path: Path) -> AsyncIterator[SqliteJournal]:
    """An open journal."""
    opened = await open_journal(path)
    yield opened
    await opened.close()


@contextmanager
def other_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that opens the journal of that file."""
    command = [sys.executable, "-m", "tests.core.journal_process", str(path)]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def read_only_folder() -> Iterator[Path]:
    """A folder that anybody may enter and nobody write to."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o555)
        yield path


def write(path: Path, content: bytes) -> None:
    """Put a file there."""
    path.write_bytes(content)


def read(path: Path) -> bytes:
    """What the file holds."""
    return path.read_bytes()


@contextmanager
def nobody() -> Iterator[None]:
    """Without the rights of root, which may write everywhere."""
    was = os.geteuid()
    os.seteuid(was or NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout
    return process.stdout.readline().rstrip()


def commits_of(journal: SqliteJournal) -> list[str]:
    """A list that grows by each COMMIT from now on."""
    commits: list[str] = []

    def trace(statement: str) -> None:
        if statement == "COMMIT":
            commits.append(statement)

    journal._writer._db.set_trace_callback(trace)
    return commits


async def test_many_that_wait_share_a_commit(journal: SqliteJournal) -> None:
    """200 posters with 5 messages each need 5 commits, not 1,000."""
    commits = commits_of(journal)

    async def post() -> None:
        for _ in range(5):
            await journal.append(draft())

    await asyncio.gather(*(post() for _ in range(200)))
    assert await journal.span("lobby") == Span(1, 1_000)
    assert len(commits) == 5


async def test_what_comes_during_a_commit_is_in_the_next(
    journal: SqliteJournal,
) -> None:
    """The first message does not wait for company; the others share one commit."""
    loop, started = asyncio.get_running_loop(), asyncio.Event()
    statements: list[str] = []

    def trace(statement: str) -> None:
        statements.append(statement)
        loop.call_soon_threadsafe(started.set)

    journal._writer._db.set_trace_callback(trace)
    first = journal.append(draft())
    await started.wait()
    rest = [journal.append(draft()) for _ in range(99)]
    await asyncio.gather(first, *rest)
    assert statements.count("COMMIT") == 2


async def test_a_commit_has_a_largest_size(journal: SqliteJournal) -> None:
    """So that the first of very many does not wait for the last."""
    commits = commits_of(journal)
    await asyncio.gather(*(journal.append(draft()) for _ in range(2_500)))
    assert len(commits) == 3


async def test_commits_are_measured(journal: SqliteJournal) -> None:
    """/metrics tells how many messages share a commit."""

    def measured(what: str) -> float:
        return REGISTRY.get_sample_value(f"tandem_journal_commit_messages_{what}") or 0

    commits, messages = measured("count"), measured("sum")
    await asyncio.gather(*(journal.append(draft()) for _ in range(7)))
    assert (measured("count") - commits, measured("sum") - messages) == (1, 7)


async def test_a_commit_is_on_the_disk(journal: SqliteJournal, path: Path) -> None:
    """Write-ahead log and full synchronisation, on every connection."""
    for store in journal._stores:
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert path.with_name("journal.db-wal").exists()


async def test_a_locked_file_is_waited_for(path: Path) -> None:
    """As long as the setting says."""
    journal = await SqliteJournal.open(path, 100_000, 3)
    for store in journal._stores:
        assert store._db.execute("PRAGMA busy_timeout").fetchone() == (3_000,)
    await journal.close()


async def test_a_journal_goes_on_where_it_ended(path: Path) -> None:
    """Epoch, messages and refs outlive the process, and `seq` counts on."""
    journal = await open_journal(path)
    appended = [await journal.append(draft(ref=f"r{i}")) for i in range(3)]
    await journal.close()
    reopened = await open_journal(path)
    assert reopened.epoch == journal.epoch
    assert await reopened.read("lobby", 0, 10) == [a.message for a in appended]
    assert not (await reopened.append(draft(ref="r2"))).created
    assert (await reopened.append(draft())).message.seq == 4
    await reopened.close()


async def test_a_new_file_is_a_new_life(path: Path, tmp_path: Path) -> None:
    """Cursors of one mean nothing in the other."""
    journal, other = await open_journal(path), await open_journal(tmp_path / "other")
    assert journal.epoch != other.epoch
    await journal.close()
    await other.close()


async def test_its_folder_is_made(tmp_path: Path) -> None:
    """The default is in a data folder that need not be there."""
    journal = await open_journal(tmp_path / "a" / "b" / "journal.db")
    await journal.close()
    assert (tmp_path / "a" / "b" / "journal.db").exists()


async def test_what_was_queued_at_close_is_in_the_file(path: Path) -> None:
    """More than one commit's worth."""
    journal = await open_journal(path)
    for _ in range(1_500):
        journal.append(draft())
    await journal.close()
    reopened = await open_journal(path)
    assert await reopened.span("lobby") == Span(1, 1_500)
    await reopened.close()


async def test_a_second_process_is_refused(path: Path, journal: SqliteJournal) -> None:
    """The sentence names the process that has the journal, and what to do."""
    with other_process(path) as second:
        told = line_of(second)
    assert told == (
        f"The journal {path} is in use by process {os.getpid()}: stop that process, or"
        " give this one a journal of its own with"
        " TANDEM_JOURNAL=sqlite:///another/file.db, or all of them one in a Redis, such"
        " as redis://localhost:6379/0."
    )


async def test_this_process_is_refused_too(path: Path) -> None:
    """While another has the journal; no longer."""
    with other_process(path) as first:
        epoch = line_of(first)
        with pytest.raises(StartError, match=f"in use by process {first.pid}:"):
            await open_journal(path)
    journal = await open_journal(path)
    assert journal.epoch == epoch
    await journal.close()


async def test_a_holder_that_left_no_number_is_called_unknown(
    path: Path, journal: SqliteJournal
) -> None:
    """The refusal does not depend on what the lock file says."""
    path.with_name("journal.db.lock").write_text("")
    with pytest.raises(StartError, match="in use by process unknown:"):
        await open_journal(path)


async def test_a_holder_of_before_is_not_named(path: Path) -> None:
    """Only the process that has the journal now is."""
    path.with_name("journal.db.lock").write_text("12345678\n")
    journal = await open_journal(path)
    with pytest.raises(StartError, match=f"in use by process {os.getpid()}:"):
        await open_journal(path)
    await journal.close()


async def test_a_killed_process_keeps_its_word(path: Path) -> None:
    """Each message acknowledged before a SIGKILL is there, and `seq` has no gap."""
    with other_process(path) as process:
        assert process.stdin
        line_of(process)
        process.stdin.write("".join(f"line {i}\n" for i in range(1, 2_001)))
        process.stdin.flush()
        for _ in range(20):
            line_of(process)
        process.kill()
        assert process.stdout
        acknowledged = 20 + len(process.stdout.read().splitlines())
    journal = await open_journal(path)
    kept = await journal.read("lobby", 0, 10_000)
    assert len(kept) >= acknowledged
    expected = [(i, f"line {i}") for i in range(1, len(kept) + 1)]
    assert [(message.seq, message.text) for message in kept] == expected
    assert (await journal.append(draft())).message.seq == len(kept) + 1
    await journal.close()


@pytest.mark.parametrize(
    "content",
    [b"This is no database. " * 99, b"SQLite format 3\0" + b"\xff" * 5_000],
    ids=["another file", "a damaged one"],
)
async def test_a_file_that_is_no_journal_is_refused(path: Path, content: bytes) -> None:
    """One sentence names it; nothing is written to it, and no lock is left."""
    write(path, content)
    for _ in range(2):
        with pytest.raises(StartError) as caught:
            await open_journal(path)
        assert str(caught.value).startswith(f"The journal {path} cannot be used (")
        assert str(caught.value).endswith(
            "): point TANDEM_JOURNAL to a file that this user may write."
        )
    assert read(path) == content


async def test_a_database_of_something_else_is_refused(path: Path) -> None:
    """A table of the same name with other columns is not ours."""
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE messages (body TEXT)")
    db.close()
    with pytest.raises(StartError, match="cannot be used"):
        await open_journal(path)


async def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """The reason stands in the sentence."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match=r"cannot be used .*(exists|directory)"):
        await open_journal(tmp_path / "file" / "journal.db")


async def test_a_read_only_folder_is_refused() -> None:
    """The reason stands in the sentence."""
    refused = pytest.raises(StartError, match="Permission denied")
    with read_only_folder() as folder, nobody(), refused:
        await open_journal(folder / "journal.db")


@pytest.mark.parametrize("ending", ["ABORT", "ROLLBACK"])
async def test_after_a_failed_commit_the_next_one_works(
    journal: SqliteJournal, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    """All in it are refused, none is there, and `seq` has no gap."""
    journal._writer._db.execute(
        "CREATE TEMP TRIGGER t BEFORE INSERT ON messages WHEN new.text = 'poison'"
        f" BEGIN SELECT RAISE({ending}, 'the disk is on fire'); END"
    )
    drafts = [draft("fine"), draft("poison"), draft("fine too")]
    failed = await asyncio.gather(*map(journal.append, drafts), return_exceptions=True)
    for error in failed:
        assert isinstance(error, Unavailable)
        assert str(error) == "The journal failed; try again."
        assert error.retry_after == 1
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "a commit failed")
    ]
    assert "the disk is on fire" in caplog.text
    assert await journal.span("lobby") == Span(1, 0)
    assert (await journal.append(draft("fine"))).message.seq == 1


async def test_a_full_disk_is_no_end(journal: SqliteJournal) -> None:
    """Messages are refused while there is no room, and taken as soon as there is."""
    await journal.append(draft())
    pages = journal._writer._db.execute("PRAGMA page_count").fetchone()[0]
    journal._writer._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable):
        await journal.append(draft("x" * 100_000))
    journal._writer._db.execute("PRAGMA max_page_count = 10000")
    assert (await journal.append(draft("x" * 100_000))).message.seq == 2


async def test_a_text_that_cannot_be_stored_harms_no_other(
    journal: SqliteJournal,
) -> None:
    """Even an error that is not SQLite's leaves no transaction open."""
    with pytest.raises(Unavailable):
        await journal.append(draft("\ud800"))
    assert (await journal.append(draft())).message.seq == 1


async def test_who_gave_up_does_not_hear_of_a_failure(journal: SqliteJournal) -> None:
    """A cancelled append in a commit that fails is no error of its own."""
    given_up = journal.append(draft("\ud800"))
    given_up.cancel()
    with pytest.raises(Unavailable):
        await journal.append(draft())


async def test_a_time_is_kept_to_the_microsecond(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond that is cut off, in the answer as in the file."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_456_789)
    message = (await journal.append(draft())).message
    assert message.at == datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC)
    assert await journal.read("lobby", 0, 1) == [message]


async def test_what_cannot_be_read_is_unavailable(
    journal: SqliteJournal, caplog: pytest.LogCaptureFixture
) -> None:
    """Span, page and ping say so in the words of the port."""
    journal._writer._db.execute("DROP TABLE messages")
    with pytest.raises(Unavailable):
        await journal.span("lobby")
    with pytest.raises(Unavailable):
        await journal.read("lobby", 0, 10)
    with pytest.raises(Unavailable):
        await journal.ping()
    assert [record.message for record in caplog.records] == ["a read failed"] * 3


async def test_a_reader_does_not_wait_for_the_writer(
    journal: SqliteJournal, path: Path
) -> None:
    """Pages are read while a commit is under way."""
    await journal.append(Draft("lobby", "ann", "first", None))
    db: Any = journal._writer._db
    db.execute("BEGIN IMMEDIATE")
    assert [m.text for m in await journal.read("lobby", 0, 10)] == ["first"]
    db.execute("ROLLBACK")


async def test_it_does_not_wait_for_a_thread(journal: SqliteJournal) -> None:
    """Whatever else the process does in threads, the journal has two of its own."""
    loop, over = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    busy = loop.run_in_executor(None, over.wait)
    try:
        async with asyncio.timeout(10):
            message = (await journal.append(draft())).message
            assert await journal.read("lobby", 0, 1) == [message]
    finally:
        over.set()
        await busy


async def test_it_has_one_thread_to_write_and_one_to_read(
    journal: SqliteJournal,
) -> None:
    """A connection is not for two at a time; whoever debugs knows them by name."""
    over = threading.Event()
    reads = [asyncio.create_task(journal._ask(over.wait)) for _ in range(3)]
    await journal.append(draft())
    names = [thread.name for thread in threading.enumerate()]
    over.set()
    await asyncio.gather(*reads)
    assert sorted(name for name in names if name.startswith("journal")) == [
        "journal-reader_0",
        "journal-writer_0",
    ]


async def test_what_waits_for_a_hanging_disk_is_bounded(
    journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond that an append is refused at once; what was queued is kept."""
    monkeypatch.setattr(sqlite_journal, "_QUEUE", 2)
    queued = [journal.append(draft()) for _ in range(2)]
    with pytest.raises(Unavailable):
        await journal.append(draft())
    assert [(await each).message.seq for each in queued] == [1, 2]
