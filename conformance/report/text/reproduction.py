"""The command that repeats the test in which a finding was made.

Pure. A requirement that a test asserts is repeated by its own id. No test bears the id of a check, so what a check
found is repeated by the very test in whose exchanges it was found, and a check as a whole by the tests that can show it
(`run/witnesses.py`). What a soak found is repeated with the seed of the first round that found it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.model import (
    Finding,
    Outcome,
    RunHeader,
)
from conformance.report.text.counts import counted
from conformance.series import Recurrence, Soak


@dataclass(frozen=True, slots=True)
class Reproduction:
    """command: for the whole run. tests: their node ids. asserted: the requirements that tests assert. soak: None for
    one run. recurrences: by requirement and by fingerprint.
    """

    command: str
    tests: frozenset[str]
    asserted: frozenset[str]
    soak: Soak | None
    recurrences: Mapping[str, Recurrence]

    def of_finding(self, finding: Finding) -> str:
        command = self._of(finding.fingerprint)
        if finding.requirement in self.asserted:
            return f"{command} -k {finding.requirement}"
        return f"{command} {shlex.quote(finding.test)}" if finding.test in self.tests else command

    def of_requirement(self, id_: str) -> str:
        return f"{self._of(id_)} -k {id_}"

    def rounds_of(self, subject: str) -> str:
        """In how many rounds of a soak a requirement, or a finding of this fingerprint, was there; "" for one run."""
        found = self.recurrences.get(subject)
        if not self.soak or not found:
            return ""
        return f"in {found.rounds:,} of {counted(self.soak.rounds, 'round')}, first with the seed {found.seed}"

    def _of(self, subject: str) -> str:
        found = self.recurrences.get(subject)
        return f"{self.soak.command} --seed {found.seed}" if self.soak and found else self.command


def reproduction(header: RunHeader, outcomes: Iterable[Outcome]) -> Reproduction:
    told = [each for each in outcomes if each.requirement]
    return Reproduction(
        command=header.reproduce,
        tests=frozenset(each.test for each in told),
        asserted=frozenset(each.requirement for each in told if not each.out_of_scope),
        soak=header.soak,
        recurrences={each.subject: each for each in header.soak.failed} if header.soak else {},
    )
