"""How long a test waits for what must come, and what it says when it did not."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

TIMEOUT = float(os.environ.get("CONTRACT_TIMEOUT_SECONDS", "20"))
"""Seconds that a test waits for what must come."""


class NotInTime(AssertionError):
    """What was expected has not come."""

    def __init__(self, seconds: float, expected: str) -> None:
        super().__init__(f"not in {seconds:g} s: {expected}")
        self.expected = expected


@asynccontextmanager
async def within(seconds: float, expected: str) -> AsyncIterator[None]:
    """Fail the test if the body takes longer; `expected` says what it waits for."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise NotInTime(seconds, expected) from None
