"""README.md says what is so."""

import re

from tests.readme import README, current_table, settings_table


def test_settings_table_is_made_from_the_settings() -> None:
    """`python -m tests.readme` renews the table after a change to the settings."""
    assert current_table() == settings_table()


def test_every_linked_file_exists() -> None:
    """Links and pictures of README.md lead somewhere."""
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert targets
    missing = [
        target
        for target in targets
        if not target.startswith("https://") and not (README.parent / target).exists()
    ]
    assert missing == []
