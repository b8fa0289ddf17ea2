"""What a run could not judge: what happened, and the one step that changes it.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.model import Evidence, Level, Verdict
from conformance.verdict.result import RequirementResult, some
from conformance.verdict.under_load import unknown

_OPTIONAL = ("state", "credentials", "push", "msgpack", "html", "cases")
"""Features that any target may have and a profile may leave out, so that no request asks for them."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """what: what happened, in a sentence. step: what the reader does about it, "" where the sentence says it."""

    what: str
    step: str = ""

    def __str__(self) -> str:
        return f"{self.what}; {self.step}" if self.step else self.what


def doubts(evidence: Evidence, rows: Iterable[RequirementResult]) -> Iterator[Doubt]:
    if evidence.header.blockers:  # they explain why nothing was judged
        yield from map(Doubt, evidence.header.blockers)
        return
    yield from map(Doubt, evidence.cut)
    yield from map(Doubt, unknown(evidence.header.load))
    if not evidence.opportunities and not any(each.requirement for each in evidence.outcomes if not each.out_of_scope):
        yield Doubt("nothing was judged")
    for (verdict, reason), unjudged in _by_reason(evidence, rows).items():
        if verdict is Verdict.NONE and not reason:
            yield from _unexercised(evidence, unjudged)
        else:
            yield _not_judged(verdict, reason, unjudged)


def _by_reason(
    evidence: Evidence, rows: Iterable[RequirementResult]
) -> dict[tuple[Verdict, str], list[RequirementResult]]:
    unexercised = set() if evidence.header.selection else {Verdict.NONE}
    doubtful = {Verdict.INCONCLUSIVE, Verdict.ERROR} | unexercised
    found: dict[tuple[Verdict, str], list[RequirementResult]] = {}
    for row in rows:
        verdicts = doubtful & (set(row.by_operation.values()) or {Verdict.NONE})
        if row.requirement.level is Level.MUST and not row.out_of_scope and verdicts:
            found.setdefault((max(verdicts), row.reason), []).append(row)
    return found


def _not_judged(verdict: Verdict, reason: str, rows: list[RequirementResult]) -> Doubt:
    ids = [row.id for row in rows]
    because = f": {reason}" if reason else ""
    if verdict is Verdict.ERROR:
        return Doubt(f"the suite itself failed at {some(ids)}{because}", "report that with the file journal.jsonl")
    step = f"when that is mended, run again with -k '{' or '.join(ids[:6])}'"
    return Doubt(f"{some(ids)} could not be judged{because}", step)


def _unexercised(evidence: Evidence, rows: list[RequirementResult]) -> Iterator[Doubt]:
    """One doubt for those whose operations got no response, and one for those whose operations did."""
    answered = {each.operation for each in evidence.exchanges if each.response and each.operation}
    reached = [row for row in rows if not row.requirement.operations or answered & set(row.requirement.operations)]
    unreached = [row for row in rows if row not in reached]
    step = _step_for_unexercised(evidence)
    if unreached:
        operations = sorted({each for row in unreached for each in row.requirement.operations})
        yield Doubt(f"no request to {some(operations, 2)} was answered, so nothing exercised {_named(unreached)}", step)
    if reached:
        yield Doubt(f"no request was made, or no response received, that exercises {_named(reached)}", step)


def _step_for_unexercised(evidence: Evidence) -> str:
    profile = evidence.header.profile
    missing = [each for each in _OPTIONAL if profile.offers and each not in profile.offers]
    if missing:
        words = f"the profile {profile.name} offers no {' and no '.join(missing)}"
        return (
            f"{words}: add to offers under [target] what the target has, or leave them out with `without` under [scope]"
        )
    return "raise examples under [pace] in the profile, or leave them out with `without` under [scope]"


def _named(rows: list[RequirementResult]) -> str:
    """The first with its title: an id alone tells a reader nothing."""
    first = f"{rows[0].id} “{rows[0].requirement.title}”"
    return f"{first} (and {some([row.id for row in rows[1:]])})" if rows[1:] else first
