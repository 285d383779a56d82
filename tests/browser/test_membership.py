"""The client's protocol state, which is a module that knows nothing of the page."""

from typing import Any

import pytest

from tests.browser.demo import Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WELCOME = "{ name: 'Ada', epoch: 'e1', seq: 2, resumed: false }"


async def _run(tab: Tab, script: str) -> Any:
    """What a script returns that has `member`, of the room `den`."""
    return await tab.page.evaluate(
        f"""async () => {{
            const {{ Membership }} = await import("/static/chat/membership.js");
            const member = new Membership("den", "");
            const message = (seq, ref = null, name = "Ada") => ({{ seq, ref, name }});
            const query = () => member.query.toString();
            const refs = (pending) => pending.map(({{ ref }}) => ref);
            {script}
        }}"""
    )


async def test_it_comes_back_with_its_cursor(tab: Tab) -> None:
    """From the last message that it has seen, under the name that it was given."""
    queries = await _run(
        tab,
        f"""const asked = [query()];
            member.welcome({_WELCOME});
            asked.push(query());
            member.take(message(1), 0);
            member.take(message(2), 0);
            member.rewind();
            asked.push(query());
            return asked;""",
    )
    assert queries == [
        "room=den",
        "room=den&name=Ada",
        "room=den&name=Ada&epoch=e1&after=2",
    ]


async def test_it_comes_back_to_an_empty_room_with_its_cursor(tab: Tab) -> None:
    """Else what is said while it is away would be taken for old."""
    query = await _run(
        tab,
        """member.welcome({ name: "Ada", epoch: "e1", seq: 0, resumed: false });
            return query();""",
    )
    assert query == "room=den&name=Ada&epoch=e1&after=0"


async def test_it_takes_nothing_twice(tab: Tab) -> None:
    """A message that it has seen is not new, whatever brings it again."""
    taken = await _run(
        tab,
        f"""member.welcome({_WELCOME});
            return [1, 2, 2, 1, 3].map((seq) => member.take(message(seq), 0).isNew);""",
    )
    assert taken == [True, True, False, False, True]


async def test_it_forgets_the_cursor_of_a_log_that_is_gone(tab: Tab) -> None:
    """And says so, that what was shown is cleared away."""
    found = await _run(
        tab,
        f"""const welcomes = [member.welcome({_WELCOME})];
            member.take(message(9), 0);
            const other = {{ name: "Ada", epoch: "e2", seq: 1, resumed: false }};
            welcomes.push(member.welcome(other), member.welcome(other));
            return [...welcomes, member.take(message(1), 0).isNew, query()];""",
    )
    assert found == [True, False, True, True, "room=den&name=Ada&epoch=e2&after=1"]


async def test_it_sends_again_what_was_not_acknowledged(tab: Tab) -> None:
    """With the same `ref`, and no more once it is acknowledged."""
    found = await _run(
        tab,
        f"""member.welcome({_WELCOME});
            member.add("one", "a");
            member.add("two", "b");
            const sent = [refs(member.due(10)), refs(member.due(11))];
            const first = member.take(message(3, "a"), 17);
            member.rewind();
            sent.push(refs(member.due(20)));
            const second = member.take(message(4, "b"), 30);
            return {{ sent, first, second, isBusy: member.isBusy }};""",
    )
    assert found == {
        "sent": [["a", "b"], [], ["b"]],
        "first": {"isNew": True, "isAcknowledged": True, "took": 7},
        "second": {"isNew": True, "isAcknowledged": True, "took": None},
        "isBusy": False,
    }


async def test_another_ones_ref_acknowledges_nothing(tab: Tab) -> None:
    """A `ref` counts for one name."""
    found = await _run(
        tab,
        f"""member.welcome({_WELCOME});
            member.add("one", "a");
            member.due(1);
            const {{ isAcknowledged }} = member.take(message(3, "a", "Eve"), 2);
            return [isAcknowledged, refs(member.pending)];""",
    )
    assert found == [False, ["a"]]


async def test_it_knows_refusals_that_pass_from_those_that_stay(tab: Tab) -> None:
    """The first are sent again, the others wait for their writer."""
    found = await _run(
        tab,
        f"""member.welcome({_WELCOME});
            ["a", "b", "c"].forEach((ref) => member.add(ref, ref));
            member.due(1);
            const again = ["rate_limited", "unavailable", "invalid_message"].map(
                (code, n) => member.refuse({{ code, detail: "No.", ref: "abc"[n] }}));
            const refusals = member.pending.map(({{ refusal }}) => refusal);
            return {{ again, refusals, due: refs(member.due(2)) }};""",
    )
    assert found == {
        "again": [True, True, False],
        "refusals": [None, None, "No."],
        "due": ["a", "b"],
    }


async def test_it_sends_no_more_than_the_apps_take(tab: Tab) -> None:
    """The rest follows as soon as there are acknowledgements."""
    found = await _run(
        tab,
        f"""member.welcome({_WELCOME});
            for (let n = 0; n < 30; n += 1) {{
                member.add("text", `r${{n}}`);
            }}
            const first = member.due(1).length;
            member.take(message(3, "r0"), 2);
            return [first, refs(member.due(3)), member.waitingSince];""",
    )
    assert found == [20, ["r20"], 1]


async def test_it_waits_longer_after_each_failure(tab: Tab) -> None:
    """Up to a bound, and never for as long as all others."""
    found = await tab.page.evaluate(
        """async () => {
            const { delayAfter } = await import("/static/chat/backoff.js");
            return [0, 1, 2, 10].flatMap((n) => [delayAfter(n, 0), delayAfter(n, 1)]);
        }"""
    )
    assert found == [500, 250, 1_000, 500, 2_000, 1_000, 10_000, 5_000]
