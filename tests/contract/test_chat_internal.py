"""Errors of the app's own making: they are named, and they stay where they are."""

import sys
from collections.abc import Iterator

import pytest

from tests.contract.cells import Cell
from tests.contract.chat import chat_path, join, join_all, new_room, shake
from tests.contract.checks import client, problem
from tests.contract.clauses import clause
from tests.contract.failing_app import (
    BREAKS_THE_APPEND,
    BREAKS_THE_ROOM,
    BROKEN_ROOM,
    SECRET,
)

pytestmark = pytest.mark.asyncio


class FailingCell(Cell):
    """A cell whose journal breaks at certain words."""

    @property
    def command(self) -> list[str]:
        """What starts it."""
        options = super().command[3:]
        module = "tests.contract.failing_app"
        return [sys.executable, "-m", module, self.framework, *options]


@pytest.fixture(scope="module")
def failing(cell: Cell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    """A cell with bugs."""
    env = {name: value for name, value in cell.env.items() if name != "TANDEM_JOURNAL"}
    with FailingCell(cell.name, tmp_path_factory.mktemp("failing"), env) as own:
        yield own


@clause("C-35")
async def test_an_error_inside_ends_the_connection_it_happened_on(
    failing: Cell,
) -> None:
    """With 1011 and no word of the inside; nobody else notices."""
    async with join_all(failing, new_room(), ("ann", "bob")) as (ann, bob):
        await ann.post("before")
        await ann.say(BREAKS_THE_APPEND)
        assert await ann.wait_until_closed() == (1011, "internal error")
        await bob.post("after")
        assert [message["text"] for message in bob.messages] == ["before", "after"]


@clause("C-35")
async def test_an_error_in_a_room_ends_its_connections(failing: Cell) -> None:
    """With 1011; whoever comes back with a cursor goes on where it was."""
    async with join_all(failing, new_room(), ("ann", "bob")) as (ann, bob):
        room = ann.welcome["room"]
        async with join(failing, new_room()) as elsewhere:
            await ann.post("before")
            await ann.say(BREAKS_THE_ROOM)
            for member in (ann, bob):
                assert await member.wait_until_closed() == (1011, "internal error")
            async with join(failing, room, name="ann", after=1) as back:
                assert (await back.post("after"))["seq"] == 3
                assert back.seqs == [2, 3]
            await elsewhere.post("still here")


@clause("C-35")
async def test_an_error_before_the_handshake_refuses_it(failing: Cell) -> None:
    """With 500, and no word of the inside."""
    refused = await shake(failing, chat_path(BROKEN_ROOM))
    problem(refused, 500)
    assert SECRET.encode() not in refused.body


@clause("C-35", "H-10")
async def test_an_error_inside_over_http_is_a_problem(failing: Cell) -> None:
    """With 500, and no word of the inside."""
    async with client(failing.http_url) as http:
        new = {"name": "ann", "text": BREAKS_THE_APPEND}
        answer = await http.post(f"/chat/{new_room()}/messages", json=new)
    problem(answer, 500)
    assert SECRET not in answer.text
