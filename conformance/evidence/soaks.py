"""What several soaks of one target say together: their rounds are counted as those of one.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.model import (
    RunHeader,
)
from conformance.series import Recurrence, Soak


def merged_soaks(headers: Iterable[RunHeader]) -> Soak | None:
    """None where no journal is of a soak. The rounds of one soak count once, however many journals tell of it."""
    soaks = list({each.run: each.soak for each in headers if each.soak}.values())
    if not soaks:
        return None
    failed: dict[str, Recurrence] = {}
    for each in (each for soak in soaks for each in soak.failed):
        failed[each.subject] = again(failed.get(each.subject), each)
    return Soak(sum(soak.rounds for soak in soaks), soaks[0].command, tuple(failed.values()))


def again(before: Recurrence | None, now: Recurrence) -> Recurrence:
    """The same subject failed in more rounds; the first seed stays."""
    return replace(before, rounds=before.rounds + now.rounds) if before else now


def rounds_in_words(rounds: int, seeds: Sequence[int]) -> str:
    """seeds: of the first round and of the last one."""
    if rounds == 1:
        return f"1 round was judged, with the seed {seeds[0]}"
    return f"{rounds:,} rounds were judged, with the seeds {seeds[0]} to {seeds[-1]}"
