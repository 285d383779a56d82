"""What docs/operations.md and the files beside it say is so."""

import json
import re
from pathlib import Path

import pytest

from shared.chat.redis_durability import NEEDED
from shared.settings import Settings
from tests import alerts
from tests.contract.clauses import DOCUMENT, numbered
from tests.contract.test_seen_from_outside import METRICS
from tests.test_clauses import MARKED
from tests.test_project import TARGETS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/operations.md").read_text("utf-8")
FOLDER = ROOT / "docs/operations"
FILES = sorted(path.name for path in FOLDER.iterdir())
CLAUSES = dict(numbered(DOCUMENT.read_text("utf-8")))
PROMISES = re.findall(
    r"^\| (.+) \| (.+) \| \[([A-Z]-\d\d)\]\(contract\.md\)"
    r" \| \[`(\w+)`\]\(\.\./(tests/[\w/]+\.py)\) \|$",
    TEXT,
    re.MULTILINE,
)

_METRIC = re.compile(r"\btandem_[a-z_]+")
_SUFFIXES = ("_bucket", "_count", "_sum")


def _metrics(text: str) -> set[str]:
    """The metrics that a text names, without the prefix and a histogram's suffixes."""
    found = set()
    for name in _METRIC.findall(text):
        plain = name.removeprefix("tandem_")
        for suffix in _SUFFIXES:
            plain = plain.removesuffix(suffix)
        found.add(plain)
    return found


def test_there_are_promises() -> None:
    """Every row of the table is read, or it would be checked for nothing."""
    table = TEXT.partition("## What is promised")[2].partition("\n## ")[0]
    assert len(PROMISES) == table.count("\n|") - 2 > 30


@pytest.mark.parametrize(
    ("clause", "name", "file"),
    [promise[2:] for promise in PROMISES],
    ids=[f"{promise[2]}-{promise[3]}" for promise in PROMISES],
)
def test_every_promise_has_its_clause_and_its_test(
    clause: str, name: str, file: str
) -> None:
    """Both are there, and a test of the contract carries the clause."""
    assert clause in CLAUSES
    source = (ROOT / file).read_text("utf-8")
    assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE)
    if file.startswith("tests/contract/"):
        assert clause in MARKED[f"{Path(file).name}::{name}"]


def test_every_setting_of_redis_is_explained() -> None:
    """Those that are checked at the start, and no other."""
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)` \|", TEXT, re.MULTILINE)
    assert rows == [(name, value) for name, (value, _) in NEEDED.items()]


def test_every_metric_of_the_contract_is_explained() -> None:
    """In the table that is made from the code."""
    rows = re.findall(r"^\| `tandem_(\w+)` \| \w+ \| (.*?) \|", TEXT, re.MULTILINE)
    explained = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert explained == METRICS


@pytest.mark.parametrize("file", ["alerts.yml", "alerts_test.yml", "dashboard.json"])
def test_every_metric_that_is_asked_for_is_there(file: str) -> None:
    """In alerts and dashboard; what the contract has not, no app shows."""
    asked = _metrics((FOLDER / file).read_text("utf-8"))
    assert asked
    assert asked <= METRICS.keys()


def test_the_dashboard_shows_every_metric() -> None:
    """In panels that do not lie on each other, each with a title and its queries."""
    dashboard = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in places
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert all(panel["title"] for panel in dashboard["panels"])
    assert len(set(alerts.queries())) == len(list(alerts.queries()))
    assert _metrics(" ".join(alerts.queries())) == METRICS.keys()


def test_every_alert_is_explained_and_tested() -> None:
    """By its name; that the tests pass, `make alerts` shows."""
    rules = (FOLDER / "alerts.yml").read_text("utf-8")
    named = re.findall(r"- alert: (\w+)", rules)
    assert len(named) == len(set(named)) > 8
    tests = (FOLDER / "alerts_test.yml").read_text("utf-8")
    for name in named:
        assert len(re.findall(rf"alertname: {name}\b", tests)) >= 2
        assert f"| `{name}` |" in TEXT


def test_queries_become_rules() -> None:
    """Which promtool can read."""
    (group,) = json.loads(alerts.as_rules())["groups"]
    assert len(group["rules"]) == len(list(alerts.queries()))
    assert not any("$__" in rule["expr"] for rule in group["rules"])


def test_who_has_no_promtool_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one sentence, with exit code 2."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", ["alerts"])
    assert alerts.main() == 2
    assert "apt-get install prometheus" in capsys.readouterr().err


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_linked(file: str) -> None:
    """A file beside the page that nobody finds is of no use."""
    assert f"](operations/{file})" in TEXT


def test_the_unit_starts_what_there_is() -> None:
    """An app, with the path of the environment that `make` sets up."""
    unit = (FOLDER / "tandem@.service").read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    assert re.fullmatch(
        r"/opt/tandem/\.venv/bin/python -m (quart|fastapi)_app --port %i --workers \d",
        command,
    )


@pytest.mark.parametrize("file", FILES)
def test_settings_that_are_named_exist(file: str) -> None:
    """A variable that nothing reads would be set for nothing."""
    known = {f"TANDEM_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"TANDEM_[A-Z_]+", (FOLDER / file).read_text("utf-8")))
    assert named <= known


def test_make_has_the_target() -> None:
    """That the page names."""
    assert "alerts" in TARGETS
