"""Requests that Schemathesis makes from a cell's OpenAPI document."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.contract.cells import ROOT, Cell

CONFIG = Path(__file__).parent / "schemathesis.toml"


class Defect(Exception):
    """A cell did what it must not; what it was has been printed."""


def fuzz_requests(cell: Cell, examples: int, seed: int, folder: Path) -> int:
    """Send at least so many, in rounds, and return how many. Raises Defect."""
    sent = 0
    while sent < examples:
        print(f"\n{cell.name}: requests with seed {seed}", flush=True)
        sent += _round(cell, seed, folder)
        print(f"\n{cell.name}: {sent:,} of {examples:,} requests", flush=True)
        seed += 1
    return sent


def _round(cell: Cell, seed: int, folder: Path) -> int:
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", f"{cell.http_url}/openapi.json", "--checks", "all"]
    command += ["--seed", str(seed), "--report-json-path", str(report)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    # What it finds is kept in the folder, for its own `st replay`.
    ended = subprocess.run(command, cwd=folder, env=env, check=False)
    if ended.returncode or not report.exists():
        raise Defect(f"{cell.name} is not as its OpenAPI document says (seed {seed}).")
    cases = json.loads(report.read_text("utf-8"))["test_cases"]
    if not cases["generated"]:
        raise Defect(f"{cell.name} was asked nothing: its OpenAPI document is empty.")
    return int(cases["generated"])
