"""The fixtures of the browser's tests: the demo, the browser, and a page in it."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from tests.browser.demo import Demo, Tab

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run"]
_TIMEOUT_MS = 15_000

expect.set_options(timeout=_TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The system's Chromium."""
    for name in _BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.fail(
        f"No browser was found (looked for {', '.join(_BROWSERS)} on the PATH): install"
        " Chromium with your system's packages, such as `apt-get install chromium`.",
        pytrace=False,
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """One browser for all tests."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=browser_path, args=_ARGUMENTS
        )
        yield chromium
        await chromium.close()


@asynccontextmanager
async def _profile(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh profile, whose pages may raise no error that they do not catch."""
    errors: list[str] = []
    context = await browser.new_context()
    context.set_default_timeout(_TIMEOUT_MS)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    await context.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A profile of a test's own."""
    async with _profile(browser) as own:
        yield own


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tab(browser: Browser, demo: Demo) -> AsyncIterator[Tab]:
    """The demo's page, shared by all tests: each goes to a room of its own."""
    async with _profile(browser) as context:
        yield await Tab.open(context, demo.urls[0])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, shared by all tests: none may stop it."""
    with Demo(tmp_path_factory.mktemp("demo")) as shared:
        yield shared


@pytest.fixture(scope="module")
def mortal_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that a test may end, if it starts it again."""
    with Demo(tmp_path_factory.mktemp("mortal-demo")) as mortal:
        yield mortal
