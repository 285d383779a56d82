"""The site: every page in light and dark, wide and narrow, without any other host."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.browser.demo import ROOT
from tests.browser.fitness import check_axe, check_width
from tests.browser.site import served_site

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),  # the first test also builds the site
]

WIDE, NARROW, HEIGHT = 1_280, 390, 844


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the site."""
    with served_site(tmp_path_factory.mktemp("site")) as url:
        yield url


def pages() -> list[str]:
    """The paths of all pages that are written, without linked sources."""
    docs = ROOT / "docs"
    written = [path.relative_to(docs) for path in docs.rglob("*.md")]
    others = [Path("contributing.md"), Path("changelog.md")]
    return sorted(path.with_suffix(".html").as_posix() for path in written + others)


async def _page(browser: Browser, width: int, *, dark: bool = False) -> Page:
    return await browser.new_page(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if dark else "light",
    )


@pytest.mark.parametrize("path", [*pages(), "404.html", "source/shared/paths.py.html"])
async def test_a_page_is_fit_for_everybody(
    browser: Browser, site: str, path: str
) -> None:
    """On any screen, in either scheme, from this host alone; and axe finds nothing."""
    foreign: list[str] = []
    complaints: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((site, "data:")):
            foreign.append(request.url)

    async def check(scheme: str, *, dark: bool) -> None:
        page = await _page(browser, WIDE, dark=dark)
        page.on("request", on_request)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{site}/{path}")
        await expect(page.locator("body")).to_have_attribute(
            "data-md-color-scheme", scheme
        )
        for width in (WIDE, NARROW):
            await page.set_viewport_size({"width": width, "height": HEIGHT})
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await check_width(page)
            await check_axe(page, "color-contrast", "heading-order", "region")
        await page.close()

    async with asyncio.TaskGroup() as schemes:
        schemes.create_task(check("default", dark=False))
        schemes.create_task(check("slate", dark=True))
    assert foreign == []
    assert complaints == []


async def test_all_pages_are_reached_by_walking(browser: Browser, site: str) -> None:
    """From home, the link to the next page leads through all of them."""
    page = await _page(browser, WIDE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{site}/index.html")
    walked = ["index.html"]
    following = page.get_by_role("link", name="Next:")
    while await following.count():
        url = urljoin(page.url, await following.get_attribute("href"))
        await following.click()
        await page.wait_for_url(url)  # loaded to its end, where the next link stands
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        walked.append(page.url.removeprefix(f"{site}/"))
    await page.close()
    assert sorted(walked) == pages()
    assert complaints == []


async def test_the_search_finds_a_page(browser: Browser, site: str) -> None:
    """A word leads to its page, by keyboard."""
    page = await _page(browser, WIDE)
    async with page.expect_response("**/search.json"):  # what it searches
        await page.goto(site)
    await page.get_by_role("button", name="Search").first.click()
    await page.get_by_role("combobox").fill("backpressure")
    await expect(page.get_by_text("What happens when a client reads")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Backpressure")
    await page.close()


async def test_a_pair_is_two_columns(browser: Browser, site: str) -> None:
    """In a wide window both are shown, side by side and from the same height on."""
    page = await _page(browser, WIDE)
    await page.goto(f"{site}/paired/app.html")
    pair = page.locator(".pair").first
    boxes = [
        await pair.locator(f"[data-framework={name}]").bounding_box()
        for name in ("quart", "fastapi")
    ]
    quart, fastapi = boxes
    assert quart
    assert fastapi
    assert quart["y"] == fastapi["y"]
    assert quart["x"] + quart["width"] <= fastapi["x"]
    await expect(pair.get_by_role("radio").first).to_be_hidden()
    await page.close()


async def test_a_pair_becomes_tabs(browser: Browser, site: str) -> None:
    """In a narrow window one is shown, and the arrow keys change to the other."""
    page = await _page(browser, NARROW)
    await page.goto(f"{site}/paired/app.html")
    pair = page.locator(".pair").first
    quart, fastapi = (
        pair.locator(f"[data-framework={name}]") for name in ("quart", "fastapi")
    )
    await expect(quart).to_be_visible()
    await expect(fastapi).to_be_hidden()
    await pair.get_by_role("radio", name="Quart").focus()
    await page.keyboard.press("ArrowRight")
    await expect(fastapi).to_be_visible()
    await expect(quart).to_be_hidden()
    await pair.locator("label", has_text="Quart").click()
    await expect(quart).to_be_visible()
    await page.close()


async def test_a_link_to_a_line_shows_the_line(browser: Browser, site: str) -> None:
    """From the ledger to the glue, in its file."""
    page = await _page(browser, WIDE)
    await page.goto(f"{site}/differences.html")
    link = page.locator("a[href*='source/shared/paths.py.html#L']").first
    href = await link.get_attribute("href")
    assert href
    await link.click()
    line = page.locator(f"[id='{href.partition('#')[2]}']")
    await expect(line).to_be_in_viewport()
    await expect(line).to_contain_text("nowhere")
    await page.close()
