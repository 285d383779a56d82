"""The page: two columns, each on its own framework, one conversation."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.demo import Column, Demo, Tab
from tests.contract.cells import Cell

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=\"document.title='hacked'\">"


async def test_what_is_said_to_one_framework_is_heard_at_the_other(tab: Tab) -> None:
    """Both columns show the same log: each text once, with its name and its time."""
    await tab.join("talk")
    await tab.quart.send("From Quart.")
    await expect(tab.fastapi.texts).to_have_text(["From Quart."])
    await tab.fastapi.send("From FastAPI.")
    for column in tab.columns:
        await expect(column.texts).to_have_text(["From Quart.", "From FastAPI."])
        await expect(column.room.locator(".name")).to_have_text(["Ada", "Blaise"])
        await expect(column.room.locator("time")).to_have_count(2)
        await expect(column.room.locator(".own")).to_have_count(1)
        await expect(column.pending).to_have_count(0)


async def test_the_other_app_serves_the_same_page(
    context: BrowserContext, demo: Demo
) -> None:
    """FastAPI's page has both columns too, and may connect to Quart."""
    tab = await Tab.open(context, demo.urls[1])
    await tab.join("other")
    await tab.quart.send("From Quart, on FastAPI's page.")
    await expect(tab.fastapi.texts).to_have_text(["From Quart, on FastAPI's page."])


async def test_a_column_says_which_framework_it_talks_to(tab: Tab) -> None:
    """By its name and version, and the page's head leads to it."""
    for column, name in zip(tab.columns, ("Quart", "FastAPI"), strict=True):
        heading = column.root.get_by_role("heading", level=2)
        await expect(heading).to_have_text(f"{name} {version(name.lower())}")
        await expect(column.root.get_by_role("link", name="AsyncAPI")).to_be_visible()
        link = tab.page.get_by_role("navigation").get_by_role("link", name=name)
        target = await link.get_attribute("href")
        assert target == f"#{await column.root.get_attribute('id')}"


async def test_a_newcomer_is_shown_what_was_said_before(tab: Tab) -> None:
    """A room has its history; another room has none of it."""
    await tab.quart.join("before")
    await tab.quart.send("Early.")
    await expect(tab.quart.texts).to_have_text(["Early."])
    await tab.fastapi.join("before")
    await expect(tab.fastapi.texts).to_have_text(["Early."])
    await tab.fastapi.join("elsewhere")
    await expect(tab.fastapi.room.get_by_text("No messages yet.")).to_be_visible()
    await expect(tab.fastapi.texts).to_have_count(0)
    await tab.fastapi.send("Now there is one.")
    await expect(tab.fastapi.room.get_by_text("No messages yet.")).to_be_hidden()


async def test_who_comes_and_goes_is_told(
    context: BrowserContext, tab: Tab, demo: Demo
) -> None:
    """With how many are there; a guest is given a name, and may take another."""
    await tab.join("presence")
    presence = tab.quart.part("presence")
    other = await Tab.open(context, demo.urls[1])
    name = other.fastapi.root.get_by_label("Name", exact=True)
    await expect(name).to_have_value(re.compile("guest-[a-z]{4}"))
    guest = await name.input_value()

    await other.fastapi.join("presence")
    await expect(presence).to_have_text(f"3 here · {guest} joined")
    await other.fastapi.rename("Emmy")
    await expect(presence).to_contain_text("Emmy joined")
    await expect(presence).to_contain_text(f"{guest} left")
    await other.fastapi.button("Leave").click()
    await expect(presence).to_have_text("2 here · Emmy left")
    await expect(other.fastapi.tab("lobby")).to_be_focused()


async def test_a_hostile_text_stays_text(tab: Tab) -> None:
    """As a message, as a name and as a city, markup is shown as it was written."""
    title, name = await tab.page.title(), HOSTILE[:32]
    await tab.quart.join("hostile", name=name)
    await tab.fastapi.join("hostile", name=name)
    await tab.quart.send(HOSTILE)
    for column in tab.columns:
        await expect(column.texts).to_have_text([HOSTILE])
        await expect(column.room.locator(".name")).to_have_text([name])
    cards = await tab.ask_weather(HOSTILE)
    await expect(cards.get_by_role("heading")).to_have_text([HOSTILE])
    await expect(tab.page.locator("img")).to_have_count(0)
    assert await tab.page.title() == title


async def test_what_the_apps_would_refuse_is_told_in_words(tab: Tab) -> None:
    """A name or a text that breaks a rule is not sent, and stays to be mended."""
    await tab.join("refused")
    await tab.quart.rename("n" * 33)
    assert "32 characters" in await _complaint(tab.page)
    await tab.quart.rename("zero\u200bwidth")
    assert "printable" in await _complaint(tab.page)
    await tab.quart.rename("Ada")
    await tab.quart.root.get_by_label("Room to join").fill("No such thing")
    await tab.quart.button("Join").click()
    assert await _complaint(tab.page)
    await tab.quart.send("t" * 2_001)
    assert "2000 characters" in await _complaint(tab.page)
    await expect(tab.quart.pending).to_have_count(0)
    await expect(tab.fastapi.part("presence")).to_contain_text("2 here")
    await tab.quart.send("t" * 2_000)
    await expect(tab.fastapi.texts).to_have_text(["t" * 2_000])


async def test_more_than_the_rate_limit_lets_pass_arrives_in_the_end(tab: Tab) -> None:
    """Messages refused for now are sent again until each has arrived, just once."""
    await tab.join("haste")
    texts = [f"message {n}" for n in range(60)]
    await tab.quart.send_at_once(texts)
    for column in tab.columns:
        await expect(column.texts).to_have_count(len(texts))
        assert sorted(await column.texts.all_inner_texts()) == sorted(texts)
    await expect(tab.quart.part("notice")).to_be_hidden()


@pytest.mark.parametrize("name", ["quart@hypercorn", "fastapi@granian"])
async def test_an_app_alone_shows_one_column(
    context: BrowserContext, tmp_path: Path, name: str
) -> None:
    """Where no columns are set, the page talks to the app that served it."""
    with Cell(name, tmp_path, {}) as cell:
        page = await context.new_page()
        await page.goto(cell.http_url)
        column = Column(page, cell.framework)
        await column.send("Anybody here?")
        await expect(column.texts).to_have_text(["Anybody here?"])
        await expect(page.locator(".column")).to_have_count(1)
        await page.close()


async def _complaint(page: Page) -> str:
    """What the browser shows at the field that it asks to be mended."""
    message: str = await page.evaluate("document.activeElement.validationMessage")
    return message
