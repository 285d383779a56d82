"""The settings table of README.md, made from the settings: `python -m tests.readme`."""

import re
from pathlib import Path

from shared.settings import Settings

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


def settings_table() -> str:
    """A row for each setting: its variable, its default, what it is for."""
    rows = ["| Variable | Default | What it is for |\n| --- | --- | --- |\n"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory or field.default == () else field.default
        shown = f"`{default}`" if default != "" else ""
        rows.append(f"| `TANDEM_{name.upper()}` | {shown} | {field.description} |\n")
    return "".join(rows)


def current_table() -> str:
    """The table that stands in README.md."""
    found = _TABLE.search(README.read_text("utf-8"))
    return found.group() if found else ""


if __name__ == "__main__":
    text = README.read_text("utf-8")
    README.write_text(_TABLE.sub(lambda _: settings_table(), text), "utf-8")
