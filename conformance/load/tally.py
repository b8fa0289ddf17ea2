"""Counts what happens at one rate of a load in one worker, and adds the counts of all workers up. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from conformance.model import Exchange, Json
from conformance.series import LoadStep

_BY_TIME = (10.0, 100.0)
"""Milliseconds: below the first a duration is kept with one decimal, below the second whole, above in two digits."""

_MISSING = 0.5
_SHARE_MISSING = 0.2
"""Seconds of a rate that a worker may miss, or this share of it: it hears of its beginning a moment later."""


@dataclass(slots=True)
class Tally:
    """answered, seconds: of the time in which all users are there, so that their quotient is a rate. lasted: seconds of
    the whole step. late: ms that requests began after their time, of all of them together. times: answers by their
    rounded duration in ms.
    """

    sent: int = 0
    judged: int = 0
    refused: int = 0
    failed: int = 0
    answered: int = 0
    seconds: float = 0.0
    lasted: float = 0.0
    late: float = 0.0
    times: Counter[float] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def add(self, exchange: Exchange, *, is_steady: bool) -> None:
        self.sent += 1
        if exchange.response is None:
            self.failed += 1
            return
        self.times[rounded(exchange.elapsed)] += 1
        if exchange.interference:
            self.refused += 1
        elif is_steady:
            self.answered += 1

    @property
    def rate(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0


def rounded(milliseconds: float) -> float:
    if milliseconds < _BY_TIME[0]:
        return round(milliseconds, 1)
    if milliseconds < _BY_TIME[1]:
        return float(round(milliseconds))
    size = 10.0 ** (math.floor(math.log10(milliseconds)) - 1)
    return round(milliseconds / size) * size


def percentile(times: Counter[float], share: float) -> float:
    """The shortest duration that this share of the answers did not exceed; 0 without any."""
    wanted = share * times.total()
    passed = 0
    for duration in sorted(times):
        passed += times[duration]
        if passed >= wanted:
            return duration
    return 0.0


def steps_of(rates: Sequence[float], seconds: float, of_workers: Iterable[Sequence[Tally]]) -> Iterator[LoadStep]:
    """A step for each rate that any worker came to. seconds: how long each was to last. of_workers: the tallies of each
    worker, in the order of rates.
    """
    workers = list(of_workers)
    for number, rate in enumerate(rates):
        found = [tallies[number] for tallies in workers if number < len(tallies)]
        if not found:
            return
        times: Counter[float] = sum((each.times for each in found), Counter())
        findings: Counter[str] = sum((each.findings for each in found), Counter())
        yield LoadStep(
            asked=rate,
            reached=round(sum(each.rate for each in found), 2),
            seconds=round(max(each.lasted for each in found), 1),
            sent=sum(each.sent for each in found),
            judged=sum(each.judged for each in found),
            refused=sum(each.refused for each in found),
            failed=sum(each.failed for each in found),
            median=percentile(times, 0.5),
            p95=percentile(times, 0.95),
            findings=tuple(sorted(findings.items())),
            late=round(max(each.late / max(each.sent, 1) for each in found), 1),
            is_whole=max(each.lasted for each in found) >= seconds - max(_MISSING, _SHARE_MISSING * seconds),
        )


# For a message between worker and master ------------------------------------------------------------------------------

_NUMBERS = ("sent", "judged", "refused", "failed", "answered", "seconds", "lasted", "late")


def record_of(tally: Tally) -> Json:
    return {
        **{name: getattr(tally, name) for name in _NUMBERS},
        "times": list(tally.times.items()),
        "findings": list(tally.findings.items()),
    }


def tally_of(record: Json) -> Tally:
    return Tally(
        **{name: record[name] for name in _NUMBERS},
        times=Counter(dict(record["times"])),
        findings=Counter(dict(record["findings"])),
    )
