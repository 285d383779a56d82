"""What is counted, and how several processes count together."""

import fcntl
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, get_args

import pytest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.parser import text_string_to_metric_families

from shared import metrics
from shared.chat.frames import ErrorFrame
from shared.errors import CloseSocket, UpstreamBusy
from shared.worker_slot import Slot, files_locked
from tests.contract.cells import ROOT
from tests.core.samples import sample

UPSTREAM = "tandem_weather_upstream_duration_seconds_count"
COUNT = """
import sys
from shared import metrics
metrics.POSTED.inc(float(sys.argv[1]))
metrics.OPEN_SOCKETS.set(float(sys.argv[1]))
metrics.LAG.set(float(sys.argv[1]))
sys.stdout.buffer.write(metrics.exposition())
sys.stdout.flush()
sys.stdin.read()
"""


class Counting:
    """A process that has counted to a number, and goes on living."""

    def __init__(self, folder: Path, number: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", COUNT, str(number)],
            cwd=ROOT,
            env={**os.environ, metrics.MANY_PROCESSES: str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def end(self) -> dict[str, float]:
        """End it; what it saw of all that were there when it had counted."""
        text, _ = self._process.communicate("", timeout=20)
        return {
            each.name: each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
            if not each.labels
        }


def test_workers_count_together(tmp_path: Path) -> None:
    """Counters of the dead go on; their open sockets are not open any more."""
    first = Counting(tmp_path, 1)
    while not (tmp_path / "0.lock").exists():
        assert first._process.poll() is None
    assert first._process.stdout
    assert first._process.stdout.readline().startswith("#")
    saw = Counting(tmp_path, 20).end()
    assert saw["tandem_chat_messages_posted_total"] == 21
    assert saw["tandem_chat_open_sockets"] == 21
    assert saw["tandem_chat_lag_messages"] == 20
    assert saw["tandem_worker_restarts_total"] == 0
    saw = Counting(tmp_path, 300).end()
    assert saw["tandem_chat_messages_posted_total"] == 321
    assert saw["tandem_chat_open_sockets"] == 301
    assert saw["tandem_worker_restarts_total"] == 1
    first._process.kill()
    first._process.communicate()
    saw = Counting(tmp_path, 4_000).end()
    assert saw["tandem_chat_messages_posted_total"] == 4_321
    assert saw["tandem_worker_restarts_total"] == 2
    assert {path.name for path in tmp_path.glob("*.lock")} == {"0.lock", "1.lock"}


def test_files_that_are_just_made_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks while a worker starts reads none that are still empty."""
    asked = threading.Event()

    def note(file: IO[str], kind: int) -> None:
        asked.set()
        fcntl.flock(file, kind)

    monkeypatch.setattr(metrics, "_folder", str(tmp_path))
    with ThreadPoolExecutor() as other:
        with files_locked(tmp_path, fcntl.LOCK_EX):
            made = tmp_path / "gauge_livesum_0.db"
            made.touch()
            monkeypatch.setattr("shared.worker_slot.flock", note)
            told = other.submit(metrics.exposition)
            assert asked.wait(20)
            MmapedDict(str(made)).close()
        assert told.result() == b""


def test_each_has_a_slot_of_its_own(tmp_path: Path) -> None:
    """The first that is free, until its process ends."""
    slots = [Slot(tmp_path) for _ in range(3)]
    assert [each.number for each in slots] == [0, 1, 2]
    assert [each.had_another for each in slots] == [False] * 3
    os.close(slots[1].held)
    slots[1] = Slot(tmp_path)
    assert (slots[1].number, slots[1].had_another) == (1, True)
    for each in slots:
        os.close(each.held)


def test_one_process_and_many_tell_of_the_same(tmp_path: Path) -> None:
    """Every name of ours is there from the start, requests apart: none was made."""
    names = {
        family.name
        for family in text_string_to_metric_families(metrics.exposition().decode())
        if family.name.startswith("tandem_")
    }
    env = {**os.environ, metrics.MANY_PROCESSES: str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", COUNT, "1"],
        cwd=ROOT,
        env=env,
        input=b"",
        capture_output=True,
        check=True,
    )
    together = {
        family.name for family in text_string_to_metric_families(ended.stdout.decode())
    }
    assert names - together == {
        "tandem_chat_handshakes",
        "tandem_http_request_duration_seconds",
    }
    assert together <= names
    assert not any(name.endswith("_created") for name in names)


def test_all_codes_are_there_from_the_start() -> None:
    """A rate needs a series from before the first event."""
    refused = get_args(ErrorFrame.model_fields["code"].annotation)
    text = metrics.exposition().decode()
    assert len(refused) == 4
    for code in refused:
        assert f'tandem_chat_frames_refused_total{{code="{code}"}}' in text
    for each in CloseSocket.__subclasses__():
        assert f'tandem_chat_sockets_closed_total{{code="{each.code}"}}' in text


def test_a_look_up_is_observed_by_its_outcome() -> None:
    """Once, as what it was."""
    before = {name: sample(UPSTREAM, outcome=name) for name in ("ok", "upstream-busy")}
    with metrics.lookup_observed():
        pass
    with pytest.raises(UpstreamBusy), metrics.lookup_observed():
        raise UpstreamBusy("x")
    with pytest.raises(KeyError), metrics.lookup_observed():
        raise KeyError("a fault of ours is no outcome")
    for name, was in before.items():
        assert sample(UPSTREAM, outcome=name) - was == 1
