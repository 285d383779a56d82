"""The built site is whole: each link leads somewhere, and nothing is from elsewhere."""

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.building.staging import CONFIG
from tests.site.conftest import ROOT
from tests.site.html import Page

pytestmark = pytest.mark.timeout(300)  # the first test also builds the site


@pytest.fixture(scope="session")
def pages(html: Path) -> dict[Path, Page]:
    """All pages of the site."""
    return {path: Page(path) for path in sorted(html.rglob("*.html"))}


def _local(links: list[str]) -> list[str]:
    return [each for each in links if not urlsplit(each).scheme and each[:2] != "//"]


def test_there_are_pages(pages: dict[Path, Page], html: Path) -> None:
    """The checks below would pass over an empty folder."""
    assert {html / "index.html", html / "paired" / "app.html"} <= set(pages)
    assert sum(len(page.links) for page in pages.values()) > 1_000


def test_every_link_leads_to_a_page_and_a_place_on_it(pages: dict[Path, Page]) -> None:
    """Within the site no link is broken, and no anchor is missing."""
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":  # it is shown at any path: its links are absolute
            continue
        for link in _local(page.links):
            file, _, fragment = unquote(link).partition("#")
            target = (path.parent / file).resolve() if file else path
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].anchors if target in pages else set()
            if not target.is_file() or (fragment and fragment not in known):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_another_host(
    pages: dict[Path, Page], html: Path
) -> None:
    """No font, script, style or picture: the site works offline."""
    foreign = {
        each
        for page in pages.values()
        for each in page.loaded
        if each not in _local(page.loaded)
    }
    assert foreign == set()
    for style in html.rglob("*.css"):
        text = style.read_text("utf-8")
        assert re.findall(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", text) == []


def test_all_that_is_loaded_is_there(pages: dict[Path, Page]) -> None:
    """No picture is missing, and no style."""
    missing = [
        f"{path.name}: {each}"
        for path, page in pages.items()
        if path.name != "404.html"
        for each in _local(page.loaded)
        if not (path.parent / urlsplit(each).path).is_file()
    ]
    assert missing == []


def test_the_search_knows_the_pages_and_not_the_sources(html: Path) -> None:
    """What is only linked would bury the pages."""
    index = json.loads((html / "search.json").read_text("utf-8"))
    found = {item["location"].partition("#")[0] for item in index["items"]}
    assert {"contract.html", "paired/backpressure.html"} <= found
    assert not [each for each in found if each.startswith("source/")]


def test_nothing_of_this_machine_is_in_it(html: Path) -> None:
    """No page shows where it was built."""
    texts = (path.read_text("utf-8") for path in html.rglob("*.html"))
    assert not any(str(ROOT) in text for text in texts)


def test_the_configuration_is_strict_about_links() -> None:
    """Zensical's own check of links is not turned off."""
    config = tomllib.loads((ROOT / "docs" / CONFIG).read_text("utf-8"))
    assert "validation" not in config["project"]
