"""Where and with what was measured."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks import cores

ROOT = Path(__file__).parents[1]

_PACKAGES = (
    "quart",
    "quart-schema",
    "fastapi",
    "starlette",
    "flask",
    "uvicorn",
    "hypercorn",
    "granian",
    "gunicorn",
    "websockets",
    "uvloop",
    "httptools",
    "pydantic",
    "httpx",
    "scipy",
)


def machine() -> dict[str, str]:
    """The machine, its load before the run, and who ran on which core."""
    memory = psutil.virtual_memory().total / 2**30
    pinned = f"servers {sorted(cores.SERVERS)}, load generator {sorted(cores.LOAD)}"
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "pinned": pinned if cores.pinned() else "no",
    }


def versions() -> dict[str, str]:
    """Python, the packages that matter, other toolchains, and the commit."""
    found = {"python": platform.python_version()}
    found |= {name: version(name) for name in _PACKAGES}
    for name, *command in (
        ("node", "node", "--version"),
        ("go", "go", "version"),
        ("commit", "git", "describe", "--always", "--dirty"),
    ):
        told = _said(command)
        if told:
            found[name] = told
    return found


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
