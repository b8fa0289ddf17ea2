"""The command that repeats the test in which a finding was made.

Pure. A requirement that a test asserts is repeated by its own id. No test bears the id of a check, so what a check
found is repeated by the test in whose exchanges it was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Reproduction:
    """command: pytest's, for the whole run. requirement_of: the requirement of each test. asserted: those of all."""

    command: str
    requirement_of: dict[str, str]
    asserted: frozenset[str]

    def of_finding(self, finding: Finding) -> str:
        by_test = self.requirement_of.get(finding.test, "")
        return self._selecting(finding.requirement if finding.requirement in self.asserted else by_test)

    def of_requirement(self, id_: str) -> str:
        return self._selecting(id_ if id_ in self.asserted else "")

    def _selecting(self, id_: str) -> str:
        """What no test selects takes the whole run."""
        return f"{self.command} -k {id_}" if id_ else self.command


def reproduction(command: str, outcomes: Iterable[Outcome]) -> Reproduction:
    requirement_of = {each.test: each.requirement for each in outcomes if each.requirement}
    return Reproduction(command, requirement_of, frozenset(requirement_of.values()))
