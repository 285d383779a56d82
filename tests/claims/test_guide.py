"""The two pages: whether what they count is so, and where their links lead."""

import importlib.util
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from tests.claims.claims import CLAIMS, ROOT, Claim
from tests.claims.document import CLAIMS_PAGE, GUIDE, claims_page, guide
from tests.claims.footprint import extras

PAGES = (CLAIMS_PAGE, GUIDE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_RENEW = "`python -m tests.claims --write` renews it: look at `git diff`."


def _anchors(page: Path) -> set[str]:
    """What one can link to: each heading as GitHub names it, and each id."""
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = (re.sub(r"<[^>]*>", "", each).lower() for each in headings)
    named = {re.sub(r"[^\w\- ]", "", each).replace(" ", "-") for each in plain}
    return named | set(re.findall(r'<a id="([^"]+)">', text))


def _answers() -> dict[str, list[str]]:
    """The guide's paragraphs and points, by question; tables are counted elsewhere."""
    found: dict[str, list[str]] = {}
    for section in GUIDE.read_text("utf-8").split("\n## ")[1:]:
        question, _, text = section.partition("\n")
        blocks = re.split(r"\n\n|\n(?=- )", text.strip())
        found[question] = [
            each for each in blocks if not each.startswith(("|", "<!--"))
        ]
    return found


def test_the_page_of_claims_is_what_came_of_them() -> None:
    """docs/claims.md is made from the data and from the benchmarks that are kept."""
    assert CLAIMS_PAGE.read_text("utf-8") == claims_page(), _RENEW


def test_the_guide_counts_what_is_installed() -> None:
    """The tables in docs/decision.md are made from the packages' metadata."""
    assert GUIDE.read_text("utf-8") == guide(), _RENEW


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A file that is there and, in a document, an anchor that it has."""
    links = _LINK.findall(page.read_text("utf-8"))
    assert links
    for link in links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in _anchors(target), link


def test_every_answer_has_its_link() -> None:
    """No paragraph and no point of the guide stands without something that shows it."""
    answers = _answers()
    assert len(answers) > 15
    assert all(answers.values())
    bare = [each for all_ in answers.values() for each in all_ if "](" not in each]
    assert bare == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_every_claim_has_evidence(claim: Claim) -> None:
    """A test that exists, a lesson, an entry of the ledger, or a benchmark's row."""
    assert claim.tests or claim.lessons or claim.ledger or claim.rows
    for test in claim.tests:
        source = (ROOT / test.file).read_text("utf-8")
        assert re.search(rf"^(async )?def {test.name}\(", source, re.MULTILINE), test


def test_no_two_claims_have_the_same_name() -> None:
    """There are enough of them, and each has an anchor of its own."""
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS) >= 25


def test_every_advisory_of_the_guide_is_closed_here() -> None:
    """What is installed is newer than the version that closed the hole."""
    rows = re.findall(
        r"^\| ([a-z]+) \| \[.*\| ([\d.]+) \|$", GUIDE.read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) > 5
    for package, closed_in in rows:
        assert Version(version(package)) >= Version(closed_in), package


def test_only_hypercorn_has_a_trio_worker_and_http_3() -> None:
    """Both are extras of hypercorn's, and the other servers have neither."""
    assert {"trio", "h3"} <= extras("hypercorn")
    assert importlib.util.find_spec("hypercorn.trio")
    for server in ("uvicorn", "granian"):
        assert not {"trio", "h3"} & extras(server)
