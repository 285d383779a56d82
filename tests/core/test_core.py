"""The composition root: what is opened, and how it is closed again."""

import asyncio
import json
from pathlib import Path

import pytest

from shared.chat.frames import HistoryQuery, NewMessage
from shared.core import drain_all, open_core
from shared.errors import StartError, Unavailable, UpstreamBroken
from tests.core.fakes import Client, idle, settings

pytestmark = pytest.mark.asyncio

HI = NewMessage(name="ann", text="hi")


async def test_a_core_in_memory() -> None:
    """Chat and weather work without a file, a key or a network."""
    # The first look-up loads all cities, which takes a while where much else runs.
    chosen = settings(weather_deadline_seconds=50)
    async with open_core(chosen) as core:
        assert core.settings is chosen
        await core.chat.ready()
        assert (await core.chat.post("lobby", HI, "10.0.0.1")).message.seq == 1
        report = json.loads((await core.weather.report("Paris")).body)
    assert (report["source"], report["place"]["country_code"]) == ("stand-in", "FR")


async def test_a_core_on_a_file(tmp_path: Path) -> None:
    """What was said is there the next time, and counts on."""
    chosen = settings(journal=f"sqlite:///{tmp_path / 'journal.db'}")
    async with open_core(chosen) as core:
        await core.chat.post("lobby", HI, "10.0.0.1")
    async with open_core(chosen) as core:
        history = await core.chat.history("lobby", HistoryQuery())
        assert [message.text for message in history.messages] == ["hi"]
        assert (await core.chat.post("lobby", HI, "10.0.0.1")).message.seq == 2


async def test_retention_comes_from_the_settings(tmp_path: Path) -> None:
    """For either journal."""
    for journal in ("memory://", f"sqlite:///{tmp_path / 'journal.db'}"):
        chosen = settings(journal=journal, chat_retention_messages=2)
        async with open_core(chosen) as core:
            for _ in range(4):
                await core.chat.post("lobby", HI, "10.0.0.1")
            history = await core.chat.history("lobby", HistoryQuery())
        assert [message.seq for message in history.messages] == [3, 4]


async def test_live_weather_comes_from_where_the_settings_say() -> None:
    """Over the network: a port that nobody listens at breaks it."""
    nowhere = "http://127.0.0.1:9/"
    chosen = settings(
        weather_source="open-meteo", geocoding_url=nowhere, forecast_url=nowhere
    )
    async with open_core(chosen) as core:
        with pytest.raises(UpstreamBroken):
            await core.weather.report("Paris")


async def test_a_core_that_cannot_open_leaves_nothing_open(tmp_path: Path) -> None:
    """The reason is one sentence."""
    before = asyncio.all_tasks()
    path = tmp_path / "journal.db"
    path.write_text("This is no journal. " * 99)
    with pytest.raises(StartError, match=str(path)):
        async with open_core(settings(journal=f"sqlite:///{path}")):
            pytest.fail("it opened")
    assert asyncio.all_tasks() == before


async def test_a_second_core_on_one_file_is_refused(tmp_path: Path) -> None:
    """Two would not see each other's messages."""
    chosen = settings(journal=f"sqlite:///{tmp_path / 'journal.db'}")
    async with open_core(chosen):
        with pytest.raises(StartError, match="in use"):
            async with open_core(chosen):
                pytest.fail("it opened")


async def test_closing_a_core_closes_its_sockets(tmp_path: Path) -> None:
    """Then its journal, with all that was said before."""
    chosen = settings(journal=f"sqlite:///{tmp_path / 'journal.db'}")
    async with open_core(chosen) as core:
        client = Client(core.chat)
        await client.of_type("welcome")
        client.say("last words")
        await client.messages(1)
    assert await client.closing() == 1012
    async with open_core(chosen) as core:
        history = await core.chat.history("lobby", HistoryQuery())
        assert [message.text for message in history.messages] == ["last words"]


async def test_a_server_that_stops_drains_every_core() -> None:
    """Of its process; but not one that was closed before."""
    async with open_core(settings()):
        pass
    async with open_core(settings()) as one, open_core(settings()) as other:
        clients = [Client(core.chat) for core in (one, other)]
        await idle()
        await drain_all()
        assert [await client.closing() for client in clients] == [1012, 1012]
        for core in (one, other):
            with pytest.raises(Unavailable):
                await core.chat.ready()
    await drain_all()


async def test_a_core_is_closed_though_its_app_failed(tmp_path: Path) -> None:
    """The journal is free for the next one."""
    chosen = settings(journal=f"sqlite:///{tmp_path / 'journal.db'}")
    with pytest.raises(ZeroDivisionError):
        async with open_core(chosen):
            raise ZeroDivisionError
    async with open_core(chosen):
        pass
