"""The fixtures of the browser's tests: the demo, the browser, and a page in it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    async_playwright,
    expect,
)

from tests.browser.chromium import ARGUMENTS, NO_BROWSER, find_browser
from tests.browser.demo import FRAMEWORKS, Demo, Tab
from tests.contract.cells import Cell

_TIMEOUT_MS = 15_000
_NETWORK = ("Failed to load resource:", "WebSocket connection to ")
"""How Chromium itself tells of a server that is away, whatever a page does about it."""

expect.set_options(timeout=_TIMEOUT_MS)

Visit = Callable[..., AbstractAsyncContextManager[BrowserContext]]


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The system's Chromium."""
    if path := find_browser():
        return path
    pytest.fail(NO_BROWSER, pytrace=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """One browser for all tests."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=browser_path, args=ARGUMENTS
        )
        yield chromium
        await chromium.close()


@asynccontextmanager
async def _profile(
    browser: Browser, *, server_fails: bool = False, **options: Any
) -> AsyncIterator[BrowserContext]:
    """A fresh profile, whose pages may complain of nothing.

    That is, raise no error, break no Content-Security-Policy, warn of nothing; where
    the test makes the server fail, the browser may say so.
    """
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        expected = server_fails and message.text.startswith(_NETWORK)
        if message.type in {"error", "warning"} and not expected:
            complaints.append(message.text)

    context = await browser.new_context(**options)
    context.set_default_timeout(_TIMEOUT_MS)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", on_console)
    yield context
    await context.close()
    assert complaints == []


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """Make a profile with options of its own."""

    def make(**options: Any) -> AbstractAsyncContextManager[BrowserContext]:
        return _profile(browser, **options)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A profile of a test's own."""
    async with _profile(browser) as own:
        yield own


@pytest_asyncio.fixture(loop_scope="session")
async def shaken(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A profile of a test's own, whose server fails."""
    async with _profile(browser, server_fails=True) as own:
        yield own


# Not for the session: where it is left with a bubble of Chromium's own, as for a bad
# field, that paints all the time.
@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tab(browser: Browser, demo: Demo) -> AsyncIterator[Tab]:
    """The demo's page, shared by a module's tests: each goes to a room of its own."""
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


@pytest.fixture(scope="module", params=FRAMEWORKS)
def alone(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cell]:
    """Each app alone on a server, which a test may end, if it starts it again."""
    folder: Path = tmp_path_factory.mktemp("alone")
    with Cell(f"{request.param}@uvicorn", folder, {}) as cell:
        yield cell
