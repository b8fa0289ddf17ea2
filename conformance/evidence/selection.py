"""What the user selected of the suite: in words, and as the sum of what several shards selected.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.model import Selection

OBSERVED = "observed, not provoked"
UNDER_LOAD = "observed, under load"


def words_of(selection: Selection, tests: int, deselected: int) -> str:
    """The words "only -k 'DEV-07', 1 of 4 tests", or "" for the whole suite; "observed, not provoked" for recordings,
    and "observed, under load" for a load.

    tests, deselected: the number of tests in scope that were selected, and that were not. A plugin may leave out more
    than the user's words say, so the count is told beside them.
    """
    if selection.observed:
        return f"{OBSERVED}: {', '.join(selection.observed)}"
    if selection.rates:
        return f"{UNDER_LOAD}: {', '.join(f'{rate:g}' for rate in selection.rates)} requests a second"
    words = [f"-k {selection.keyword!r}"] if selection.keyword else []
    words += [f"-m {selection.markers!r}"] if selection.markers else []
    words += selection.only
    words += [f"--shard {' and '.join(selection.shards)}"] if selection.shards else []
    chosen = [f"only {' '.join(words)}"] if words else []
    chosen += [f"without {each}" for each in selection.without]
    typed = " ".join(chosen)
    if not deselected:
        return typed
    left = f"{tests} of {tests + deselected} tests"
    return f"{typed}, {left}" if typed else f"only {left}"


def missing_shards(shards: Iterable[str]) -> list[str]:
    """Those that the given ones lack: "3/4" where "1/4", "2/4" and "4/4" are there."""
    present = set(shards)
    numbers = max((int(shard.partition("/")[2]) for shard in present), default=0)
    return [each for each in (f"{number}/{numbers}" for number in range(1, numbers + 1)) if each not in present]


def merged(selections: Sequence[Selection]) -> Selection:
    """What several journals selected together. Shards that are all there are no selection."""
    shards = sorted({shard for each in selections for shard in each.shards})
    rest = list(dict.fromkeys(replace(each, shards=()) for each in selections))
    left = tuple(shards) if missing_shards(shards) else ()
    if len(rest) == 1:
        return replace(rest[0], shards=left)
    return Selection(
        keyword=_either(each.keyword for each in rest),
        markers=_either(each.markers for each in rest),
        only=tuple(dict.fromkeys(name for each in rest for name in each.only)),
        without=tuple(name for name in rest[0].without if all(name in each.without for each in rest)),
        shards=left,
        observed=tuple(dict.fromkeys(name for each in rest for name in each.observed)),
        rates=tuple(sorted({rate for each in rest for rate in each.rates})),
    )


def _either(expressions: Iterable[str]) -> str:
    return " or ".join(f"({each})" for each in dict.fromkeys(expressions) if each)
