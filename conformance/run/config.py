"""What a run is about, decided once before its first test and handed to every worker.

Plain data, so that it travels to the workers of pytest-xdist; it holds the keys and is never written down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from conformance.profile import Profile
from conformance.target.credentials import NOBODY, Key, Principal, basic


@dataclass(frozen=True, slots=True)
class Situation:
    """run: names everything that the run makes. started: seconds since the epoch. keys: by principal.
    trouble: why nothing can be judged, a sentence each. now: the target's clock less ours, ms.
    """

    run: str
    profile: Profile
    url: str
    seed: int
    examples: int
    folder: Path
    started: float
    reproduce: str
    keys: dict[str, Key]
    presence_channel: str = ""
    trouble: tuple[str, ...] = ()
    skew: int = 0
    baseline: tuple[str, ...] = ()

    @property
    def principals(self) -> dict[str, Principal]:
        return {"nobody": NOBODY, **{name: basic(name, key) for name, key in self.keys.items()}}

    def without_hope(self, reason: str) -> Self:
        return replace(self, trouble=(*self.trouble, reason))


def run_folder(parent: Path, run: str, started: float) -> Path:
    moment = datetime.fromtimestamp(started, UTC)
    return parent / f"{moment:%Y%m%dT%H%M%SZ}-{run}"
