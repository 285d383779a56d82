"""The page is there for everybody: by keyboard, by screen reader, on any screen."""

import json
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.demo import Column, Demo, Tab
from tests.browser.fitness import check_axe

pytestmark = pytest.mark.asyncio(loop_scope="session")

_DESKTOP = {"width": 1_280, "height": 800}
_PHONE = {"width": 360, "height": 740}
_MOST_STOPS = 60


def _refuse_odd(route: WebSocketRoute) -> None:
    """Pass all messages on, but refuse odd ones."""
    server = route.connect_to_server()

    def on_message(frame: str | bytes) -> None:
        sent = json.loads(frame)
        if "odd" in sent["text"]:
            error = {"type": "error", "code": "invalid_message", "detail": "Too odd."}
            route.send(json.dumps({**error, "ref": sent["ref"]}))
        else:
            server.send(frame)

    route.on_message(on_message)


async def _full_page(context: BrowserContext, demo: Demo, room: str) -> Tab:
    """The page with as much on it as there can be at a time."""
    page = await context.new_page()
    await page.route_web_socket("**/chat?*", _refuse_odd)
    await page.goto(demo.urls[0])
    tab = Tab(page, Column(page, "quart"), Column(page, "fastapi"))
    await tab.join(f"{room}-unread")
    await tab.quart.join(room)
    await tab.fastapi.send("Not yet read.")
    await expect(tab.quart.tab(f"{room}-unread")).to_contain_text("1 unread")
    await tab.quart.send("odd")
    await expect(tab.quart.part("notice")).to_contain_text("Too odd.")
    for n in range(20):
        await tab.fastapi.send(f"Message {n}")
        await expect(tab.fastapi.texts).to_have_count(n + 2)
    await tab.fastapi.part("log").evaluate("log => { log.scrollTop = 0; }")
    await expect(tab.fastapi.part("jump")).to_be_visible()
    cards = await tab.ask_weather("Kyoto, Nowhere at all")
    await expect(cards).to_have_count(2)
    await tab.quart.root.locator(".token").evaluate("form => { form.hidden = false; }")
    return tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [_DESKTOP, _PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing(
    visit: Visit, demo: Demo, screen: dict[str, int], scheme: str
) -> None:
    """None of its rules is broken, colours and contrasts among them."""
    async with visit(viewport=screen, color_scheme=scheme) as context:
        room = f"axe-{screen['width']}-{scheme}"
        tab = await _full_page(context, demo, room)
        await check_axe(tab.page, "color-contrast", "label", "region")


async def test_a_conversation_is_held_by_keyboard_alone(
    context: BrowserContext, demo: Demo
) -> None:
    """The name, a room, a message, the log and the weather, and focus is seen."""
    tab = await Tab.open(context, demo.urls[0])
    keys = tab.page.keyboard
    await _tab_to(tab.page, "Name")
    await keys.press("Control+A")
    await keys.type("Grace")
    await _tab_to(tab.page, "Room to join")
    await keys.type("keyboard")
    await keys.press("Enter")
    await expect(tab.quart.tab("keyboard")).to_have_attribute("aria-current", "true")
    await tab.quart.connected()
    await _tab_to(tab.page, "Message")
    await keys.type("Line one,")
    await keys.press("Shift+Enter")
    await keys.type("line two.")
    await keys.press("Enter")
    await expect(tab.quart.texts).to_have_text(["Line one,\nline two."])
    await expect(tab.quart.room.locator(".name")).to_have_text(["Grace"])
    await expect(tab.quart.field).to_be_focused()
    await _tab_to(tab.page, "Cities, with commas between them")
    await keys.press("Control+A")
    await keys.type("Oslo")
    await keys.press("Enter")
    cards = tab.page.locator(".city")
    await expect(cards.get_by_role("heading")).to_have_text(["Oslo, NO"])


async def test_every_stop_of_the_keyboard_is_seen_and_named(
    context: BrowserContext, demo: Demo
) -> None:
    """From the first to the last, and round again, with nothing to be caught in."""
    tab = await Tab.open(context, demo.urls[0])
    stops = []
    for _ in range(_MOST_STOPS):
        await tab.page.keyboard.press("Tab")
        stop = await _focused(tab.page)
        if stop is None:
            break
        assert stop["outline"] == "solid", stop
        assert stop["name"], stop
        stops.append(stop["name"])
    else:
        pytest.fail(f"The keyboard does not come round: {stops}")
    assert stops[:4] == ["Quart", "FastAPI", "Weather", "Round trips"]
    assert {"Name", "Room to join", "Message", "Send", "Join", "Show"} <= set(stops)


@pytest.mark.parametrize(("width", "rows"), [(360, 2), (1_400, 1)])
async def test_nothing_is_wider_than_the_screen(
    context: BrowserContext, demo: Demo, width: int, rows: int
) -> None:
    """Not even a long word makes a phone scroll sideways; columns have one size."""
    tab = await Tab.open(context, demo.urls[0])
    await tab.page.set_viewport_size({"width": width, "height": 740})
    await tab.join(f"width-{width}")
    await tab.quart.send("x" * 500)
    await expect(tab.fastapi.texts).to_have_count(1)
    for column in tab.columns:
        await column.join("r" * 64)
    cards = await tab.ask_weather("y" * 100)
    await expect(cards).to_have_count(1)
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width
    quart, fastapi = [await column.root.bounding_box() for column in tab.columns]
    assert quart
    assert fastapi
    assert quart["width"] == fastapi["width"]
    assert len({quart["y"], fastapi["y"]}) == rows


async def test_the_first_screen_of_a_desktop_has_all_of_it(
    visit: Visit, demo: Demo
) -> None:
    """Both conversations, the weather and the round trips, without scrolling."""
    async with visit(viewport=_DESKTOP) as context:
        tab = await Tab.open(context, demo.urls[0])
        await expect(tab.page.locator(".city")).to_have_count(5)
        for part in (".column >> nth=1", "#weather", "#times"):
            await expect(tab.page.locator(part)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("preference", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")]
)
async def test_nothing_moves_for_whom_that_is_too_much(
    visit: Visit, demo: Demo, preference: str, behaviour: str
) -> None:
    """Scrolling to a part of the page is smooth only for the others."""
    async with visit(reduced_motion=preference) as context:
        page = await context.new_page()
        await page.goto(demo.urls[0])
        style = "getComputedStyle(document.documentElement).scrollBehavior"
        assert await page.evaluate(style) == behaviour


async def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the next element of this name has the focus."""
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        stop = await _focused(page)
        if stop and stop["name"] == name:
            return
    raise AssertionError(f"The keyboard does not lead to {name}.")


async def _focused(page: Page) -> dict[str, Any] | None:
    """The name of what has the focus and how that is seen; None beyond the page."""
    stop: dict[str, Any] | None = await page.evaluate(
        """() => {
            const at = document.activeElement;
            const name = at.ariaLabel ?? at.labels?.[0]?.innerText ?? at.innerText;
            return at === document.body ? null : {
                name: name.trim(),
                outline: getComputedStyle(at).outlineStyle,
            };
        }"""
    )
    return stop
