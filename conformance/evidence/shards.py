"""Reads the folders of several runs or shards as one: a repeated one is refused, a missing one is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.errors import UsageError
from conformance.evidence.journal import journals_in, merge, read_file
from conformance.evidence.selection import missing_shards
from conformance.model import Evidence, RunHeader


def read_shards(folders: Sequence[Path]) -> Evidence:
    """Raises UsageError when no folder has a journal, and when folders hold the same shard or parts of different runs.

    A shard that is missing is a reason why the evidence is cut.
    """
    _refuse_repeated(folders)
    read = {folder: [each for path in journals_in(folder) for each in read_file(path)] for folder in folders}
    found = {folder: journals for folder, journals in read.items() if journals}
    if not found:
        raise UsageError("There is no journal to read.")
    headers = {folder: merge(journals).header for folder, journals in found.items()}
    _refuse_same(headers)
    _refuse_unrelated(headers)
    evidence = merge([each for journals in found.values() for each in journals])
    empty = [folder for folder in folders if folder not in found]
    return replace(evidence, cut=(*_missing(headers.values(), empty), *evidence.cut))


def _refuse_repeated(folders: Sequence[Path]) -> None:
    for number, folder in enumerate(folders):
        if folder.resolve() in [each.resolve() for each in folders[:number]]:
            raise UsageError(f"{folder} is given twice")


def _refuse_same(headers: dict[Path, RunHeader]) -> None:
    """The same run, copied to two folders, or the same shard, run twice: its results would count twice."""
    runs: dict[str, Path] = {}
    shards: dict[str, Path] = {}
    for folder, header in headers.items():
        other = runs.setdefault(header.run, folder)
        if other != folder:
            raise UsageError(f"{other} and {folder} hold the same run; leave one of them out")
        for shard in header.chosen.shards:
            other = shards.setdefault(shard, folder)
            if other != folder:
                raise UsageError(f"{other} and {folder} both hold shard {shard}; leave one of them out")


def _refuse_unrelated(headers: dict[Path, RunHeader]) -> None:
    (first, one), *others = headers.items()
    for folder, other in others:
        for what, was, is_ in _differences(one, other):
            raise UsageError(f"{first} and {folder} cannot be merged: {what} is {was} there and {is_} here")


def _differences(one: RunHeader, other: RunHeader) -> Iterator[tuple[str, str, str]]:
    facts = (
        ("the profile", one.profile.name, other.profile.name),
        ("the version of the suite", one.suite, other.suite),
        ("the contract", one.contract.sha256[:12], other.contract.sha256[:12]),
        ("the number of shards", _parts(one), _parts(other)),
    )
    yield from (fact for fact in facts if fact[1] != fact[2])


def _parts(header: RunHeader) -> str:
    return next((shard.partition("/")[2] for shard in header.chosen.shards), "not stated")


def _missing(headers: Iterable[RunHeader], empty: Sequence[Path]) -> Iterator[str]:
    lost = missing_shards(shard for header in headers for shard in header.chosen.shards)
    if lost:
        why = f"there is no journal in {', '.join(map(str, empty))}" if empty else "no folder holds it"
        yield from (f"shard {shard} is missing: {why}" for shard in lost)
    else:
        yield from (f"the shard {folder} is missing: it has no journal" for folder in empty)
