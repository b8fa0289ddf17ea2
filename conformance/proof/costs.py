"""Measures what each requirement costs in a run against the reference server, for the forecast of other runs.

    ably-conformance costs --write

Two whole runs with different numbers of random examples tell which requests belong to an example.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from conformance.command_line import suite_command
from conformance.costs import OF_THE_RUN, Cost
from conformance.errors import SuiteError
from conformance.evidence.journal import journals_in, read
from conformance.model import Evidence
from conformance.paths import SUITE

FEW, MANY = 2, 6
"""Random examples for each operation and kind."""

_SEED = 7


def measure(into: Path) -> dict[str, Cost]:
    """Run the suite twice. Raises SuiteError when a run has no journal."""
    few, many = (_run(into / str(examples), examples) for examples in (FEW, MANY))
    return costs(few, many)


def _run(folder: Path, examples: int) -> Evidence:
    options = [str(SUITE), f"--seed={_SEED}", f"--examples={examples}", f"--report-dir={folder}", "--journal-only"]
    command = [sys.executable, "-m", "pytest", *suite_command(options)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  our own arguments
    journals = journals_in(folder / "latest")
    if not journals:
        raise SuiteError(f"a run with {examples} examples left no journal; its exit status is {done.returncode}")
    return read(journals)


def costs(few: Evidence, many: Evidence) -> dict[str, Cost]:
    """The cost of one test of each requirement; all tests of one function count alike."""
    requests, more = _requests(few), _requests(many)
    seconds, tests = _seconds(many), Counter(each.requirement for each in many.outcomes if each.requirement)
    found = {}
    for id_ in sorted({*more, *tests}):
        number = tests[id_] or 1
        per_example = max(more[id_] - requests[id_], 0) / (MANY - FEW)
        fixed = max(more[id_] - per_example * MANY, 0)
        found[id_] = Cost(round(fixed / number, 2), round(per_example / number, 2), round(seconds[id_] / number, 1))
    return found


def _requests(evidence: Evidence) -> Counter[str]:
    owner = {each.test: each.requirement for each in evidence.outcomes}
    return Counter(owner.get(each.test, OF_THE_RUN) for each in evidence.exchanges)


def _seconds(evidence: Evidence) -> dict[str, float]:
    """What the tests of a requirement took beside their requests."""
    waiting: dict[str, float] = defaultdict(float)
    for exchange in evidence.exchanges:
        waiting[exchange.test] += exchange.elapsed / 1000
    found: dict[str, float] = defaultdict(float)
    for outcome in evidence.outcomes:
        if outcome.requirement:
            found[outcome.requirement] += max(outcome.seconds - waiting[outcome.test], 0)
    return found


def render(found: dict[str, Cost]) -> str:
    """costs.json: one line a requirement, so that a diff shows what changed."""
    lines = [f'  "{id_}": [{each.requests:g}, {each.per_example:g}, {each.seconds:g}]' for id_, each in found.items()]
    text = ",\n".join(lines)
    return json.dumps({}) if not lines else f"{{\n{text}\n}}\n"
