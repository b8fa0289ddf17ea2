"""What runs against a target: one module an area, one function a requirement."""

from pathlib import Path

SUITE = Path(__file__).parent
