"""A process with a SQLite journal: `python -m tests.core.journal_process FILE`.

Prints the epoch once it has the journal, or the sentence why not. Then appends each
line of its input, all at once, and prints each `seq` when it is acknowledged.
"""

import asyncio
import os
import sys
from pathlib import Path

from shared.chat.journal import Draft
from shared.chat.sqlite_journal import SqliteJournal
from shared.errors import StartError


async def main(path: Path) -> None:
    """Append lines until there are no more."""
    try:
        journal = await SqliteJournal.open(path, 100_000, 5)
    except StartError as error:
        print(error, flush=True)
        return
    print(journal.epoch, flush=True)

    async def append(line: str) -> None:
        appended = await journal.append(Draft("lobby", "child", line, None))
        os.write(sys.stdout.fileno(), f"{appended.message.seq}\n".encode())

    async with asyncio.TaskGroup() as tasks:
        while line := await asyncio.to_thread(sys.stdin.readline):
            tasks.create_task(append(line.rstrip()))
    await journal.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
