"""All entries of the ledger, chapter by chapter."""

from types import ModuleType

from tests.differences.chapters import (
    disconnects,
    files,
    requests,
    responses,
    routing,
    servers,
    sockets,
    tasks,
    testing,
)
from tests.differences.ledger import Difference

CHAPTERS: tuple[ModuleType, ...] = (
    routing,
    requests,
    responses,
    files,
    sockets,
    disconnects,
    tasks,
    servers,
    testing,
)
ENTRIES: tuple[Difference, ...] = tuple(
    entry for module in CHAPTERS for entry in module.chapter
)
