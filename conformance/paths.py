"""Where the files of the project are, in a checkout and in an installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
"""The root of a checkout."""

_PACKED = PACKAGE / "root"
"""A wheel holds the contract and the profiles here (setup.py)."""

_FILES = _PACKED if _PACKED.is_dir() else ROOT
OPENAPI = _FILES / "openapi.yaml"
PROFILES = _FILES / "profiles"
SUITE = PACKAGE / "suite"
SETTINGS = PACKAGE / "run" / "suite.ini"
"""Pytest's settings of the suite, which no folder and no other project's settings may change."""
