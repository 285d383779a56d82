"""What TANDEM_JOURNAL says: which kind of journal, and where."""

import re
from pathlib import Path


def sqlite_path(journal: str) -> Path | None:
    """The file that a `sqlite:///` journal names, or None for another kind."""
    kind, _, path = journal.partition(":///")
    return Path(path) if kind == "sqlite" and path else None


def is_redis(journal: str) -> bool:
    """Whether a journal is one that many processes share."""
    return re.match(r"rediss?://[^/]", journal) is not None


def without_password(url: str) -> str:
    """A URL as it may be shown and logged."""
    return re.sub(r"//[^/]*@", "//***@", url)
