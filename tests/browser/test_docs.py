"""The API reference: complete, and without any other host."""

import pytest
from playwright.async_api import BrowserContext, Request, expect

from tests.browser.demo import FRAMEWORKS, Demo

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPERATIONS = [
    ("GET", "/weather/{city}"),
    ("GET", "/weather"),
    ("GET", "/chat/{room}/messages"),
    ("POST", "/chat/{room}/messages"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
]


@pytest.mark.parametrize("app", [0, 1], ids=FRAMEWORKS)
async def test_the_reference_shows_every_operation(
    context: BrowserContext, demo: Demo, app: int
) -> None:
    """Both apps' operations can be read and tried, and nobody else is asked."""
    url = demo.urls[app]
    foreign: list[str] = []
    complaints: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((url, "data:")):
            foreign.append(request.url)

    page = await context.new_page()
    page.on("request", on_request)
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(f"{url}/docs")
    summaries = page.locator(".opblock-summary")
    await expect(summaries).to_have_count(len(OPERATIONS))
    methods = await summaries.locator(".opblock-summary-method").all_inner_texts()
    paths = await summaries.locator(".opblock-summary-path").all_inner_texts()
    assert sorted(zip(methods, paths, strict=True)) == sorted(OPERATIONS)

    for summary in await summaries.all():
        await summary.click()
    await page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".modal-ux")
    await dialog.get_by_role("textbox").fill("a token")
    await dialog.get_by_role("button", name="Apply credentials").click()
    await dialog.get_by_role("button", name="Close").first.click()
    healthz = page.locator(".opblock").filter(has_text="/healthz")
    await healthz.get_by_role("button", name="Execute").click()
    answer = healthz.locator(".live-responses-table .microlight").first
    await expect(answer).to_contain_text(FRAMEWORKS[app])

    assert foreign == []
    assert complaints == []


async def test_the_reference_leads_on(context: BrowserContext, demo: Demo) -> None:
    """To the chat's AsyncAPI document, and back to the page."""
    page = await context.new_page()
    await page.goto(f"{demo.urls[0]}/docs")
    links = page.get_by_role("navigation").get_by_role("link")
    targets = [await link.get_attribute("href") for link in await links.all()]
    assert targets == ["/", "/openapi.json", "/asyncapi.json"]
    await links.first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tandem")
