"""What a run is about, resolved once before its first test and handed to every worker.

Plain data, so that it travels to the workers of pytest-xdist. It holds the keys and is never written down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Self

from conformance.profile import OwnHeader, Profile
from conformance.run.shard import Shard
from conformance.target.credentials import NOBODY, Key, Principal, basic
from conformance.target.limits import UNLIMITED, Limits
from conformance.target.pacer import UNLIMITED_TIME, Budget, SteadyClock
from conformance.verdict.baseline import Rewriting


class Aim(Enum):
    """What a run is made for; the value is what the user typed."""

    JUDGE = ""
    ANNOUNCE = "--dry-run"  # the pre-flight, and what would happen
    LIST = "--collect-only"  # the tests; nothing is sent


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The resolved options of a run and, after the pre-flight, what it found out about the target.

    run: part of every name that the run creates. parent, folder: where all runs and this one are kept. started:
    seconds since the epoch. profile: with the options of the command line. keys: by principal. blockers: why
    nothing can be judged, a sentence each. skew: the target's clock less ours, ms. baseline: accepted fingerprints.
    mutant: the fault of the embedded reference server, "" for none. compare_to: an earlier report.json.
    notes: sentences for the user that stop nothing. limits: what the given key and the application do not allow.
    circumstances: what the run found about them and about the way to the target, a sentence each. shard: the part of
    the suite that this machine runs, None for all. labels: what the user said of the target, such as its commit.
    rewriting: what the run does to the baseline of its profile, None for nothing. workers: how many processes share
    the requests per second of the profile. also: where the user's own requirements are. budget: the time that the run
    may take. clock: what SteadyClock starts from, the same in every process of the run. aim: what the run is for.
    headers: those of the user, each with its value. har: whether the run leaves its requests as a HAR file.
    """

    run: str
    profile: Profile
    url: str
    seed: int
    parent: Path
    folder: Path
    started: float
    reproduce: str
    keys: dict[str, Key]
    presence_channel: str = ""
    blockers: tuple[str, ...] = ()
    skew: int = 0
    baseline: tuple[str, ...] = ()
    mutant: str = ""
    journal_only: bool = False
    compare_to: Path | None = None
    notes: tuple[str, ...] = ()
    limits: Limits = UNLIMITED
    circumstances: tuple[str, ...] = ()
    shard: Shard | None = None
    labels: tuple[tuple[str, str], ...] = ()
    rewriting: Rewriting | None = None
    workers: int = 1
    also: tuple[Path, ...] = ()
    budget: Budget = UNLIMITED_TIME
    clock: float | None = None
    headers: tuple[OwnHeader, ...] = ()
    aim: Aim = Aim.JUDGE
    har: bool = False

    @property
    def examples(self) -> int:
        """Random cases for each operation and kind."""
        return self.profile.pace.examples

    @property
    def now(self) -> float:
        """Seconds since the epoch, by the clock of the run."""
        return SteadyClock(self.clock).time()

    @property
    def principals(self) -> dict[str, Principal]:
        return {"nobody": NOBODY, **{name: basic(name, key) for name, key in self.keys.items()}}

    def unusable(self, reason: str) -> Self:
        """The same run, of which nothing can be judged for this reason."""
        return replace(self, blockers=(*self.blockers, reason))


def run_folder(parent: Path, run: str, started: float) -> Path:
    moment = datetime.fromtimestamp(started, UTC)
    return parent / f"{moment:%Y%m%dT%H%M%SZ}-{run}"
