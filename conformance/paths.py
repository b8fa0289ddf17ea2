"""Where the files of the project are."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
OPENAPI = ROOT / "openapi.yaml"
PROFILES = ROOT / "profiles"
SUITE = PACKAGE / "suite"
