"""The composition root: the one module that names adapters."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from shared.chat.journal import Journal
from shared.chat.memory_journal import MemoryJournal
from shared.chat.presence import LocalPresence, Presence
from shared.chat.service import Chat
from shared.chat.sqlite_journal import SqliteJournal
from shared.journal_url import is_redis, sqlite_path
from shared.settings import Settings
from shared.weather import stand_in
from shared.weather.open_meteo import OpenMeteo
from shared.weather.service import Weather
from shared.weather.source import Source


@dataclass(frozen=True, eq=False)
class Core:
    """What both apps use, and the settings it was made from."""

    settings: Settings
    chat: Chat
    weather: Weather


_open: set[Core] = set()


@asynccontextmanager
async def open_core(settings: Settings) -> AsyncIterator[Core]:
    """Open the core for as long as an app lives. Raises StartError."""
    async with AsyncExitStack() as stack:
        journal, presence = await _open_journal(settings)
        stack.push_async_callback(journal.close)
        chat = Chat(journal, presence, settings)
        stack.push_async_callback(chat.close)
        weather = Weather(
            _source(settings),
            fresh_seconds=settings.weather_fresh_seconds,
            stale_seconds=settings.weather_stale_seconds,
            unknown_seconds=settings.weather_unknown_seconds,
            cities=settings.weather_cache_cities,
        )
        stack.push_async_callback(weather.aclose)
        core = Core(settings, chat, weather)
        _open.add(core)
        stack.callback(_open.discard, core)
        yield core


async def rehearse(settings: Settings) -> None:
    """Open the core and close it. Raises StartError.

    What cannot start is said by who asks, in a sentence, and not in a server's
    traceback, after which one of the servers would even exit with 0.
    """
    logging.disable(logging.WARNING)  # what there is to warn of the app will say
    try:
        async with open_core(settings):
            pass
    finally:
        logging.disable(logging.NOTSET)


async def drain_all() -> None:
    """Close the sockets of every core of this process: a server that stops calls it."""
    for core in tuple(_open):
        await core.chat.drain()


async def _open_journal(settings: Settings) -> tuple[Journal, Presence]:
    kept, seconds = settings.chat_retention_messages, settings.journal_timeout_seconds
    if is_redis(settings.journal):
        # Only who has a Redis pays for its client, a fifth of the time to start.
        from shared.chat.redis_journal import RedisJournal

        shared = await RedisJournal.open(settings.journal, kept, seconds)
        return shared, shared.presence
    path = sqlite_path(settings.journal)
    if path is None:
        return MemoryJournal(kept), LocalPresence()
    return await SqliteJournal.open(path, kept, seconds), LocalPresence()


def _source(settings: Settings) -> Source:
    offline = settings.weather_source == "stand-in"
    return OpenMeteo(
        settings.geocoding_url,
        settings.forecast_url,
        settings.weather_deadline_seconds,
        settings.weather_upstream_max_bytes,
        transport=httpx.ASGITransport(stand_in.app) if offline else None,
        name=settings.weather_source,
    )
