"""Build the site: `python -m docs.building --help`."""

import argparse
import sys
from pathlib import Path

from docs.building.build import build
from docs.building.errors import SiteError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "site"


def main() -> int:
    """Build, and say where it is."""
    argparse.ArgumentParser(
        prog="python -m docs.building",
        description="Build the site into site/html, offline and strictly.",
    ).parse_args()
    print("Building the site ...", flush=True)
    try:
        html = build(ROOT, FOLDER).relative_to(ROOT)
    except SiteError as error:
        print(f"The site was not built: {error}", file=sys.stderr)
        return 2
    print(
        f"The site is in {html}. To look at it, run\n"
        f"  python3 -m http.server --bind 127.0.0.1 --directory {html} 8080\n"
        "and open http://127.0.0.1:8080."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
