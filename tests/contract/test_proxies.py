"""What comes from a proxy, what only pretends to, and what ends up in the log."""

import json
from collections.abc import Mapping

import pytest

from tests.contract.cells import Cell
from tests.contract.chat import join, new_room, shake
from tests.contract.checks import places, problem
from tests.contract.clauses import clause
from tests.contract.conftest import StartCell
from tests.contract.patience import TIMEOUT, within
from tests.contract.raw import ask
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

FOR = "X-Forwarded-For"
ONCE = {"TANDEM_MESSAGE_BURST": "1", "TANDEM_MESSAGES_PER_SECOND": "0.01"}
"""One post of one address and name, and then a long wait."""

HOSTILE = "x\r\nINFO forged\x1b[2J\u2028\u2029\u202e\x85\x9b"
"""What would begin a line, clear a terminal, or turn the order of letters around."""


async def status_of_post(cell: Cell, room: str, headers: Mapping[str, str]) -> int:
    """How a post of Ann's that comes with these headers is answered."""
    body = json.dumps({"name": "ann", "text": "hi"}).encode()
    sent = {"Content-Type": "application/json", "Content-Length": f"{len(body)}"}
    uri = f"/chat/{room}/messages"
    answer = await ask(cell, uri, method="POST", headers={**sent, **headers}, body=body)
    return answer.status


@clause("H-33")
async def test_nobody_is_believed_by_default(target: Target) -> None:
    """What a client says of a host or a scheme does not make its page our own."""
    own = f"https://{target.netloc}"
    for headers in (
        {"Origin": own, "X-Forwarded-Proto": "https"},
        {"Origin": own, "Forwarded": f"proto=https;host={target.netloc}"},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
        {"Origin": "http://evil.example", "Forwarded": "host=evil.example"},
    ):
        problem(await shake(target, "/chat", headers), 403, "foreign-origin")


@clause("H-33")
async def test_only_configured_proxies_are_believed(
    cell: Cell, start_cell: StartCell
) -> None:
    """Another proxy's address helps nobody past a limit or an origin."""
    own = start_cell(cell.name, TANDEM_TRUSTED_PROXIES="10.0.0.0/8", **ONCE)
    room = new_room()
    assert await status_of_post(own, room, {FOR: "203.0.113.1"}) == 201
    assert await status_of_post(own, room, {FOR: "203.0.113.2"}) == 429
    assert await status_of_post(own, room, {"Forwarded": "for=203.0.113.3"}) == 429
    told = {"Origin": f"https://{own.netloc}", "X-Forwarded-Proto": "https"}
    problem(await shake(own, "/chat", told), 403, "foreign-origin")


@clause("H-33")
async def test_a_proxy_of_ours_is_believed(cell: Cell, start_cell: StartCell) -> None:
    """From the right, as far as it goes; what a client put there itself is not."""
    trusted = "127.0.0.1,10.0.0.0/8,2001:db8::/32"
    own = start_cell(cell.name, TANDEM_TRUSTED_PROXIES=trusted, **ONCE)
    room = new_room()
    for forwarded, status in (
        ("203.0.113.1", 201),
        ("203.0.113.1", 429),
        ("203.0.113.2", 201),
        ("203.0.113.9, 203.0.113.2", 429),
        ("203.0.113.2, 10.1.2.3, 2001:db8::7", 429),
        ("203.0.113.2:4711", 429),
        ("2a00::1", 201),
        ("[2a00::1]:4711", 429),
        ("::ffff:203.0.113.1", 429),
        ("203.0.113.1, unknown, 10.1.2.3", 201),
        ("unknown", 201),
        ("203.0.113.3, unknown", 429),
        ("fe80::1%x", 429),
        ("", 429),
        ("203.0.113.1\r\nX-Forwarded-For: 203.0.113.4", 201),
    ):
        found = await status_of_post(own, room, {FOR: forwarded})
        assert (forwarded, found) == (forwarded, status)
    page = {"Origin": "https://chat.example"}
    host = {"X-Forwarded-Host": "chat.example"}
    for headers in (
        {"X-Forwarded-Proto": "https", "Host": "chat.example"},
        {"X-Forwarded-Proto": "http, https", **host},
        {"X-Forwarded-Proto": "wss", "X-Forwarded-Host": "evil.example, chat.example"},
    ):
        assert (await shake(own, "/chat", {**page, **headers})).status == 101, headers
    for headers in (
        host,
        {"X-Forwarded-Proto": "https, http", **host},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example, other"},
        {"X-Forwarded-Proto": "https"},
    ):
        refused = await shake(own, "/chat", {**page, **headers})
        problem(refused, 403, "foreign-origin")
    bad = await ask(own, "/healthz", headers={"X-Forwarded-Host": "a..b"})
    problem(bad, 400)


@clause("H-34")
async def test_a_line_of_the_log_is_not_for_clients_to_write(
    cell: Cell, start_cell: StartCell
) -> None:
    """By name, text, path, query, header or address: each line stays what it is."""
    own = start_cell(
        cell.name, TANDEM_LOG_LEVEL="info", TANDEM_TRUSTED_PROXIES="127.0.0.1"
    )
    encoded = "x%0D%0AINFO%20forged%1B%5B2J%E2%80%A8%E2%80%A9%E2%80%AE%C2%85%C2%9B"
    room = new_room()
    async with join(own, room, name="ann\u3164") as ann:
        await ann.post(HOSTILE, HOSTILE)
    assert places(await shake(own, f"/chat?name={encoded}")) == ["query.name"]
    for path in (f"/{encoded}", f"/weather/{encoded}", f"/chat/{encoded}/messages"):
        assert (await ask(own, path)).status in {404, 422}
    spoken = HOSTILE.removeprefix("x\r\n").encode().decode("latin-1")
    loud = {"X-Request-ID": "\x1b[2J", FOR: "fe80::1%\x9b2J", "User-Agent": spoken}
    for name, value in loud.items():
        assert (await ask(own, "/healthz", headers={name: value})).status in {200, 400}
    assert (await ask(own, "/healthz", method="GE\x1bT")).status >= 400
    last = new_room()
    async with within(TIMEOUT, "the log of the last request"):
        while last not in own.output():
            await ask(own, "/healthz", headers={"X-Request-ID": last})
    lines = own.output().split("\n")
    assert any("%0D%0AINFO%20forged" in line for line in lines)
    for line in lines:
        assert line.isascii(), line
        assert line.isprintable(), line
        assert not line.startswith("INFO forged")
