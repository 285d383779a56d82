"""The page across the ends of its connections: nothing is lost, nothing is doubled."""

import json

import pytest
from playwright.async_api import BrowserContext, WebSocketRoute, expect

from tests.browser.demo import Column, Demo, Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_restart_loses_and_doubles_nothing(
    context: BrowserContext, mortal_demo: Demo
) -> None:
    """What is written while the server is away arrives once it is back, once."""
    tab = await Tab.open(context, mortal_demo.urls[0])
    await tab.join("restart")
    await tab.quart.send("Before.")
    await expect(tab.fastapi.texts).to_have_text(["Before."])
    mortal_demo.stop()
    for column in tab.columns:
        await column.root.locator("[data-state=waiting]").wait_for()
    await tab.quart.send("Meanwhile.")
    await expect(tab.quart.pending).to_have_text(["Meanwhile."])
    mortal_demo.start()
    for column in tab.columns:
        await expect(column.texts).to_have_text(["Before.", "Meanwhile."])
    await expect(tab.quart.pending).to_have_count(0)


async def test_a_kill_loses_and_doubles_nothing(
    context: BrowserContext, mortal_demo: Demo
) -> None:
    """The same where the server dies amid messages that it has not acknowledged."""
    tab = await Tab.open(context, mortal_demo.urls[1])
    await tab.join("kill")
    texts = [f"message {n}" for n in range(40)]
    await tab.fastapi.send_at_once(texts[:20])
    mortal_demo.kill()
    await tab.fastapi.send_at_once(texts[20:])
    mortal_demo.start()
    for column in tab.columns:
        await expect(column.texts).to_have_text(texts)
    await expect(tab.fastapi.pending).to_have_count(0)


async def test_a_new_journal_begins_a_new_log(
    context: BrowserContext, mortal_demo: Demo
) -> None:
    """A cursor into a log that is gone is not held against the one that is there."""
    tab = await Tab.open(context, mortal_demo.urls[0])
    await tab.join("renewed")
    await tab.quart.send("Of the old log.")
    await expect(tab.fastapi.texts).to_have_count(1)
    mortal_demo.kill()
    for file in mortal_demo.journal.parent.glob("journal.db*"):
        file.unlink()
    mortal_demo.start()
    await expect(tab.quart.part("chat-notice")).to_contain_text("could not be resumed")
    await expect(tab.quart.texts).to_have_count(0)
    await tab.fastapi.send("Of the new log.")
    for column in tab.columns:
        await expect(column.texts).to_have_text(["Of the new log."])


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
    await column.connected()
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
    await expect(column.part("outbox")).to_contain_text("Too odd.")
    await column.root.get_by_role("button", name="Edit").click()
    await expect(column.pending).to_have_count(0)
    field = column.root.get_by_label("Message", exact=True)
    await expect(field).to_have_value("An odd text")
    await expect(field).to_be_focused()
