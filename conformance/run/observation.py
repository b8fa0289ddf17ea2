"""What the checks find in recorded traffic, gathered in bounded memory: of long recordings only what shows something.

Each exchange is judged. All are kept as evidence as long as they are few; after that only those in which a finding, a
passed check or a part of the contract occurs for the first times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from conformance.checks import Checks
from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.evidence.redaction import Secrets
from conformance.har.entry import Skipped
from conformance.model import Exchange, Finding
from conformance.names import without_made_names
from conformance.report.analysis.coverage import Key, Occurring

MOST_KEPT = 5_000
MOST_BYTES = 64 * 1024 * 1024
"""Exchanges, and bytes of their bodies, that are kept whatever they show."""

MOST_OF_ONE = 100
MOST_FINDINGS = 20_000
"""Findings with one fingerprint, and in all, that are kept; after that only the first of each, others are counted."""

MOST_DIFFERENT = 50_000
"""Fingerprints in one report."""

_MOST_LEARNED = 20_000
"""Exchanges from which secrets are learned, and from each that is kept."""

_MOST_EXAMPLES = 3


@dataclass(slots=True)
class Observation:
    """most_kept: exchanges that are kept whatever they show. judged: exchanges that at least one check judged. skipped:
    entries by the reason why they were not judged.
    """

    contract: Contract
    checks: Checks
    secrets: Secrets = field(default_factory=Secrets)
    most_kept: int = field(default_factory=lambda: MOST_KEPT)
    judged: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    opportunities: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    unrecorded: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    _skipped_examples: dict[str, list[str]] = field(default_factory=dict)
    _by_fingerprint: Counter[str] = field(default_factory=Counter)
    _bytes: int = 0
    _learned: int = 0
    _seen: set[Key] = field(default_factory=set)
    _occurring: Occurring = field(init=False)

    def __post_init__(self) -> None:
        self._occurring = Occurring(self.contract)

    def skip(self, skipped: Skipped, number: int = 1) -> None:
        self.skipped[skipped.reason] += number
        examples = self._skipped_examples.setdefault(skipped.reason, [])
        if skipped.example and skipped.example not in examples and len(examples) < _MOST_EXAMPLES:
            examples.append(skipped.example)

    def judge(self, exchange: Exchange) -> tuple[Finding, ...]:
        """Returns what was found in it, also what is not kept."""
        result = self.checks.judge(exchange)
        self.judged += bool(result.applicable)
        self.unrecorded.update(part.value for part in exchange.unrecorded)
        if self._learned < _MOST_LEARNED:
            self._learned += 1
            self.secrets.learn(exchange)
        failed = {finding.requirement for finding in result.findings}
        passed = [(id_, exchange.operation) for id_ in result.applicable if id_ not in failed]
        self.opportunities.update((id_, exchange.operation) for id_ in result.applicable)
        found = [finding for finding in result.findings if self._is_kept(finding)]
        if found or any(each not in self.examples for each in passed) or self._has_room() or self._shows(exchange):
            self._keep(exchange)
            for each in passed:
                self.examples.setdefault(each, exchange.id)
        self._add(found)
        return result.findings

    def take(self, id_: str, operation: str, exchanges: Iterable[Exchange], finding: Finding | None) -> None:
        """What several exchanges show together of a requirement: a finding, or that it was kept to."""
        self.opportunities[id_, operation] += 1
        if finding and self._is_kept(finding):
            kept = {each.id for each in self.exchanges}
            for exchange in exchanges:
                if exchange.id not in kept:
                    self._keep(exchange)
            self._add([finding])

    def _add(self, findings: Iterable[Finding]) -> None:
        self.findings += (replace(each, received=without_made_names(each.received)[0]) for each in findings)

    def skipped_in_words(self) -> Iterator[str]:
        """One sentence for each reason, the most frequent first."""
        for reason, number in self.skipped.most_common():
            examples = ", ".join(map(self.secrets.strike_text, self._skipped_examples[reason]))
            yield f"{number:,} skipped: {reason}" + (f", such as {examples}" if examples else "")

    def _is_kept(self, finding: Finding) -> bool:
        """Raises UsageError for more different findings than a report can hold: one that is dropped could be a pass."""
        mark = finding.fingerprint
        seen = self._by_fingerprint[mark]
        if seen >= MOST_OF_ONE or (seen and len(self.findings) >= MOST_FINDINGS):
            self.left_out[finding.requirement] += 1
            return False
        if not seen and len(self._by_fingerprint) >= MOST_DIFFERENT:
            raise UsageError(
                f"the answers show more than {MOST_DIFFERENT:,} different findings; judge fewer of them at once"
            )
        self._by_fingerprint[mark] += 1
        return True

    def _has_room(self) -> bool:
        return len(self.exchanges) < self.most_kept and self._bytes < MOST_BYTES

    def _shows(self, exchange: Exchange) -> bool:
        """Whether a part of the contract occurs in it that occurs in none of those that are kept."""
        return bool(self._occurring.keys_of(exchange) - self._seen)

    def _keep(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self._bytes += len(exchange.request.body) + (len(exchange.response.body) if exchange.response else 0)
        self._seen |= self._occurring.keys_of(exchange)
