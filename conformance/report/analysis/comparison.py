"""Since last time: what is new, fixed, still there, and what is no longer tested.

Findings are compared by requirement, operation and fingerprint, never by the name of a test. What was not reached
this time is not fixed: silence is no repair.
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

_SILENT = frozenset({"none", "inconclusive", "error"})


@dataclass(frozen=True, slots=True)
class Change:
    """One deviation as either report states it."""

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
    """earlier: the report compared with. unreached: deviations of then whose requirement was not judged now.
    untested: requirements that were judged then and are not now. circumstances: what else differs, in sentences.
    """

    earlier: Json
    new: tuple[Change, ...]
    fixed: tuple[Change, ...]
    still: tuple[Change, ...]
    unreached: tuple[Change, ...]
    untested: tuple[RequirementResult, ...]
    circumstances: tuple[str, ...]


def read(path: Path) -> Json:
    """An earlier report.json, or the one in a folder. Raises UsageError."""
    path = path / "report.json" if path.is_dir() else path
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: there is no report to compare with: {error}") from error
    if not isinstance(earlier, dict) or earlier.get("format") != document.FORMAT:
        raise UsageError(f"{path}: not a report.json of format {document.FORMAT}")
    return earlier


def compare(earlier: Json, digest: Digest) -> Comparison:
    then = {change.key: change for change in _changes(earlier)}
    now = {change.key: change for change in _changes(document.document(digest))}
    gone = [change for key, change in then.items() if key not in now]
    judged = {row.id for row in digest.rows if str(row.verdict) not in _SILENT}
    return Comparison(
        earlier=earlier,
        new=tuple(change for key, change in now.items() if key not in then),
        fixed=tuple(change for change in gone if change.requirement in judged),
        still=tuple(change for key, change in now.items() if key in then),
        unreached=tuple(change for change in gone if change.requirement not in judged),
        untested=tuple(_untested(earlier, digest)),
        circumstances=tuple(_circumstances(earlier, digest)),
    )


def by_cause(changes: Iterable[Change]) -> list[list[Change]]:
    """What has to be read once, however many operations it shows on."""
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
    judged_then = {each["id"] for each in earlier["requirements"] if each["verdict"] not in _SILENT}
    for row in digest.rows:
        if row.id in judged_then and str(row.verdict) in _SILENT:
            yield row


def _circumstances(earlier: Json, digest: Digest) -> Iterator[str]:
    """A difference in what was run explains more differences than any change of the target."""
    now = document.document(digest)
    was_at, is_at = (place_of(report["target"]["url"]) for report in (earlier, now))
    if was_at != is_at:
        yield f"the target was {was_at}, is {is_at}"
    for name, path in _FACTS:
        was, is_ = _at(earlier, path), _at(now, path)
        if was != is_:
            yield f"{name} was {was}, is {is_}"
    yield from _lists("errata", earlier, now, "id")
    yield from _lists("waivers", earlier, now, "requirement")
    yield from _lists("requirements", earlier, now, "id")


_FACTS = (
    ("the profile", ("profile", "name")),
    ("the suite", ("suite",)),
    ("the contract", ("contract", "sha256")),
    ("the errata mode", ("profile", "errata")),
    ("the selection", ("selection",)),
    ("the seed", ("seed",)),
)


def _at(report: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        report = report.get(name, "unknown")
    return report if report != "" else "the whole profile"


def _lists(name: str, earlier: Json, now: Json, key: str) -> Iterator[str]:
    was, is_ = {each[key] for each in earlier[name]}, {each[key] for each in now[name]}
    if is_ - was:
        yield f"{name} added: {', '.join(sorted(is_ - was))}"
    if was - is_:
        yield f"{name} gone: {', '.join(sorted(was - is_))}"
