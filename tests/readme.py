"""Tables in the documents, made from the code: `python -m tests.readme`."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase

from shared import metrics
from shared.settings import Settings
from tests.contract.cells import SUITE_ENV

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CONFORMANCE = ROOT / "docs" / "conformance.md"
OPERATIONS = ROOT / "docs" / "operations.md"


def settings_table() -> str:
    """A row for each setting: its variable, its default, what it is for."""
    rows = ["| Variable | Default | What it is for |\n| --- | --- | --- |\n"]
    for name, field in Settings.model_fields.items():
        default = (
            ""
            if field.default_factory or field.default in ((), None)
            else field.default
        )
        shown = f"`{default}`" if default != "" else ""
        rows.append(f"| `TANDEM_{name.upper()}` | {shown} | {field.description} |\n")
    return "".join(rows)


def needs_table() -> str:
    """A row for each setting that the contract suite needs other than its default."""
    rows = ["| Variable | Value | What it is for |\n| --- | --- | --- |\n"]
    for variable, value in SUITE_ENV.items():
        field = Settings.model_fields[variable.removeprefix("TANDEM_").lower()]
        rows.append(f"| `{variable}` | `{value}` | {field.description} |\n")
    return "".join(rows)


def metrics_table() -> str:
    """A row for each metric: its name, its type, its labels, what it says."""
    rows = ["| Metric | Type | Labels | What it says |\n| --- | --- | --- | --- |\n"]
    for made in vars(metrics).values():
        if isinstance(made, MetricWrapperBase) and not made._labelvalues:
            (told,) = made.describe()
            labels = ", ".join(f"`{label}`" for label in made._labelnames)
            rows.append(
                f"| `{_name(told)}` | {told.type} | {labels} | {told.documentation} |\n"
            )
    return "".join(rows)


def _name(metric: Metric) -> str:
    return metric.name + ("_total" if metric.type == "counter" else "")


TABLES: dict[Path, tuple[str, Callable[[], str]]] = {
    README: ("settings", settings_table),
    CONFORMANCE: ("needs", needs_table),
    OPERATIONS: ("metrics", metrics_table),
}
"""Which document has which table between the comments of which name."""


def renewed(document: Path) -> str:
    """The document with its table as it should be."""
    name, table = TABLES[document]
    place = re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
    text, count = place.subn(lambda _: table(), document.read_text("utf-8"))
    assert count == 1, f"{document} has no place for its table"
    return text


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m tests.readme", description=__doc__
    ).parse_args()
    for each in TABLES:
        each.write_text(renewed(each), "utf-8")
