"""The port to the journal: a durable, ordered log of messages, one per room."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shared.chat.frames import Message


class Draft(NamedTuple):
    """A checked message that is not in the journal yet."""

    room: str
    name: str
    text: str
    ref: str | None


class Appended(NamedTuple):
    """What became of a draft: `created` is False if its `ref` was there before."""

    message: Message
    created: bool


@dataclass(frozen=True)
class Span:
    """The messages a room has: the first kept and the last `seq` given.

    An empty room is `Span(1, 0)`.
    """

    first: int
    last: int


class Journal(Protocol):
    """Messages are appended by any process; every process reads them in one order."""

    @property
    def epoch(self) -> str:
        """The name of this life of the journal; cursors of another mean nothing."""

    def append(self, draft: Draft) -> Awaitable[Appended]:
        """Queue a draft at the call, in the order of the calls.

        The result comes once it is durable. `seq` is gap-free per room from 1. The
        same `ref` of the same name in a room is appended once, and answered with the
        first message again. Raises Unavailable.
        """

    async def span(self, room: str) -> Span:
        """What there is of a room. Raises Unavailable."""

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """The first `limit` kept messages with a `seq` over `after`, in order."""

    def tail(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """All messages after `after`, in order, for ever, whoever appended them."""

    async def ping(self) -> None:
        """Return if the journal answers. Raises Unavailable."""

    async def close(self) -> None:
        """Make durable what was queued, then let go of everything."""
