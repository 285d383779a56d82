"""How tests type a command: as its user does, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping

from tests.contract.cells import ROOT


def typed(
    module: str,
    *arguments: str,
    timeout: float = 10,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """`python -m module ...` until its end, which comes within `timeout` seconds."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
