"""The port to presence: who is in a room, in all processes that share a journal."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol


class Change(NamedTuple):
    """Who came and who went, and how many are in the room now."""

    members: int
    joined: Sequence[str] = ()
    left: Sequence[str] = ()


Tell = Callable[[Change], None]


class Presence(Protocol):
    """Members are counted in by any process; every process is told of them."""

    def watch(self, room: str, tell: Tell) -> None:
        """Call `tell` at every change of the room from now on."""

    def unwatch(self, room: str, tell: Tell) -> None:
        """Call it no more."""

    def join(self, room: str, name: str) -> Awaitable[int]:
        """Count a member in; how many there are with it. Raises Unavailable."""

    def leave(self, room: str, name: str) -> None:
        """Count a member out, soon."""


class Watchers:
    """Who in this process is told of the changes of a room."""

    def __init__(self) -> None:
        self._tells: dict[str, list[Tell]] = {}

    def watch(self, room: str, tell: Tell) -> None:
        """Call `tell` at every change of the room from now on."""
        self._tells.setdefault(room, []).append(tell)

    def unwatch(self, room: str, tell: Tell) -> None:
        """Call it no more."""
        self._tells[room].remove(tell)
        if not self._tells[room]:
            del self._tells[room]

    def tell(self, room: str, change: Change) -> None:
        """Tell those who watch the room."""
        for tell in self._tells.get(room, ()):
            tell(change)


class LocalPresence(Watchers):
    """The presence of one process, which has its journal to itself."""

    def __init__(self) -> None:
        super().__init__()
        self._members: Counter[str] = Counter()

    async def join(self, room: str, name: str) -> int:
        """Count a member in, at once."""
        self._members[room] += 1
        self.tell(room, Change(self._members[room], joined=[name]))
        return self._members[room]

    def leave(self, room: str, name: str) -> None:
        """Count a member out, at once."""
        self._members[room] -= 1
        self.tell(room, Change(self._members[room], left=[name]))
        if not self._members[room]:
            del self._members[room]
