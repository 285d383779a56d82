"""The page where the app wants a token of whoever comes in."""

import time
from collections.abc import Iterator

import jwt
import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.conftest import Visit
from tests.browser.demo import FRAMEWORKS, Column
from tests.contract.cells import Cell

pytestmark = pytest.mark.asyncio(loop_scope="session")

_SECRET = "a secret of the tests, of at least 32 bytes"
_HOUR = 3_600
_MOMENT = 4


@pytest.fixture(scope="module", params=FRAMEWORKS)
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cell]:
    """Each app, where nobody comes in without a token."""
    folder = tmp_path_factory.mktemp("guarded")
    env = {"TANDEM_TOKEN_SECRET": _SECRET}
    with Cell(f"{request.param}@uvicorn", folder, env) as cell:
        yield cell


def _token(seconds: float = _HOUR) -> str:
    claims = {"sub": "ann", "rooms": ["lobby"], "exp": time.time() + seconds}
    return jwt.encode(claims, _SECRET, "HS256")


async def test_a_token_is_asked_for_where_one_is_needed(
    visit: Visit, guarded: Cell
) -> None:
    """In words, with a field for it; its holder goes by the name that it says."""
    async with visit(server_fails=True) as context:
        page = await context.new_page()
        await page.goto(guarded.http_url)
        column = Column(page, guarded.framework)
        await expect(column.part("state")).to_contain_text("A token is needed here")
        field = column.root.get_by_label("Token")
        await field.fill("nonsense")
        await column.button("Come in").click()
        await expect(column.part("state")).to_contain_text("The token is not valid.")
        await field.fill(_token())
        await column.button("Come in").click()
        await column.connected()
        await expect(field).to_be_hidden()
        name = column.root.get_by_label("Name", exact=True)
        await expect(name).to_have_value("ann")
        await expect(name).not_to_be_editable()
        await column.send("Here I am.")
        await expect(column.texts.last).to_have_text("Here I am.")


async def test_a_token_may_come_with_the_address(
    context: BrowserContext, guarded: Cell
) -> None:
    """In the fragment, which no server sees, and from which it is gone at once."""
    page = await context.new_page()
    await page.goto(f"{guarded.http_url}/#token={_token()}")
    column = Column(page, guarded.framework)
    await column.connected()
    await expect(column.root.get_by_label("Token")).to_be_hidden()
    assert page.url == f"{guarded.http_url}/"


async def test_a_room_that_the_token_is_not_for_is_told(
    visit: Visit, guarded: Cell
) -> None:
    """While the others go on."""
    async with visit(server_fails=True) as context:
        page = await context.new_page()
        await page.goto(f"{guarded.http_url}/#token={_token()}")
        column = Column(page, guarded.framework)
        await column.connected()
        await column.root.get_by_label("Room to join").fill("elsewhere")
        await column.button("Join").click()
        await expect(column.part("state")).to_contain_text("not for this room")
        await column.tab("lobby").click()
        await column.connected()


async def test_a_token_that_ends_is_asked_for_again(
    visit: Visit, guarded: Cell
) -> None:
    """And with the new one the conversation goes on where it was."""
    async with visit(server_fails=True) as context:
        page = await context.new_page()
        await page.goto(f"{guarded.http_url}/#token={_token(_MOMENT)}")
        column = Column(page, guarded.framework)
        await column.send("Before.")
        await expect(column.texts.last).to_have_text("Before.")
        field = column.root.get_by_label("Token")
        await expect(field).to_be_visible()
        await expect(column.part("state")).to_contain_text("token has expired")
        await column.send("Meanwhile.")
        await field.fill(_token())
        await column.button("Come in").click()
        await expect(column.texts.last).to_have_text("Meanwhile.")
        await expect(column.room.get_by_text("Before.")).to_have_count(1)
