"""summary.md: the run on one screen, for a CI job page or a pull request comment.

GitHub drops a step summary beyond 1 MiB as a whole, and a comment beyond 64 KiB; this stays within LARGEST bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.report.analysis.causes import Cause, Cluster
from conformance.report.analysis.comparison import Comparison, by_cause
from conformance.report.analysis.digest import LEVELS, Digest
from conformance.report.analysis.status import Status
from conformance.report.text.dates import day_and_time, duration
from conformance.report.text.finding import contract_words
from conformance.report.text.safe_text import legible, shortened
from conformance.verdict.result import Conclusion

LARGEST = 60 * 1024
_MOST_CAUSES = 10
_SIGNS = {Conclusion.CONFORMANT: "✅", Conclusion.NOT_CONFORMANT: "❌", Conclusion.INCONCLUSIVE: "⚠️"}
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~!@&])")


def render(digest: Digest, comparison: Comparison | None) -> str:
    parts = (_conclusion, _facts, _problems, _levels)
    sections = [list(part(digest)) for part in parts]
    sections += [list(_since(comparison)) if comparison else [], list(_causes(digest)), list(_untested(digest))]
    return _fitted("\n\n".join("\n".join(lines) for lines in sections if lines) + "\n")


def inert(text: str, longest: int = 200) -> str:
    """Text of any origin as a piece of one Markdown line that means nothing but itself."""
    return _ACTIVE.sub(r"\\\1", legible(shortened(text, longest))).replace("@", "@\u2060")  # or it calls a person


def _fitted(text: str) -> str:
    """Whole lines only."""
    octets = text.encode()
    if len(octets) <= LARGEST:
        return text
    note = "\n\n… cut: report.html has the rest.\n"
    return octets[: LARGEST - len(note.encode())].rpartition(b"\n")[0].decode() + note


def _conclusion(digest: Digest) -> Iterator[str]:
    judgement = digest.judgement
    yield f"## {_SIGNS[judgement.conclusion]} {inert(judgement.sentence, 400)}"


def _facts(digest: Digest) -> Iterator[str]:
    header = digest.header
    yield "| target | profile | contract | suite | seed | started | took | exchanges |"
    yield "|---|---|---|---|---|---|---|---|"
    cells = (
        header.url,
        header.profile.name,
        f"{header.contract.title} {header.contract.version}, {len(header.errata)} errata",
        header.suite,
        str(header.seed),
        day_and_time(header.started),
        duration(digest.duration),
        f"{len(digest.exchanges):,}",
    )
    yield _row(inert(cell) for cell in cells)


def _problems(digest: Digest) -> Iterator[str]:
    if digest.judgement.problems:
        yield "### What stands in the way"
        yield ""
        yield from (f"- {inert(problem, 300)}" for problem in digest.judgement.problems[:_MOST_CAUSES])
        yield from _more(len(digest.judgement.problems) - _MOST_CAUSES)


def _levels(digest: Digest) -> Iterator[str]:
    yield _row(["requirements", *(status.word for status in Status)])
    yield "|---|" + "--:|" * len(Status)
    for level in LEVELS:
        yield _row([level, *(str(digest.levels[level][status]) for status in Status)])


def _since(comparison: Comparison) -> Iterator[str]:
    yield f"### Since {inert(comparison.earlier['started'])}"
    yield ""
    yield (
        f"{len(comparison.new)} new, {len(comparison.fixed)} fixed, {len(comparison.still)} still there, "
        f"{len(comparison.unreached)} not reached again, {len(comparison.untested)} requirements newly untested"
    )
    yield ""
    yield from (f"- changed: {inert(words, 300)}" for words in comparison.circumstances)
    for name, changes in (("new", comparison.new), ("fixed", comparison.fixed)):
        groups = by_cause(changes)
        for group in groups[:_MOST_CAUSES]:
            yield f"- {name}: **{group[0].requirement}** {inert(group[0].received)} ({_number(len(group))})"
        yield from _more(len(groups) - _MOST_CAUSES)


def _number(places: int) -> str:
    return f"{places} places" if places > 1 else "1 place"


def _causes(digest: Digest) -> Iterator[str]:
    if digest.causes:
        yield "### What deviates, by cause"
        yield ""
        for cluster in digest.clusters[:_MOST_CAUSES]:
            yield from _cause(digest, cluster.lead)
            yield from _companions(cluster)
        yield from _more(len(digest.clusters) - _MOST_CAUSES)
        yield from _suspects(digest)


def _suspects(digest: Digest) -> Iterator[str]:
    """One cause needs no second pointer to it."""
    if len(digest.clusters) > 1 and digest.suspects:
        steps = (f"{inert(str(each.step))} ({each.failed} of {each.taken} tests)" for each in digest.suspects)
        yield f"- where they meet: {', '.join(steps)}"


def _cause(digest: Digest, cause: Cause) -> Iterator[str]:
    first, requirement = cause.first, cause.row.requirement
    waived = " (waived)" if cause.is_waived else ""
    pointer = first.pointer or requirement.clause.pointer
    yield f"- **{requirement.id}** ({requirement.level.value}){waived} {inert(requirement.title)}"
    yield f"  - expected: {inert(first.expected, 300)}"
    yield f"  - received: {inert(first.received, 300)}"
    yield f"  - contract: {inert(contract_words(pointer, digest.finding_line(first, cause.row)), 300)}"
    yield f"  - shows on: {_places(cause)}"
    yield f"  - reproduce: `{digest.reproduce(requirement.id)}`"


def _companions(cluster: Cluster) -> Iterator[str]:
    if cluster.companions:
        yield f"  - on the same exchanges: {_ids(cluster.companions)}"
    if cluster.suspect:
        yield f"  - through {inert(str(cluster.suspect.step))} as well: {_ids(cluster.related)}"


def _ids(causes: Iterable[Cause]) -> str:
    ids = list(dict.fromkeys(cause.row.id for cause in causes))
    more = f" and {len(ids) - _MOST_CAUSES} more" if len(ids) > _MOST_CAUSES else ""
    return ", ".join(ids[:_MOST_CAUSES]) + more


def _places(cause: Cause, shown: int = 4) -> str:
    named = [inert(operation or "the target as a whole") for operation in cause.operations]
    more = f" and {len(named) - shown} more operations" if len(named) > shown else ""
    return ", ".join(named[:shown]) + more


def _untested(digest: Digest) -> Iterator[str]:
    silent = [row for row in digest.rows if digest.statuses_by_id[row.id] in {Status.NONE, Status.OUT_OF_SCOPE}]
    missed = [operation.label for operation in digest.operations if not operation.is_covered]
    if silent or missed:
        yield "### Not tested"
        yield ""
    if silent:
        yield f"- requirements: {', '.join(row.id for row in silent)}"
    if missed:
        yield f"- operations without a judged 2xx answer: {', '.join(inert(label) for label in missed)}"


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"- and {count} more: see report.html"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
