"""Brings `tests.lines.contexts` into a pytest run: `pytest -p tests.lines.plugin`."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Not sooner: pytest must rewrite the suite's modules before they are imported."""
    config.pluginmanager.import_plugin("tests.lines.contexts")
