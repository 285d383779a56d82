"""The page across the ends of the demo: nothing is lost, nothing is doubled."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.demo import Demo, Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_restart_loses_and_doubles_nothing(
    shaken: BrowserContext, mortal_demo: Demo
) -> None:
    """What is written while the server is away arrives once it is back, once."""
    tab = await Tab.open(shaken, mortal_demo.urls[0])
    await tab.join("restart")
    await tab.quart.send("Before.")
    await expect(tab.fastapi.texts).to_have_text(["Before."])
    mortal_demo.stop()
    for column in tab.columns:
        await column.waiting()
    await tab.quart.send("Meanwhile.")
    await expect(tab.quart.pending).to_have_text(["Meanwhile."])
    mortal_demo.start()
    for column in tab.columns:
        await expect(column.texts).to_have_text(["Before.", "Meanwhile."])
    await expect(tab.quart.pending).to_have_count(0)


async def test_a_kill_loses_and_doubles_nothing(
    shaken: BrowserContext, mortal_demo: Demo
) -> None:
    """The same where the server dies amid messages that it has not acknowledged."""
    tab = await Tab.open(shaken, mortal_demo.urls[1])
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
    shaken: BrowserContext, mortal_demo: Demo
) -> None:
    """A cursor into a log that is gone is not held against the one that is there."""
    tab = await Tab.open(shaken, mortal_demo.urls[0])
    await tab.join("renewed")
    await tab.quart.send("Of the old log.")
    await expect(tab.fastapi.texts).to_have_count(1)
    mortal_demo.kill()
    for file in mortal_demo.journal.parent.glob("journal.db*"):
        file.unlink()
    mortal_demo.start()
    await expect(tab.quart.part("notice")).to_contain_text("could not be resumed")
    await expect(tab.quart.texts).to_have_count(0)
    await tab.fastapi.send("Of the new log.")
    for column in tab.columns:
        await expect(column.texts).to_have_text(["Of the new log."])
