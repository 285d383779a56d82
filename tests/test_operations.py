"""docs/operations.md says what is so."""

import re
from pathlib import Path

import pytest

from shared.chat.redis_durability import NEEDED

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/operations.md").read_text("utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


@pytest.mark.parametrize(("file", "name"), TESTS, ids=[name for _, name in TESTS])
def test_every_promise_has_its_test(file: str, name: str) -> None:
    """The test that a row names is there."""
    assert re.search(
        rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE
    )


def test_every_setting_of_redis_is_explained() -> None:
    """Those that are checked at the start, and no other."""
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)` \|", TEXT, re.MULTILINE)
    assert rows == [(name, value) for name, (value, _) in NEEDED.items()]
