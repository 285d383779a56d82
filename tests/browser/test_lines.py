"""The page from clause to code: by mouse and by keyboard, for everybody."""

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import Visit
from tests.browser.fitness import check_axe, check_width
from tests.lines.page import page as made

pytestmark = pytest.mark.asyncio(loop_scope="session")

_DESKTOP = {"width": 1_280, "height": 800}
_PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the code as it is, as a file."""
    path: Path = tmp_path_factory.mktemp("lines") / "index.html"
    path.write_text(made(), "utf-8")
    return path.as_uri()


async def _opened(context: BrowserContext, url: str) -> Page:
    page = await context.new_page()
    await page.goto(url)
    await expect(page.get_by_role("status")).to_contain_text("needs")
    return page


async def test_a_clause_lights_up_its_lines(context: BrowserContext, url: str) -> None:
    """In both apps and in the core, as it says; those of the clause before go out."""
    page = await _opened(context, url)
    counts = []
    for number in ("W-01", "C-26"):
        clause = page.get_by_role("button", name=number)
        await clause.click()
        await expect(clause).to_have_attribute("aria-pressed", "true")
        await expect(page.locator("[aria-pressed=true]")).to_have_count(1)
        lit = [
            await page.locator(f"details:has-text('{folder}/') .lit").count()
            + await page.locator(f"details:has-text('{folder}/') .own").count()
            for folder in ("quart_app", "fastapi_app")
        ]
        assert all(lit)
        await expect(page.get_by_role("status")).to_contain_text(f"{number} needs")
        counts.append(await page.locator("pre .lit, pre .own").count())
    assert counts[0] != counts[1]


async def test_a_line_names_its_clauses(context: BrowserContext, url: str) -> None:
    """Only they are listed, among them the one chosen, until all are asked for."""
    page = await _opened(context, f"{url}#C-26")
    clauses = page.get_by_role("listitem")
    every = await clauses.count()
    line = page.locator("pre .own").first
    await line.click()
    await expect(line).to_contain_class("chosen")
    assert 0 < await clauses.count() < every
    await expect(page.get_by_role("button", name="C-26")).to_be_visible()
    needing = await clauses.count()
    says = f"is needed by {needing} of {every} clauses."
    await expect(page.get_by_role("status")).to_contain_text(says)
    await page.get_by_role("button", name="Show all clauses").click()
    await expect(clauses).to_have_count(every)


async def test_the_keyboard_is_enough(context: BrowserContext, url: str) -> None:
    """The arrows move in the list and in a file, Enter chooses, Tab goes on."""
    page = await _opened(context, f"{url}#C-26")
    await page.get_by_label("Find a clause").focus()
    await page.keyboard.press("Tab")
    focused = page.locator(":focus")
    await expect(focused).to_contain_text("C-26")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("C-27 needs")
    await page.keyboard.press("Tab")  # the checkbox
    await page.keyboard.press("Space")
    await expect(page.get_by_role("checkbox")).to_be_checked()
    for _ in range(100):  # the files that are closed
        await page.keyboard.press("Tab")
        if await focused.evaluate("each => each.matches('pre > button')"):
            break
    first = await focused.get_attribute("data-n")
    await page.keyboard.press("ArrowDown")
    assert int(await focused.get_attribute("data-n") or 0) > int(first or 0)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("is needed by")


async def test_a_word_finds_clauses(context: BrowserContext, url: str) -> None:
    """By number, or by what they say."""
    page = await _opened(context, url)
    await page.get_by_label("Find a clause").fill("c-26")
    await expect(page.get_by_role("listitem")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [_DESKTOP, _PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing(
    visit: Visit, url: str, screen: dict[str, int], scheme: str
) -> None:
    """With a clause and a line chosen; nothing is wider than the window."""
    async with visit(viewport=screen, color_scheme=scheme) as context:
        page = await _opened(context, f"{url}#C-26")
        await page.locator("pre .own").first.click()
        await check_axe(page, "color-contrast", "scrollable-region-focusable")
        await check_width(page)
