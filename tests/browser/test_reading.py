"""Reading: older messages load on scrolling up, and what was not seen is marked."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.demo import Column, Demo, Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

_BURST = 40


async def _fill(url: str, room: str, count: int) -> list[str]:
    """Post that many messages; their texts."""
    texts = [f"message {n}" for n in range(1, count + 1)]
    async with httpx.AsyncClient(base_url=url) as http:
        for n, text in enumerate(texts):
            name = f"{room} {n // _BURST}"  # each name has a rate limit of its own
            body = {"name": name, "text": text}
            answer = await http.post(f"/chat/{room}/messages", json=body)
            assert answer.status_code == 201
    return texts


async def _scroll_to_start(column: Column) -> None:
    log = column.part("log")
    await log.evaluate("log => { log.scrollTop = 0; }")


@pytest_asyncio.fixture(loop_scope="session")
async def own(visit: Visit, demo: Demo) -> AsyncIterator[Tab]:
    """A page of a test's own."""
    async with visit() as context:
        yield await Tab.open(context, demo.urls[0])


async def test_older_messages_load_on_scrolling_up(own: Tab, demo: Demo) -> None:
    """Page by page to the first one, each once and in order, in both columns."""
    texts = await _fill(demo.urls[0], "long", 130)
    for column in own.columns:
        await column.join("long")
        await expect(column.texts).to_have_text(texts[-50:])
        await _scroll_to_start(column)
        await expect(column.texts).to_have_text(texts[-100:])
        await _scroll_to_start(column)
        await expect(column.texts).to_have_text(texts)
        await expect(column.part("beginning")).to_be_visible()
        await expect(column.part("load")).to_be_hidden()


async def test_what_is_being_read_stays_where_it_is(own: Tab, demo: Demo) -> None:
    """When older messages come in above it, and when new ones come in below."""
    await _fill(demo.urls[0], "steady", 80)
    await own.quart.join("steady", name="Ada")
    await own.fastapi.join("steady", name="Blaise")
    await expect(own.quart.texts).to_have_count(50)
    await _scroll_to_start(own.quart)
    await expect(own.quart.texts).to_have_count(80)
    read = own.quart.room.get_by_text("message 31", exact=True)
    await expect(read).to_be_in_viewport()
    before = await read.bounding_box()
    await own.fastapi.send("Something new.")
    await expect(own.quart.texts).to_have_count(81)
    assert await read.bounding_box() == before


async def test_older_messages_load_by_keyboard(own: Tab, demo: Demo) -> None:
    """With the log focused, Home goes to its start, where they load."""
    texts = await _fill(demo.urls[0], "keys", 60)
    await own.quart.join("keys")
    await expect(own.quart.texts).to_have_count(50)
    await own.quart.part("log").focus()
    await own.page.keyboard.press("Home")
    await expect(own.quart.texts).to_have_text(texts)


async def test_a_page_that_does_not_come_is_told(visit: Visit, demo: Demo) -> None:
    """In words, and the button asks for it again."""
    texts = await _fill(demo.urls[0], "broken", 60)
    async with visit(server_fails=True) as context:
        tab = await Tab.open(context, demo.urls[0])

        async def fail(route: Route) -> None:
            await route.abort()

        await tab.page.route("**/messages?*", fail)
        await tab.quart.join("broken")
        await expect(tab.quart.texts).to_have_count(50)
        await _scroll_to_start(tab.quart)
        failure = tab.quart.part("load-failure")
        await expect(failure).to_have_text("The app cannot be reached.")
        await tab.page.unroute("**/messages?*", fail)
        await tab.quart.button("Load older messages").click()
        await expect(tab.quart.texts).to_have_text(texts)
        await expect(failure).to_be_empty()


async def test_a_room_that_is_not_shown_says_what_is_unread(own: Tab) -> None:
    """At its button and in the title, until it is shown; the first one is marked."""
    await own.quart.join("unread", name="Ada")
    await own.fastapi.join("unread", name="Blaise")
    await own.quart.tab("lobby").click()
    for text in ("One.", "Two.", "Three."):
        await own.fastapi.send(text)
    await expect(own.quart.tab("unread")).to_have_text(re.compile(r"unread\s*3 unread"))
    await expect(own.page).to_have_title(re.compile(r"^\(3\) "))
    await own.quart.tab("unread").click()
    await expect(own.quart.tab("unread")).to_have_text("unread")
    await expect(own.page).to_have_title(re.compile("^Tandem"))
    marked = own.quart.room.locator(".first-unread")
    await expect(marked).to_have_count(1)
    await expect(marked).to_contain_text("One.")
    await own.fastapi.send("Four.")
    await expect(own.quart.texts).to_have_count(4)
    await expect(own.page).to_have_title(re.compile("^Tandem"))


async def test_new_messages_below_are_counted_and_led_to(own: Tab, demo: Demo) -> None:
    """Where somebody reads further up, until the end is in view again."""
    await _fill(demo.urls[0], "below", 50)
    await own.quart.join("below", name="Ada")
    await own.fastapi.join("below", name="Blaise")
    await expect(own.quart.texts).to_have_count(50)
    await expect(own.quart.part("jump")).to_be_hidden()
    await own.quart.part("log").evaluate("log => { log.scrollTop = 200; }")
    await expect(own.quart.part("jump")).to_have_text("To the newest")
    await own.fastapi.send("Down here.")
    await expect(own.quart.part("jump")).to_have_text("1 new message")
    await expect(own.quart.tab("below")).to_contain_text("1 unread")
    await own.quart.part("jump").click()
    await expect(own.quart.room.get_by_text("Down here.")).to_be_in_viewport()
    await expect(own.quart.part("jump")).to_be_hidden()
    await expect(own.quart.tab("below")).to_have_text("below")


async def test_a_page_that_is_not_in_view_reads_nothing(own: Tab) -> None:
    """What comes in while another tab is in front is unread, until this one is."""
    await own.join("behind")
    await _set_visibility(own, "hidden")
    await own.quart.send("Nobody looks.")
    await expect(own.page).to_have_title(re.compile(r"^\(1\) "))
    await _set_visibility(own, "visible")
    await expect(own.page).to_have_title(re.compile("^Tandem"))


async def _set_visibility(tab: Tab, state: str) -> None:
    # A headless browser has all tabs in front.
    await tab.page.evaluate(
        """state => {
            Object.defineProperty(
                document, "visibilityState", {value: state, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )
