"""From the repository to a folder of HTML."""

import shutil
import subprocess
import sys
from pathlib import Path

from docs.building.errors import SiteError
from docs.building.staging import CONFIG, Stage


def build(root: Path, folder: Path) -> Path:
    """The folder of the site's HTML, made anew. Raises SiteError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(root / "docs" / CONFIG, folder / CONFIG)
    Stage(root, folder / "pages").fill()
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SiteError(f"Zensical found fault with it.\n{done.stdout}{done.stderr}")
    return folder / "html"
