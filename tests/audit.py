"""Whether anybody knows of a hole in what requirements.lock pins: `make check` asks.

Where the database of advisories cannot be reached nothing can be said, and that is
what it says; `--strict` then fails, as in our workflow on GitHub.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_COMMAND = ["pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off"]
_SECONDS = 300


class NoReport(Exception):
    """pip-audit told nothing; the text is what it printed."""


def ask(lock: Path) -> list[dict[str, Any]]:
    """What pip-audit knows of each package of a lock. Raises NoReport."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "audit.json"
        done = subprocess.run(
            [sys.executable, "-m", *_COMMAND, "-r", lock, "-f", "json", "-o", told],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,  # 1 for a hole, too
        )
        try:
            packages: list[dict[str, Any]]
            packages = json.loads(told.read_text())["dependencies"]
        except (OSError, ValueError, KeyError):
            raise NoReport(done.stderr.strip()) from None
    return packages


def verdict(packages: list[dict[str, Any]], *, strict: bool) -> tuple[str, bool]:
    """What to say, and whether all is well: no hole, and in strict mode no gap."""
    holes = [
        f"{package['name']} {package['version']} has the known hole {hole['id']},"
        f" mended in {', '.join(hole['fix_versions']) or 'no version yet'}."
        for package in packages
        for hole in package.get("vulns", ())
    ]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    audited = len(packages) - len(unknown)
    if not audited:
        said = (
            f"None of {len(packages)} packages could be audited: the database of"
            " advisories cannot be reached from here."
        )
    else:
        count = f"{audited} of {len(packages)}"
        said = f"Audited {count} packages: {len(holes)} known holes."
        if unknown:
            said += f" Nothing is known of {', '.join(unknown)}."
    return "\n".join([*holes, said]), not holes and not (strict and unknown)


def main() -> int:
    """Ask and tell; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    parser.add_argument(
        "--strict", action="store_true", help="fail where a package cannot be audited"
    )
    strict = parser.parse_args().strict
    print("Asking for known holes in requirements.lock ...", flush=True)
    try:
        said, good = verdict(ask(ROOT / "requirements.lock"), strict=strict)
    except NoReport as error:
        said, good = f"pip-audit gave no report: {error}", False
    print(said)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
