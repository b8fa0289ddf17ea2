"""The folder of a run among the folders of all runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def point_latest_at(folder: Path) -> Iterator[str]:
    """Let `latest` beside a folder lead there. Yields a sentence where that cannot be done.

    It is replaced in one step, so that a reader never finds it missing.
    """
    fresh = folder.parent / f".latest-{folder.name}"
    try:
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(folder.parent / "latest")
    except OSError as error:
        fresh.unlink(missing_ok=True)
        yield f"{folder.parent / 'latest'} was not changed: {error.strerror or error}"


def relative(path: Path) -> Path:
    """As a user would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
