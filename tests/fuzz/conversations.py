"""A state machine walks a room: who joins, leaves, sends, stalls, resumes or breaks.

What must hold: every follower gets every acknowledged message exactly once, in the
order of `seq`, the same for all, from where it joined or was; a message sent again with
its `ref` is one message; what is refused concerns its sender alone.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.contract.cells import Cell
from tests.contract.chat import new_room
from tests.contract.raw import ask
from tests.fuzz.follower import TIMEOUT, Follower, Log

STEPS = 30
"""The steps of a conversation."""

FOLLOWERS = 5
"""The most followers in a room."""

FLOOD = 12
"""So many long messages that uvicorn stops writing to who does not read them."""

FILLING = "🦊" * 1_980
GARBAGE = ["", "{", "[]", "null", '{"text": ""}', '{"text": 1}', '{"said": "hi"}']

_anyone = st.integers(0, FOLLOWERS - 1)
_few = st.integers(0, 3)


class Conversation(RuleBasedStateMachine):
    """One room, from its first message until everyone has all of them."""

    cell: Cell
    runner: asyncio.Runner
    begun: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        type(self).begun()
        self.room = new_room()
        self.log: Log = {}
        self.followers: list[Follower] = []
        self.said: list[tuple[str, str, str | None]] = []
        self.owed: set[str] = set()  # texts that must become messages

    @initialize()
    def open_room(self) -> None:
        """Two are there, one who talks and one who listens."""
        self.join(after=None)
        self.join(after=0)

    @precondition(lambda self: len(self.followers) < FOLLOWERS)
    @rule(after=st.none() | st.integers(0, 60))
    def join(self, after: int | None) -> None:
        """Somebody new, with a cursor or without."""
        newcomer = self._follower()
        self.followers.append(newcomer)
        self._run(newcomer.join(after))

    @precondition(lambda self: self._who("active"))
    @rule(who=_anyone, count=st.integers(1, 3), with_ref=st.booleans())
    def send(self, who: int, count: int, *, with_ref: bool) -> None:
        """Messages, all sent before the first is acknowledged."""
        follower = self._pick("active", who)
        texts = [
            self._run(self._say(follower, with_ref=with_ref)) for _ in range(count)
        ]
        for text in texts:
            self._run(follower.read_until(partial(follower.has, text), text))

    @precondition(lambda self: self._who("stalled") and self._who("active"))
    @rule(who=_anyone)
    def flood(self, who: int) -> None:
        """More than the buffers of those who do not read take."""
        follower = self._pick("active", who)
        texts = [
            self._run(self._say(follower, with_ref=False, filling=FILLING))
            for _ in range(FLOOD)
        ]
        self._run(follower.read_until(partial(follower.has, texts[-1]), "its flood"))

    @precondition(lambda self: self._resendable())
    @rule(which=st.integers(0, 9))
    def resend(self, which: int) -> None:
        """What somebody sent before, acknowledged or not, with its `ref`."""
        choices = self._resendable()
        follower, text, ref = choices[which % len(choices)]
        self._run(follower.send_again(text, ref))

    @precondition(lambda self: self._who("active"))
    @rule(who=_anyone, again=st.booleans())
    def post(self, who: int, *, again: bool) -> None:
        """A message over HTTP, by the name of who is there; perhaps once more."""
        name = self._pick("active", who).name
        text, ref = self._new(name, with_ref=True)
        status, message = self._run(self._post(name, text, ref))
        assert status == 201, message
        self._run(self._pick("active", who).read_to(message["seq"]))
        assert self.log[message["seq"]] == {"type": "message", **message}
        if again:
            assert self._run(self._post(name, text, ref)) == (200, message)

    @precondition(lambda self: self._who("active"))
    @rule(who=_anyone, frame=st.sampled_from(GARBAGE))
    def send_garbage(self, who: int, frame: str) -> None:
        """What is no message is refused, and nobody else is told."""
        follower = self._pick("active", who)
        follower.refused += 1
        self._run(follower.send_frame(frame))
        self._run(follower.read_until(lambda: not follower.refused, "a refusal"))

    @precondition(lambda self: self._who("active"))
    @rule(who=_anyone)
    def stall(self, who: int) -> None:
        """From now on it does not read."""
        self._pick("active", who).stalled = True

    @precondition(lambda self: self._who("stalled"))
    @rule(who=_anyone)
    def resume(self, who: int) -> None:
        """It reads on and has missed nothing."""
        self._run(self._pick("stalled", who).resume())

    @precondition(lambda self: self._who("active"))
    @rule(who=_anyone, unread=_few, binary=st.booleans())
    def leave(self, who: int, unread: int, *, binary: bool) -> None:
        """An orderly end, right after messages, all of which are delivered (C-28)."""
        follower = self._pick("active", who)
        for _ in range(unread):
            self.owed.add(self._run(self._say(follower, with_ref=False)))
        self._run(follower.leave(binary=binary))

    @precondition(lambda self: self._who("active") or self._who("stalled"))
    @rule(who=_anyone, unread=_few)
    def abort(self, who: int, unread: int) -> None:
        """A cut, right after messages, each of which may be lost."""
        kind = "stalled" if self._who("stalled") else "active"
        follower = self._pick(kind, who)
        for _ in range(unread if kind == "active" else 0):
            self._run(self._say(follower, with_ref=True))
        follower.abort()

    @precondition(lambda self: self._who("gone"))
    @rule(who=_anyone, of_another_life=st.booleans())
    def come_back(self, who: int, *, of_another_life: bool) -> None:
        """With its cursor it gets all that it missed, with a foreign one only news."""
        epoch = "another" if of_another_life else None
        self._run(self._pick("gone", who).come_back(epoch=epoch))

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """After each step, whoever reads has all that anyone has."""
        super().check_invariants(*args, **kwargs)
        for follower in self._who("active"):
            self._run(follower.read_to(max(self.log, default=0)))

    def teardown(self) -> None:
        """Everyone catches up, unless something was wrong already."""
        try:
            if sys.exc_info()[0] is None and self.followers:
                self._run(self._catch_up())
        finally:
            for follower in self.followers:
                if not follower.gone:
                    follower.abort()

    async def _catch_up(self) -> None:
        for follower in self._who("stalled"):
            await follower.resume()
        for follower in self._who("gone"):
            await follower.come_back()
        last = self._follower()
        self.followers.append(last)
        await last.join(0)
        text = await self._say(last, with_ref=False)
        await last.read_until(
            lambda: last.has(text) and all(map(last.has, self.owed)), "the last of all"
        )
        history = await self._history()
        for follower in self.followers:
            await follower.read_to(max(history))
        assert self.log == history
        assert sorted(history) == list(range(1, len(history) + 1))
        self._check_what_was_said([each["text"] for each in history.values()])

    def _check_what_was_said(self, delivered: list[str]) -> None:
        assert set(delivered) <= {text for _, text, _ in self.said}
        assert [text for text, times in Counter(delivered).items() if times > 1] == []
        # What may have been lost was sent again later, and thus in another place.
        for name in {name for name, _, _ in self.said}:
            order = [t for n, t, ref in self.said if n == name and ref is None]
            found = [text for text in delivered if text in set(order)]
            assert found == [text for text in order if text in set(found)], name

    async def _history(self) -> Log:
        found: Log = {}
        while True:
            target = f"/chat/{self.room}/messages?limit=200&after={len(found)}"
            page = json.loads((await ask(self.cell, target)).body)
            for message in page["messages"]:
                found[message["seq"]] = {"type": "message", **message}
            if page["next"] is None:
                return found

    async def _post(self, name: str, text: str, ref: str | None) -> tuple[int, Any]:
        body = json.dumps({"name": name, "text": text, "ref": ref}).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        target = f"/chat/{self.room}/messages"
        answer = await ask(self.cell, target, method="POST", headers=headers, body=body)
        return answer.status, json.loads(answer.body)

    async def _say(
        self, follower: Follower, *, with_ref: bool, filling: str = ""
    ) -> str:
        text, ref = self._new(follower.name, with_ref=with_ref, filling=filling)
        await follower.send(text, ref)
        return text

    def _new(
        self, name: str, *, with_ref: bool, filling: str = ""
    ) -> tuple[str, str | None]:
        number = len(self.said)
        text, ref = f"{number} {filling}".strip(), f"ref-{number}" if with_ref else None
        self.said.append((name, text, ref))
        return text, ref

    def _follower(self) -> Follower:
        return Follower(self.cell, self.room, f"name-{len(self.followers)}", self.log)

    def _who(self, state: str) -> list[Follower]:
        return [each for each in self.followers if getattr(each, state)]

    def _pick(self, state: str, who: int) -> Follower:
        there = self._who(state)
        return there[who % len(there)]

    def _resendable(self) -> list[tuple[Follower, str, str]]:
        return [
            (follower, text, ref)
            for follower in self._who("active")
            for name, text, ref in self.said
            if name == follower.name and ref is not None
        ]

    def _run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(asyncio.wait_for(step, 2 * TIMEOUT))


def converse(
    cell: Cell, conversations: int, number: int, begun: Callable[[], None]
) -> None:
    """Hold that many conversations on a cell. Raises what the first of them found."""
    with asyncio.Runner() as runner:
        machine = type(
            "Conversation",
            (Conversation,),
            {"cell": cell, "runner": runner, "begun": staticmethod(begun)},
        )
        run_state_machine_as_test(
            seed(number)(machine),
            settings=settings(
                database=None,
                deadline=None,
                max_examples=conversations,
                phases=[Phase.generate, Phase.shrink],
                print_blob=False,
                report_multiple_bugs=False,
                stateful_step_count=STEPS,
                suppress_health_check=list(HealthCheck),
            ),
        )
