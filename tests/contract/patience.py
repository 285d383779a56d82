"""How long a test waits for what must come, and what it says when it did not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

TIMEOUT = 20.0
"""Seconds that a test waits for what must come."""


@asynccontextmanager
async def within(seconds: float, expected: str) -> AsyncIterator[None]:
    """Fail the test if the body takes longer; `expected` says what it waits for."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise AssertionError(
            f"{expected} was expected, and did not come in {seconds:g} s"
        ) from None
