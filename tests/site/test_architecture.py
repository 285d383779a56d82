"""The picture of the architecture shows what the code imports."""

from pathlib import Path

import pytest

from docs.building import architecture
from docs.building.errors import SiteError
from tests.site.conftest import ROOT


def test_every_module_is_shown_once() -> None:
    """Each name of the core and of both apps is in a box."""
    shown = architecture.picture(ROOT)
    for path in (ROOT / "shared").rglob("[a-z]*.py"):
        assert path.stem in shown


def test_an_arrow_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that the picture does not show fails the build."""
    monkeypatch.delitem(architecture.ARROWS, ("core", "chat"))
    with pytest.raises(SiteError, match="core imports from chat now"):
        architecture.picture(ROOT)


def test_an_arrow_too_many_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does an arrow without an import."""
    monkeypatch.setitem(architecture.ARROWS, ("chat", "weather"), "M0 0")
    with pytest.raises(SiteError, match="chat imports nothing from weather"):
        architecture.picture(ROOT)


def test_names_stay_in_their_box(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A box that has become too small is told."""
    monkeypatch.setattr(architecture, "_LINE", 100)
    with pytest.raises(SiteError, match="need a height of"):
        architecture.picture(ROOT)
