"""The page across the ends of its connections: nothing is lost, nothing is doubled."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.demo import Column, Demo
from tests.browser.relay import Relay
from tests.contract.cells import Cell

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def relay(alone: Cell) -> AsyncIterator[Relay]:
    """The way of one of two browsers to the app."""
    async with Relay(alone.port) as relay:
        yield relay


async def _enter(
    context: BrowserContext, url: str, cell: Cell, name: str, room: str
) -> Column:
    page = await context.new_page()
    await page.goto(url)
    column = Column(page, cell.framework)
    await column.join(room, name=name)
    return column


async def test_one_of_two_browsers_goes_offline_and_comes_back(
    visit: Visit, alone: Cell, relay: Relay
) -> None:
    """Both have all that was said meanwhile, on both sides, once and in one order."""
    async with visit(server_fails=True) as first, visit() as second:
        ada = await _enter(first, relay.url, alone, "Ada", "offline")
        blaise = await _enter(second, alone.http_url, alone, "Blaise", "offline")
        await ada.send("Before.")
        for column in (ada, blaise):
            await expect(column.texts).to_have_text(["Before."])
        await relay.cut()
        await ada.waiting()
        await ada.send("From Ada, offline.")
        await expect(ada.pending).to_have_text(["From Ada, offline."])
        await expect(ada.part("pending")).to_contain_text("to be sent")
        said = ["One.", "Two.", "Three."]
        for text in said:
            await blaise.send(text)
        await expect(blaise.texts).to_have_text(["Before.", *said])
        await expect(blaise.part("presence")).to_contain_text("Ada left")
        await relay.mend()
        for column in (ada, blaise):
            await expect(column.texts).to_have_text(
                ["Before.", *said, "From Ada, offline."]
            )
        await expect(ada.pending).to_have_count(0)


async def test_nobody_has_to_wait_for_the_next_attempt(
    visit: Visit, alone: Cell, relay: Relay
) -> None:
    """A click connects at once: time stands still here, so nothing else does."""
    async with visit(server_fails=True) as context:
        await context.clock.install(time=0)
        ada = await _enter(context, relay.url, alone, "Ada", "hurried")
        await context.clock.pause_at(3_600_000)
        await relay.cut()
        await ada.waiting()
        await relay.mend()
        await ada.button("Try now").click()
        await ada.connected()


async def test_what_arrived_unacknowledged_is_not_doubled(
    visit: Visit, alone: Cell, relay: Relay
) -> None:
    """A message whose acknowledgement is lost is sent again, and shown once to all."""
    async with visit(server_fails=True) as first, visit() as second:
        ada = await _enter(first, relay.url, alone, "Ada", "unacknowledged")
        blaise = await _enter(second, alone.http_url, alone, "Blaise", "unacknowledged")
        relay.hold_answers()
        await ada.send("Did you get this?")
        await expect(blaise.texts).to_have_text(["Did you get this?"])
        await expect(ada.pending).to_have_text(["Did you get this?"])
        await expect(ada.texts).to_have_count(0)
        await blaise.send("Yes.")
        await relay.cut()
        await ada.waiting()
        await relay.mend()
        for column in (ada, blaise):
            await expect(column.texts).to_have_text(["Did you get this?", "Yes."])
        await expect(ada.pending).to_have_count(0)


async def test_a_message_is_pending_until_it_is_acknowledged(
    context: BrowserContext, alone: Cell, relay: Relay
) -> None:
    """It is shown as being on its way, and told apart from what is in the log."""
    ada = await _enter(context, relay.url, alone, "Ada", "pending")
    relay.hold_answers()
    await ada.send("Slowly.")
    await expect(ada.part("pending")).to_contain_text("on its way")
    await expect(ada.texts).to_have_count(0)
    await ada.rename("Countess")
    complaint = await ada.page.evaluate("document.activeElement.validationMessage")
    assert "on their way" in complaint
    relay.release_answers()
    await expect(ada.texts).to_have_text(["Slowly."])
    await expect(ada.pending).to_have_count(0)
    await expect(ada.room.locator(".took")).to_contain_text("ms")


async def test_all_rooms_come_back(visit: Visit, alone: Cell, relay: Relay) -> None:
    """Those that are not shown too, with what was said there meanwhile as unread."""
    async with visit(server_fails=True) as first, visit() as second:
        ada = await _enter(first, relay.url, alone, "Ada", "hidden")
        await ada.join("shown")
        blaise = await _enter(second, alone.http_url, alone, "Blaise", "hidden")
        await relay.cut()
        await ada.waiting()
        await expect(ada.part("state")).to_contain_text("Next try in")
        await blaise.send("The first message of this room.")
        await expect(blaise.texts).to_have_count(1)
        await relay.mend()
        await ada.connected()
        await expect(ada.tab("hidden")).to_contain_text("1 unread")
        await ada.tab("hidden").click()
        await expect(ada.texts).to_have_text(["The first message of this room."])


async def test_a_silent_server_is_left_and_told_again(
    context: BrowserContext, demo: Demo
) -> None:
    """Without an acknowledgement the page connects anew and sends the same `ref`."""
    page = await context.new_page()
    sent: list[dict[str, str]] = []

    def swallow(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def on_message(frame: str | bytes) -> None:
            sent.append(json.loads(frame))
            if len(sent) > 1:
                server.send(frame)

        route.on_message(on_message)

    await page.clock.install()
    await page.route_web_socket("**/chat?*", swallow)
    await page.goto(demo.urls[0])
    column = Column(page, "quart")
    await column.join("silent")
    await column.send("Is anybody there?")
    await expect(column.pending).to_have_count(1)
    await page.clock.fast_forward(10_000)
    await expect(column.part("state")).to_contain_text("did not answer in time")
    await page.clock.fast_forward(1_000)
    await expect(column.texts).to_have_text(["Is anybody there?"])
    assert sent[0] == sent[1]


async def test_a_refused_message_comes_back_to_be_edited(
    context: BrowserContext, demo: Demo
) -> None:
    """The reason stands at the message, and its text returns to the field."""
    page = await context.new_page()

    def refuse(route: WebSocketRoute) -> None:
        route.connect_to_server()

        def on_message(frame: str | bytes) -> None:
            error = {"type": "error", "code": "invalid_message", "detail": "Too odd."}
            route.send(json.dumps({**error, "ref": json.loads(frame)["ref"]}))

        route.on_message(on_message)

    await page.route_web_socket("**/chat?*", refuse)
    await page.goto(demo.urls[0])
    column = Column(page, "quart")
    await column.connected()
    await column.send("An odd text")
    await expect(column.part("pending")).to_contain_text("Too odd.")
    await column.button("Edit").click()
    await expect(column.pending).to_have_count(0)
    await expect(column.field).to_have_value("An odd text")
    await expect(column.field).to_be_focused()
