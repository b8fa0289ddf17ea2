"""One finding as text for a terminal: expected, received, contract, exchanges, reproduce.

Pure. Also the text of a failure in JUnit, and of the examples in the documentation.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from conformance.model import Clause, Exchange, Finding, Requirement
from conformance.report.text.safe_text import legible
from conformance.report.text.steps import trail

_MARGIN = 13
_WIDTH = 118
_LONGEST = 700


def finding_text(
    finding: Finding, requirement: Requirement, exchanges: Sequence[Exchange], *, line: int, reproduce: str
) -> str:
    """line: of the clause in openapi.yaml, 0 if unknown. reproduce: the pytest command without its -k."""
    parts = [
        ("expected", finding.expected),
        ("received", finding.received),
        ("at", finding.at),
        ("contract", contract_words(finding.pointer or requirement.clause.pointer, line)),
        ("", clause_words(requirement.clause)),
        ("published", published_words(finding)),
        ("exchanges", trail(exchanges)),
        ("reproduce", f"{reproduce} -k {requirement.id}"),
    ]
    head = f"{requirement.id} ({requirement.level.value}) {requirement.title}"
    return legible("\n".join([head, *(_part(name, text) for name, text in parts if text)]))


def contract_words(pointer: str, line: int) -> str:
    if not Clause(pointer, "").is_in_contract:
        return pointer
    return f"openapi.yaml:{line} {pointer}" if line else f"openapi.yaml {pointer}"


def clause_words(clause: Clause) -> str:
    """The words of the contract in quotation marks; of any other document, what it says in our words."""
    if clause.is_verbatim:
        return f'"{clause.text}"'
    return f"(in our words) {clause.text}" if clause.text else ""


def published_words(finding: Finding) -> str:
    """How the same answer stands without errata; silence where the published contract has no say."""
    if finding.as_published == "passes":
        return "passes the contract as published; fails it with its errata applied"
    return "fails the contract as published, too" if finding.as_published == "fails" else ""


def _part(name: str, text: str) -> str:
    wrapped = textwrap.wrap(_cut(text), _WIDTH - _MARGIN, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(_margins(name, wrapped))


def _margins(name: str, lines: list[str]) -> Iterator[str]:
    yield f"  {name:<{_MARGIN - 2}}{lines[0]}"
    for line in lines[1:]:
        yield f"{'':<{_MARGIN}}{line}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
