"""Each server as a process: it starts, it stops, it says what is wrong."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from shared.chat.process_lock import hold
from shared.errors import StartError
from shared.serving import listen, wait_for_journal
from shared.settings import Settings
from tests.commands import typed
from tests.contract.cells import Cell
from tests.contract.chat import HELD_BYTES, SMALL_BUFFER
from tests.contract.patience import TIMEOUT
from tests.contract.raw import Op, frame, head

ROOT = Path(__file__).parents[2]

# Here servers are under test; the contract suite has them with both frameworks.
CELLS = ["quart@uvicorn", "fastapi@hypercorn", "quart@granian"]


def run(
    *arguments: str, module: str = "fastapi_app", **env: str
) -> subprocess.CompletedProcess[str]:
    """A process until its end, which comes soon."""
    return typed(module, *arguments, env={"TANDEM_JOURNAL": "memory://", **env})


def sentence_of(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line that it left, under the program's name, with exit code 2."""
    assert ended.returncode == 2, ended.stderr
    (line,) = ended.stderr.splitlines()
    program, _, sentence = line.partition(": ")
    assert program == "python -m fastapi_app"
    assert sentence.endswith(".")
    return sentence


@pytest.fixture
def taken_port() -> Iterator[str]:
    """A port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", CELLS)
def test_a_server_starts_and_stops(
    name: str, stop: signal.Signals, tmp_path: Path
) -> None:
    """By a service manager and by Ctrl-C, with exit code 0 and without a traceback."""
    with Cell(name, tmp_path, {}) as cell:
        # A terminal sends it to the whole group.
        (os.killpg if stop is signal.SIGINT else os.kill)(cell.pid, stop)
        assert cell.wait(5) == 0
    said = cell.output()
    assert f"{name} on {cell.http_url} (Ctrl-C stops it)" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", CELLS)
def test_ctrl_c_tells_the_sockets(name: str, tmp_path: Path) -> None:
    """They get their close code, also where a worker process hears it first."""
    with Cell(name, tmp_path, {}) as cell:
        with connect(f"{cell.ws_url}/chat") as client:
            client.recv()
            os.killpg(cell.pid, signal.SIGINT)
            with suppress(ConnectionClosed):
                while True:
                    client.recv(timeout=5)
            assert client.close_code == 1012
        assert cell.wait(5) == 0


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn"])
def test_a_server_that_is_stopped_as_it_starts_stops(server: str) -> None:
    """A signal that comes before the server listens for signals is not lost."""
    ended = run("--server", server, "--port", "0", module="tests.core.stopped_early")
    assert ended.returncode in {0, -signal.SIGTERM}


def test_a_taken_port_is_named(taken_port: str) -> None:
    """With what to do, also by granian, which would start and say nothing."""
    sentence = sentence_of(run("--server", "granian", "--port", taken_port))
    assert f"Port {taken_port} on 127.0.0.1 cannot be had" in sentence
    assert "--port" in sentence


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 70_000),
        ("127.0.0.1", -1),
        ("192.0.2.1", 8_123),
        ("::ffff", 8_123),
        ("no.such.host.invalid", 8_123),
    ],
)
def test_an_address_that_cannot_be_had_is_named(host: str, port: int) -> None:
    """A port that there is none of, somebody else's address, and no address."""
    with pytest.raises(StartError) as caught:
        listen(host, port, 10)
    assert f"{port} on {host} cannot be had" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
def test_an_address_of_either_family_can_be_had(
    host: str, family: socket.AddressFamily
) -> None:
    """Clients can connect as soon as it listens."""
    with listen(host, 0, 10) as listener:
        assert listener.family == family
        with socket.create_connection(listener.getsockname()[:2]):
            pass


def test_a_system_without_user_timeouts_will_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On macOS, what a client never reads waits for the server."""
    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT", raising=False)
    listen("127.0.0.1", 0, 10).close()


STILL_SECONDS = 2
"""How long nothing is taken of a flood before it counts as held up."""


def handshake(cell: Cell) -> bytes:
    """The request of a client."""
    return head(
        cell,
        "/chat",
        headers={
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        },
    )


def connection(cell: Cell) -> socket.socket:
    """A client's connection, for which the kernel takes little."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    sock.connect((cell.host, cell.port))
    return sock


@pytest.mark.parametrize("name", CELLS)
def test_who_takes_little_of_little_is_let_go(name: str, tmp_path: Path) -> None:
    """The kernel holds all that it was sent, so that no send of ours stands still."""
    with (
        Cell(name, tmp_path, {"TANDEM_CHAT_STALL_SECONDS": "1"}) as cell,
        connect(f"{cell.ws_url}/chat") as talking,
        connection(cell) as stalled,
    ):
        stalled.sendall(handshake(cell))
        assert b" 101 " in stalled.recv(14)
        for _ in range(5):
            talking.send(json.dumps({"text": "x" * 2_000}))
        port, give_up = stalled.getsockname()[1], time.monotonic() + TIMEOUT
        while cell.holds(port):
            assert time.monotonic() < give_up
            time.sleep(0.1)


@pytest.mark.parametrize("name", ["quart@uvicorn", "fastapi@hypercorn"])
def test_no_more_pings_are_taken_than_answers(name: str, tmp_path: Path) -> None:
    """Of one that reads no answers, which would wait for it in the server's memory.

    granian has no bound here, and no setting for one.
    """
    with Cell(name, tmp_path, {}) as cell, connection(cell) as flooding:
        flooding.sendall(handshake(cell))
        assert b" 101 " in flooding.recv(14)
        flooding.settimeout(STILL_SECONDS)
        pings, taken = frame(Op.PING, b"x" * 125) * 500, 0
        with suppress(TimeoutError):
            while taken < HELD_BYTES:
                flooding.sendall(pings)
                taken += len(pings)
        assert taken < HELD_BYTES


def test_a_bad_setting_is_named() -> None:
    """Before anything is opened."""
    ended = run(TANDEM_CHAT_STALL_SECONDS="soon")
    assert sentence_of(ended).startswith("TANDEM_CHAT_STALL_SECONDS='soon' cannot")
    assert ended.stdout == ""


def test_a_journal_in_use_is_named(tmp_path: Path) -> None:
    """With the process that has it."""
    path = tmp_path / "journal.db"
    with hold(path):
        ended = run(TANDEM_JOURNAL=f"sqlite:///{path}")
    assert f"is in use by process {os.getpid()}:" in sentence_of(ended)
    assert ended.stdout == ""


def test_a_worker_says_once_that_it_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However long it takes."""
    tries = iter([True, True, False])

    async def rehearse(_: Settings) -> None:
        if next(tries):
            raise StartError("it is away")

    monkeypatch.setattr("shared.serving.rehearse", rehearse)
    monkeypatch.setattr("shared.serving.time.sleep", lambda _: None)
    wait_for_journal(Settings())
    assert caplog.messages == ["a worker waits to start: it is away"]
    assert not list(tries)
