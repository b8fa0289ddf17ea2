"""Renders one finding as text for a terminal, and the texts that all formats of a report share.

Pure. JUnit and the examples in the documentation use the same text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from conformance.model import Clause, Exchange, Finding, Requirement
from conformance.report.text.safe_text import legible
from conformance.report.text.steps import trail

_MARGIN = 13
_WIDTH = 118
_LONGEST = 700


def finding_text(
    finding: Finding,
    requirement: Requirement,
    exchanges: Sequence[Exchange],
    *,
    document: str,
    line: int,
    reproduce: str,
    rounds: str = "",
) -> str:
    """document, line: the file of the contract, and the line of the clause in it, 0 if unknown. reproduce: the pytest
    command. rounds: of a soak in which it was found, in words.
    """
    parts = [
        ("expected", finding.expected),
        ("received", finding.received),
        ("at", finding.at),
        ("contract", contract_words(finding.pointer or requirement.clause.pointer, document, line)),
        ("", quotation(finding, requirement.clause)),
        ("published", published_words(finding)),
        ("exchanges", trail(exchanges)),
        ("rounds", rounds),
        ("reproduce", reproduce),
    ]
    head = f"{requirement.id} ({requirement.level.value}) {requirement.title}"
    return legible("\n".join([head, *(_part(name, text) for name, text in parts if text)]))


def contract_words(pointer: str, document: str, line: int) -> str:
    if not Clause(pointer, "").is_in_contract:
        return pointer
    return f"{document}:{line} {pointer}" if line else f"{document} {pointer}"


def clause_words(clause: Clause) -> str:
    """The text of a clause: in quotation marks if it is quoted from the contract, otherwise marked as our own words."""
    if not clause.text:
        return ""
    return f'"{clause.text}"' if clause.is_verbatim else f"In our words: {clause.text}"


def quotation(finding: Finding, clause: Clause) -> str:
    """The text of a clause, with its place if the finding points to another one."""
    words = clause_words(clause)
    return f"{words} ({clause.pointer})" if words and finding.pointer not in {"", clause.pointer} else words


def received_instead(finding: Finding) -> str:
    return f"expected {finding.expected}; received {finding.received}"


def published_words(finding: Finding) -> str:
    """Whether the response also deviates without errata; "" if the published contract does not decide."""
    if finding.as_published == "passes":
        return "conforms to the contract as published; deviates only with the errata applied"
    return "deviates from the contract as published, too" if finding.as_published == "fails" else ""


def _part(name: str, text: str) -> str:
    """A name and its text, wrapped and cut to a readable length; only the first line has the name."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
    lines = textwrap.wrap(cut, _WIDTH - _MARGIN, break_long_words=False, break_on_hyphens=False) or [""]
    names = [name, *[""] * (len(lines) - 1)]
    return "\n".join(f"  {word:<{_MARGIN - 2}}{line}" for word, line in zip(names, lines, strict=True))
