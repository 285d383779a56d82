"""Take the pictures of the page and the site for the documents: `make pictures`."""

import argparse
import asyncio
import base64
import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.browser.chromium import ARGUMENTS, NO_BROWSER, find_browser
from tests.browser.demo import ROOT, Demo, Tab
from tests.browser.site import served_site

_FOLDER = ROOT / "docs" / "images"
_SCREENS = {"desktop": (1_280, 800), "phone": (390, 844)}
_SCHEMES = ("light", "dark")
_QUALITY = 80
_SECONDS_BETWEEN = 8
"""With the pace of people, so that the round trips fill their minute."""

_PAGE_OF_THE_SITE = "paired/both-ways.html"
_CONVERSATION = [
    ("quart", "Hello from the Quart side!"),
    ("fastapi", "Hello! I am on FastAPI, and we share one log."),
    ("quart", "So what I type here arrives over there?"),
    ("fastapi", "In the same order, exactly once, even across a restart."),
    ("quart", "And <b>text</b> stays text."),
]


async def _talk(tab: Tab) -> None:
    await tab.join("design")
    for column in tab.columns:
        await column.tab("lobby").click()
    columns = {"quart": tab.quart, "fastapi": tab.fastapi}
    for n, (framework, text) in enumerate(_CONVERSATION, 1):
        print(f"  message {n} of {len(_CONVERSATION)} ...", flush=True)
        await columns[framework].send(text)
        for column in tab.columns:
            await expect(column.texts).to_have_count(n)
        await asyncio.sleep(_SECONDS_BETWEEN)
    await tab.fastapi.tab("design").click()
    await tab.fastapi.send("Over here: which icons do we want?")
    await expect(tab.quart.tab("design")).to_contain_text("1 unread")
    await tab.fastapi.tab("lobby").click()
    # Asked once more: the first time, the stand-in had its gazetteer to read.
    await tab.page.locator("#weather").get_by_role("button", name="Show").click()
    await expect(tab.page.locator(".temperature")).to_have_count(5)
    await expect(tab.page.locator("#weather")).to_have_attribute("aria-busy", "false")
    await tab.page.evaluate("document.activeElement.blur()")
    await tab.page.mouse.move(0, 0)


async def _shoot(page: Page, subject: str, screen: str, scheme: str) -> None:
    width, height = _SCREENS[screen]
    await page.set_viewport_size({"width": width, "height": height})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.evaluate("scrollTo(0, 0)")
    # Once round, so that all that depends on the size has been drawn anew.
    await page.evaluate(
        "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
    )
    session = await page.context.new_cdp_session(page)
    options = {"format": "webp", "quality": _QUALITY}
    taken = await session.send("Page.captureScreenshot", options)
    path = _FOLDER / f"{subject}-{screen}-{scheme}.webp"
    path.write_bytes(base64.b64decode(taken["data"]))
    size = path.stat().st_size // 1024
    print(f"{path.relative_to(ROOT)}: {size} KiB", flush=True)


async def _take_page(context: BrowserContext, url: str) -> None:
    tab = await Tab.open(context, url)
    print("Two people talk, for about a minute:", flush=True)
    await _talk(tab)
    for screen, scheme in product(_SCREENS, _SCHEMES):
        await _shoot(tab.page, "page", screen, scheme)


async def _take_site(context: BrowserContext, url: str) -> None:
    page = await context.new_page()
    await page.goto(f"{url}/{_PAGE_OF_THE_SITE}")
    for screen, scheme in product(_SCREENS, _SCHEMES):
        await _shoot(page, "site", screen, scheme)


async def _take(page_url: str, site_url: str) -> None:
    width, height = _SCREENS["desktop"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=[*ARGUMENTS, "--hide-scrollbars"]
        )
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id="UTC",
        )
        await _take_site(context, site_url)
        await _take_page(context, page_url)
        await browser.close()


def main() -> int:
    """Take them; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.browser", description=__doc__
    )
    parser.parse_args()
    if find_browser() is None:
        print(NO_BROWSER, file=sys.stderr)
        return 2
    print("Building the site, starting the demo and the browser ...", flush=True)
    with (
        TemporaryDirectory() as folder,
        served_site(Path(folder)) as site_url,
        Demo(Path(folder)) as demo,
    ):
        asyncio.run(_take(demo.urls[0], site_url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
