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

UNLIKE = 0.1
"""Seconds by which a test differs from the others of its requirement where it is named by itself."""

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
    """The cost of one test of each requirement, and after those of each test that is unlike the others of its own."""
    before, after = Counter(each.test for each in few.exchanges), Counter(each.test for each in many.exchanges)
    seconds = _seconds(many)
    tests: defaultdict[str, list[str]] = defaultdict(list)
    for outcome in many.outcomes:
        tests[outcome.requirement].append(outcome.test)
    owned = {test for own in tests.values() for test in own}
    tests[OF_THE_RUN] = [test for test in after if test not in owned]

    def cost(of: list[str], number: int) -> Cost:
        requests, more = sum(before[test] for test in of), sum(after[test] for test in of)
        per_example = max(more - requests, 0) / (MANY - FEW)
        fixed = max(more - per_example * MANY, 0)
        took = sum(seconds.get(test, 0.0) for test in of)
        return Cost(round(fixed / number, 2), round(per_example / number, 2), round(took / number, 1))

    found = {id_: cost(own, len(own) if id_ else 1) for id_, own in sorted(tests.items())}
    for id_, own in tests.items():
        for test in own if id_ else ():
            alone = cost([test], 1)
            if abs(alone.weight(MANY) - found[id_].weight(MANY)) > UNLIKE:
                found[test] = alone
    return {name: found[name] for name in sorted(found)}


def _seconds(evidence: Evidence) -> dict[str, float]:
    """What each test took beside its requests."""
    waiting: defaultdict[str, float] = defaultdict(float)
    for exchange in evidence.exchanges:
        waiting[exchange.test] += exchange.elapsed / 1000
    return {each.test: max(each.seconds - waiting[each.test], 0) for each in evidence.outcomes if each.requirement}


def render(found: dict[str, Cost]) -> str:
    """costs.json: one line a requirement or test, so that a diff shows what changed."""
    lines = [
        f"  {json.dumps(name)}: [{each.requests:g}, {each.per_example:g}, {each.seconds:g}]"
        for name, each in found.items()
    ]
    text = ",\n".join(lines)
    return json.dumps({}) if not lines else f"{{\n{text}\n}}\n"
