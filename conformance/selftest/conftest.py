"""What all selftests share: the settings of Hypothesis (no deadline, no database of examples), the order of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "selftest", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("selftest")

_HERE = Path(__file__).parent
_LONG = ("run", "test_recipes.py", "hostile", "proof")
"""Where tests start whole runs of the suite: first, so that no worker is left with one when the rest is done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A stable order: with `--dist loadfile --no-loadscope-reorder`, workers take the files in it."""
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> int:
    top = path.relative_to(_HERE).parts[0] if path.is_relative_to(_HERE) else ""
    return _LONG.index(top) if top in _LONG else len(_LONG)
