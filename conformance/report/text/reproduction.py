"""The command that repeats the test in which a finding was made.

Pure. A requirement that a test asserts is repeated by its own id. No test bears the id of a check, so what a check
found is repeated by the very test in whose exchanges it was found, and a check as a whole by the tests that can show it
(`run/witnesses.py`).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model import Finding, Outcome


@dataclass(frozen=True, slots=True)
class Reproduction:
    """command: for the whole run. tests: their node ids. asserted: the requirements that tests assert."""

    command: str
    tests: frozenset[str]
    asserted: frozenset[str]

    def of_finding(self, finding: Finding) -> str:
        if finding.requirement in self.asserted:
            return self.of_requirement(finding.requirement)
        return f"{self.command} {shlex.quote(finding.test)}" if finding.test in self.tests else self.command

    def of_requirement(self, id_: str) -> str:
        return f"{self.command} -k {id_}"


def reproduction(command: str, outcomes: Iterable[Outcome]) -> Reproduction:
    asserting = [each for each in outcomes if each.requirement and not each.out_of_scope]
    tests = frozenset(each.test for each in outcomes if each.requirement)
    return Reproduction(command, tests, frozenset(each.requirement for each in asserting))
