"""The audit of what requirements.lock pins says what it knows, and what it does not."""

from pathlib import Path
from typing import Any

import pytest

from tests.audit import NoReport, ask, verdict

FINE: dict[str, Any] = {"name": "fine", "version": "1.0", "vulns": []}
UNKNOWN: dict[str, Any] = {"name": "rare", "skip_reason": "not found"}
HOLE: dict[str, Any] = {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}
OPEN: dict[str, Any] = {"name": "open", "version": "1.0", "vulns": [HOLE]}


@pytest.mark.parametrize("strict", [True, False])
def test_all_is_well(*, strict: bool) -> None:
    """One sentence says of how many packages."""
    said = verdict([FINE, FINE], strict=strict)
    assert said == ("Audited 2 of 2 packages: 0 known holes.", True)


@pytest.mark.parametrize("strict", [True, False])
def test_a_hole_fails(*, strict: bool) -> None:
    """It is named, with the versions that mend it."""
    said, good = verdict([FINE, OPEN], strict=strict)
    assert said.splitlines() == [
        "open 1.0 has the known hole PYSEC-1, mended in 1.1, 2.0.",
        "Audited 2 of 2 packages: 1 known holes.",
    ]
    assert not good
    nowhere = {**OPEN, "vulns": [{**HOLE, "fix_versions": []}]}
    said, good = verdict([nowhere, UNKNOWN], strict=strict)
    assert "mended in no version yet." in said
    assert not good


@pytest.mark.parametrize("strict", [True, False])
def test_what_is_not_known_is_said(*, strict: bool) -> None:
    """And fails only where that was asked for."""
    assert verdict([FINE, UNKNOWN], strict=strict) == (
        "Audited 1 of 2 packages: 0 known holes. Nothing is known of rare.",
        not strict,
    )
    said, good = verdict([UNKNOWN, UNKNOWN], strict=strict)
    assert said.startswith("None of 2 packages could be audited:")
    assert good is not strict


def test_a_lock_without_hashes_is_no_report(tmp_path: Path) -> None:
    """What pip-audit itself refuses cannot pass for an audit."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("pip\n")
    with pytest.raises(NoReport, match="pip"):
        ask(lock)
