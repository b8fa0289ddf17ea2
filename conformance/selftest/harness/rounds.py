"""Journals of the rounds of a soak."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from conformance.selftest.harness.journals import Run, failing


def round_of(folder: Path, number: int, make: Callable[[Path], Run] = failing) -> list[Path]:
    """The journal of a round, whose run and exchanges have names of their own."""
    folder = folder / str(number)
    run = make(folder)
    run.facts["run"] = f"r{number}"
    path = run.write()
    path.write_text(path.read_text().replace('"main-', f'"conf-r{number}-main-x'))
    return [path]
