"""Compares a run with an earlier one: new, fixed and unchanged findings, and requirements no longer tested.

Findings are compared by requirement, operation and fingerprint, not by the name of a test. A finding whose requirement
was not judged again does not count as fixed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import UsageError
from conformance.model import Json
from conformance.report.analysis import document
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.history import place_of
from conformance.verdict.result import RequirementResult

_NOT_JUDGED = frozenset({"none", "inconclusive", "error"})


@dataclass(frozen=True, slots=True)
class Change:
    """One finding of either report."""

    requirement: str
    level: str
    title: str
    operation: str
    expected: str
    received: str
    fingerprint: str
    cause: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.requirement, self.operation, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Comparison:
    """earlier: the report compared with. unchecked: findings of it whose requirement was not judged in this run.
    untested: requirements that were judged in the earlier run and not in this one. other_differences: between the
    runs, a sentence each.
    """

    earlier: Json
    new: tuple[Change, ...]
    fixed: tuple[Change, ...]
    unchanged: tuple[Change, ...]
    unchecked: tuple[Change, ...]
    untested: tuple[RequirementResult, ...]
    other_differences: tuple[str, ...]


_FORMATS = frozenset({1, document.FORMAT})
"""Those that can be compared with; in format 1 the fingerprints of scenarios' findings are others."""


def read(path: Path) -> Json:
    """Read an earlier report.json, given by its path or its folder. Raises UsageError."""
    path = path / "report.json" if path.is_dir() else path
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a report to compare with: {error}") from error
    if not isinstance(earlier, dict) or earlier.get("format") not in _FORMATS:
        raise UsageError(f"{path} is not a report.json of format {document.FORMAT} or earlier")
    return earlier


def compare(earlier: Json, digest: Digest) -> Comparison:
    then = {change.key: change for change in _changes(earlier)}
    now = {change.key: change for change in _changes(document.document(digest))}
    gone = [change for key, change in then.items() if key not in now]
    judged = {result.id for result in digest.results if str(result.verdict) not in _NOT_JUDGED}
    return Comparison(
        earlier=earlier,
        new=tuple(change for key, change in now.items() if key not in then),
        fixed=tuple(change for change in gone if change.requirement in judged),
        unchanged=tuple(change for key, change in now.items() if key in then),
        unchecked=tuple(change for change in gone if change.requirement not in judged),
        untested=tuple(_untested(earlier, digest)),
        other_differences=tuple(_other_differences(earlier, digest)),
    )


def by_cause(changes: Iterable[Change]) -> list[list[Change]]:
    """The findings of one cause together, so that a reader sees it once for all its operations."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.requirement, change.cause), []).append(change)
    return list(groups.values())


def _changes(report: Json) -> Iterator[Change]:
    for requirement in report["requirements"]:
        facts = (requirement["id"], requirement["level"], requirement["title"])
        for found in requirement["findings"]:
            words = (found[name] for name in ("operation", "expected", "received", "fingerprint", "cause"))
            yield Change(*facts, *words)


def _untested(earlier: Json, digest: Digest) -> Iterator[RequirementResult]:
    judged_then = {each["id"] for each in earlier["requirements"] if each["verdict"] not in _NOT_JUDGED}
    for result in digest.results:
        if result.id in judged_then and str(result.verdict) in _NOT_JUDGED:
            yield result


def _other_differences(earlier: Json, digest: Digest) -> Iterator[str]:
    """Differences in what was run, which explain differences in the findings better than a change of the target."""
    now = document.document(digest)
    was_at, is_at = (place_of(report["target"]["url"]) for report in (earlier, now))
    if was_at != is_at:
        yield f"the target was {was_at} and is now {is_at}"
    for name, path in _FACTS:
        was, is_ = _fact(earlier, path), _fact(now, path)
        if was != is_:
            yield f"{name} was {was} and is now {is_}"
    yield from _added_and_removed("errata", earlier, now, "id")
    yield from _added_and_removed("waivers", earlier, now, "requirement")
    yield from _added_and_removed("requirements", earlier, now, "id")


_FACTS = (
    ("the profile", ("profile", "name")),
    ("the suite", ("suite",)),
    ("the contract", ("contract", "sha256")),
    ("the errata mode", ("profile", "errata")),
    ("the selection of tests", ("selection",)),
    ("the seed", ("seed",)),
)


def _fact(report: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        report = report.get(name, "unknown")
    return report if report != "" else "all of the profile"


def _added_and_removed(name: str, earlier: Json, now: Json, key: str) -> Iterator[str]:
    was, is_ = {each[key] for each in earlier[name]}, {each[key] for each in now[name]}
    if is_ - was:
        yield f"{name} added: {', '.join(sorted(is_ - was))}"
    if was - is_:
        yield f"{name} removed: {', '.join(sorted(was - is_))}"
