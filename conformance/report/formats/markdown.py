"""Renders summary.md: the run on one screen, for a CI job page or a pull request comment.

GitHub drops a step summary of more than 1 MiB and a comment of more than 64 KiB; the file stays within LARGEST bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.report.analysis.causes import Cause, Cluster
from conformance.report.analysis.comparison import Comparison, by_cause
from conformance.report.analysis.digest import LEVELS, Digest
from conformance.report.analysis.status import Status
from conformance.report.text.dates import day_and_time, duration
from conformance.report.text.finding import contract_words, quotation
from conformance.report.text.load_table import HEADINGS, cells
from conformance.report.text.safe_text import legible, shortened
from conformance.report.text.steps import operation_name
from conformance.verdict.result import Conclusion

LARGEST = 60 * 1024
_MOST_CAUSES = 10
_SIGNS = {
    Conclusion.CONFORMANT: "✅",
    Conclusion.NOT_CONFORMANT: "❌",
    Conclusion.INCONCLUSIVE: "⚠️",
    Conclusion.OBSERVED: "◑",
}
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~!@&])")


def render(digest: Digest, comparison: Comparison | None) -> str:
    sections = (
        _conclusion(digest),
        _circumstances(digest),
        _facts(digest),
        _load(digest),
        _problems(digest),
        _levels(digest),
        _changes(comparison) if comparison else (),
        _findings(digest),
        _untested(digest),
    )
    return _fitted("\n\n".join(filter(None, ("\n".join(lines) for lines in sections))) + "\n")


def escaped(text: str, longest: int = 200) -> str:
    """Text of any origin for one line of Markdown, shortened and without any effect on the formatting."""
    return _ACTIVE.sub(r"\\\1", legible(shortened(text, longest))).replace(
        "@", "@\u2060"
    )  # else GitHub notifies a user


def _fitted(text: str) -> str:
    """The text, cut after a complete line if it is too large."""
    encoded = text.encode()
    if len(encoded) <= LARGEST:
        return text
    note = "\n\n… The summary is cut here; report.html is complete.\n"
    return encoded[: LARGEST - len(note.encode())].rpartition(b"\n")[0].decode() + note


def _conclusion(digest: Digest) -> Iterator[str]:
    judgement = digest.judgement
    is_whole = not digest.is_partial or judgement.conclusion is not Conclusion.CONFORMANT
    sign = _SIGNS[judgement.conclusion] if is_whole else "◑ partial run:"
    yield f"## {sign} {escaped(judgement.sentence, 400)}"


def _circumstances(digest: Digest) -> Iterator[str]:
    yield from (f"- {escaped(name)}: {escaped(value)}" for name, value in digest.header.labels)
    yield from (f"- {escaped(sentence, 400)}" for sentence in digest.header.circumstances)


def _facts(digest: Digest) -> Iterator[str]:
    header = digest.header
    yield "| target | profile | contract | suite | seed | started | duration | exchanges |"
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
    yield _table_row(escaped(cell) for cell in cells)


def _load(digest: Digest) -> Iterator[str]:
    if digest.header.load:
        yield f"### Under load: {escaped(digest.judgement.under_load, 400)}"
        yield ""
        yield _table_row(HEADINGS)
        yield "|" + "--:|" * len(HEADINGS)
        yield from (_table_row(map(escaped, cells(step))) for step in digest.header.load)


def _problems(digest: Digest) -> Iterator[str]:
    if digest.judgement.problems:
        yield "### Problems of this run"
        yield ""
        yield from (f"- {escaped(problem, 300)}" for problem in digest.judgement.problems[:_MOST_CAUSES])
        yield from _more(len(digest.judgement.problems) - _MOST_CAUSES)


def _levels(digest: Digest) -> Iterator[str]:
    yield _table_row(["requirements", *(status.word for status in Status)])
    yield "|---|" + "--:|" * len(Status)
    for level in LEVELS:
        yield _table_row([level, *(str(digest.levels[level][status]) for status in Status)])


def _changes(comparison: Comparison) -> Iterator[str]:
    yield f"### Changes since the run of {escaped(comparison.earlier['started'])}"
    yield ""
    yield (
        f"Findings: {len(comparison.new)} new, {len(comparison.fixed)} fixed, {len(comparison.unchanged)} unchanged, "
        f"{len(comparison.unchecked)} not checked again. Requirements no longer tested: {len(comparison.untested)}."
    )
    yield ""
    yield from (f"- other difference: {escaped(words, 300)}" for words in comparison.other_differences)
    for name, changes in (("new", comparison.new), ("fixed", comparison.fixed)):
        groups = by_cause(changes)
        for group in groups[:_MOST_CAUSES]:
            count = f"{len(group)} findings" if len(group) > 1 else "1 finding"
            yield f"- {name}: **{group[0].requirement}** {escaped(group[0].received)} ({count})"
        yield from _more(len(groups) - _MOST_CAUSES)


def _findings(digest: Digest) -> Iterator[str]:
    if digest.causes:
        yield "### Findings by cause"
        yield ""
        for cluster in digest.clusters[:_MOST_CAUSES]:
            yield from _cause(digest, cluster.lead)
            yield from _grouped(cluster)
        yield from _more(len(digest.clusters) - _MOST_CAUSES)
    if len(digest.clusters) > 1 and digest.suspects:
        steps = (f"{escaped(str(each.step))} ({each.failed} of {each.taken} tests)" for each in digest.suspects)
        yield f"- steps that failed tests have in common: {', '.join(steps)}"


def _cause(digest: Digest, cause: Cause) -> Iterator[str]:
    first, requirement = cause.first, cause.result.requirement
    waived = " (waived)" if cause.is_waived else ""
    pointer = first.pointer or requirement.clause.pointer
    yield f"- **{requirement.id}** ({requirement.level.value}){waived} {escaped(requirement.title)}"
    yield f"  - expected: {escaped(first.expected, 300)}"
    yield f"  - received: {escaped(first.received, 300)}"
    place = contract_words(pointer, digest.header.contract.document, digest.finding_line(first, cause.result))
    yield f"  - contract: {escaped(place, 300)}"
    if requirement.clause.text:
        yield f"  - clause: {escaped(quotation(first, requirement.clause), 300)}"
    yield f"  - operations: {_operations(cause)}"
    if rounds := digest.reproduction.rounds_of(first.fingerprint):
        yield f"  - found {rounds}"
    yield f"  - reproduce: `{digest.reproduction.of_finding(first)}`"


def _grouped(cluster: Cluster) -> Iterator[str]:
    if cluster.companions:
        yield f"  - also on these exchanges: {_ids(cluster.companions)}"
    if cluster.pattern:
        yield f"  - also in sequences with {escaped(str(cluster.pattern))}: {_ids(cluster.related)}"


def _ids(causes: Iterable[Cause]) -> str:
    ids = list(dict.fromkeys(cause.result.id for cause in causes))
    more = f" and {len(ids) - _MOST_CAUSES} more" if len(ids) > _MOST_CAUSES else ""
    return ", ".join(ids[:_MOST_CAUSES]) + more


def _operations(cause: Cause, shown: int = 4) -> str:
    named = [escaped(operation_name(operation)) for operation in cause.operations]
    more = f" and {len(named) - shown} more operations" if len(named) > shown else ""
    return ", ".join(named[:shown]) + more


def _untested(digest: Digest) -> Iterator[str]:
    not_judged = {Status.NONE, Status.OUT_OF_SCOPE}
    ids = [result.id for result in digest.results if digest.statuses_by_id[result.id] in not_judged]
    missed = [escaped(operation.label) for operation in digest.operations if not operation.is_covered]
    if ids or missed:
        yield "### Not tested"
        yield ""
    if ids:
        yield f"- requirements: {', '.join(ids)}"
    if missed:
        yield f"- operations without a 2xx response: {', '.join(missed)}"


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"- and {count} more in report.html"


def _table_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
