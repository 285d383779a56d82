"""The documents say what is so."""

import re
from pathlib import Path

import pytest

from tests.readme import ROOT, TABLES, renewed

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("document", TABLES, ids=lambda path: path.name)
def test_tables_are_made_from_the_code(document: Path) -> None:
    """`python -m tests.readme` renews them after a change to the settings."""
    assert document.read_text("utf-8") == renewed(document)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_linked_file_exists(document: Path) -> None:
    """Links and pictures of a document lead somewhere."""
    found = re.findall(r"\]\(([^)#]+)[)#]", document.read_text("utf-8"))
    missing = [
        each
        for each in found
        if not each.startswith("https://") and not (document.parent / each).exists()
    ]
    assert missing == []


def test_there_are_links() -> None:
    """The check above would pass over documents that it cannot read."""
    assert "](docs/contract.md)" in (ROOT / "README.md").read_text("utf-8")
