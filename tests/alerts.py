"""Check the alert rules and run their tests: `python -m tests.alerts`, `make alerts`.

The dashboard's queries are checked too, as rules that record them. It needs promtool,
which comes with Prometheus (on Debian in the package `prometheus`).
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "operations"


def queries() -> Iterator[str]:
    """All queries of the dashboard, as Prometheus is asked them."""
    dashboard = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield str(target["expr"]).replace("$__rate_interval", "5m")


def as_rules() -> str:
    """These queries as rules, whose form (YAML) JSON is a part of."""
    rules = [
        {"record": f"dashboard:query:{number}", "expr": query}
        for number, query in enumerate(queries())
    ]
    return json.dumps({"groups": [{"name": "dashboard", "rules": rules}]})


def main() -> int:
    """Check everything; the exit code."""
    argparse.ArgumentParser(
        prog="python -m tests.alerts", description=__doc__
    ).parse_args()
    promtool = shutil.which("promtool")
    if promtool is None:
        print(
            "python -m tests.alerts: promtool is missing: install Prometheus, which"
            " brings it (`apt-get install prometheus`).",
            file=sys.stderr,
        )
        return 2
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as recorded:
        recorded.write(as_rules())
        recorded.flush()
        commands = [
            ["check", "rules", "alerts.yml", recorded.name],
            ["test", "rules", "alerts_test.yml"],
        ]
        codes = [
            subprocess.run([promtool, *command], cwd=FOLDER, check=False).returncode
            for command in commands
        ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
