"""The page: two columns, each on its own framework, one conversation."""

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
        await expect(column.root.locator(".name")).to_have_text(["Ada", "Blaise"])
        await expect(column.root.locator("time")).to_have_count(2)
        await expect(column.pending).to_have_count(0)


async def test_the_other_app_serves_the_same_page(
    context: BrowserContext, demo: Demo
) -> None:
    """FastAPI's page has both columns too, and may connect to Quart."""
    tab = await Tab.open(context, demo.urls[1])
    await tab.join("other")
    await tab.quart.send("From Quart, on FastAPI's page.")
    await expect(tab.fastapi.texts).to_have_text(["From Quart, on FastAPI's page."])


async def test_a_column_says_who_answered_and_how_long_it_took(tab: Tab) -> None:
    """The framework, its version, and the round trips of a message and a report."""
    await tab.join("times")
    for column, name in zip(tab.columns, ("Quart", "FastAPI"), strict=True):
        await expect(column.root.get_by_role("heading", level=2)).to_have_text(
            f"{name} {version(name.lower())}"
        )
        await column.send("How long?")
        await column.ask_weather("Oslo")
        for timing in (column.part("chat-timing"), column.part("weather-timing")):
            await expect(timing).to_contain_text(name)
            await expect(timing).to_contain_text(" ms")


async def test_a_newcomer_is_shown_what_was_said_before(tab: Tab) -> None:
    """A room has its history; another room has none of it."""
    await tab.quart.join(room="before")
    await tab.quart.send("Early.")
    await expect(tab.quart.texts).to_have_text(["Early."])
    await tab.fastapi.join(room="before")
    await expect(tab.fastapi.texts).to_have_text(["Early."])
    await tab.fastapi.join(room="elsewhere")
    await expect(tab.fastapi.root.get_by_text("No messages yet.")).to_be_visible()
    await expect(tab.fastapi.texts).to_have_count(0)


async def test_the_weather_of_a_city_is_shown(tab: Tab) -> None:
    """Condition, temperature, place and attribution; words where there is none."""
    for column in tab.columns:
        await column.ask_weather("kyoto")
        await expect(column.part("place")).to_have_text("Kyoto, JP")
        await expect(column.part("condition")).not_to_be_empty()
        await expect(column.part("temperature")).to_contain_text("°C")
        await expect(column.part("attribution")).to_contain_text("stand-in")
        await column.ask_weather("Nowhere at all")
        await expect(column.part("weather-notice")).to_contain_text("No such city")
        await expect(column.part("report")).to_be_hidden()
        await column.ask_weather("x" * 101)
        await expect(column.part("weather-notice")).to_contain_text("100 characters")


async def test_a_hostile_text_stays_text(tab: Tab) -> None:
    """As a message, as a name and as a city, markup is shown as it was written."""
    title, name = await tab.page.title(), HOSTILE[:32]
    await tab.quart.join(name=name, room="hostile")
    await tab.fastapi.join(name=name, room="hostile")
    await tab.quart.send(HOSTILE)
    await tab.quart.ask_weather(HOSTILE)
    for column in tab.columns:
        await expect(column.texts).to_have_text([HOSTILE])
        await expect(column.root.locator(".name")).to_have_text([name])
    await expect(tab.quart.part("weather-notice")).to_be_visible()
    await expect(tab.page.locator("img")).to_have_count(0)
    assert await tab.page.title() == title


async def test_what_the_apps_would_refuse_is_told_in_words(tab: Tab) -> None:
    """A name or a text that breaks a rule is not sent, and stays to be mended."""
    await tab.join("refused")
    await tab.quart.join(name="n" * 33, room="refused")
    assert "32 characters" in await _complaint(tab.page)
    await tab.quart.join(name="zero\u200bwidth", room="refused")
    assert "printable" in await _complaint(tab.page)
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
    await expect(tab.quart.part("chat-notice")).to_be_hidden()


async def test_nothing_is_wider_than_the_screen(
    context: BrowserContext, demo: Demo
) -> None:
    """Not even a long word makes a phone scroll sideways; columns have one size."""
    tab = await Tab.open(context, demo.urls[0])
    await tab.join("width")
    await tab.quart.send("x" * 500)
    await expect(tab.fastapi.texts).to_have_count(1)
    for width, side_by_side in ((360, False), (1_400, True)):
        await tab.page.set_viewport_size({"width": width, "height": 740})
        assert await tab.page.evaluate("document.body.scrollWidth") <= width
        quart, fastapi = [await column.root.bounding_box() for column in tab.columns]
        assert quart
        assert fastapi
        assert quart["width"] == fastapi["width"]
        assert (quart["y"] == fastapi["y"]) is side_by_side


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
