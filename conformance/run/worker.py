"""The side of a run that executes tests: it collects, binds evidence to the running test, and books how it ended.

One examiner a process: the only one of a plain run, or one in each worker of pytest-xdist. It writes one journal.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator as Generating
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import hypothesis
import pytest

from conformance import checks
from conformance.cases.generator import Generator, derived_seed
from conformance.checks import Bench
from conformance.contract import Contract
from conformance.errors import ForbiddenError
from conformance.evidence.journal import NOT_SELECTED, Journal, Outcome
from conformance.model import Exchange, Finding, Json, Level, Verdict
from conformance.paths import SUITE
from conformance.profile import Start
from conformance.report.text.finding import finding_text
from conformance.report.text.steps import trail
from conformance.requirement import Requirement, catalogue, head_of
from conformance.run.config import Situation
from conformance.run.connection import known_secrets, open_target
from conformance.run.header import header
from conformance.run.hypothesis_profile import draw_by
from conformance.run.outcome import OTHER_SHAPE, FindingsMade, ending
from conformance.run.scope import may_ask, out_of_scope
from conformance.run.selection import selection
from conformance.target.cleanup import clean_up

_MOST_EXCHANGES = 40
_MOST_FINDINGS = 5


@dataclass(slots=True)
class Running:
    """The test that runs: what it asked and what was found, so far. compared: the last comparison that failed."""

    test: str = ""
    sequence: int = 0
    exchanges: tuple[Exchange, ...] = ()
    findings: tuple[Finding, ...] = ()
    compared: tuple[str, str] | None = None


class Examiner:
    def __init__(self, situation: Situation, contract: Contract, worker: str, workers: tuple[str, ...]) -> None:
        self.situation = situation
        self.contract = contract
        self._worker = worker
        self._workers = workers
        self._bench = Bench(contract, lambda head: not self._reason(head))
        self._secrets = known_secrets(situation)
        self._journal = Journal(situation.folder / f"journal-{worker}.jsonl", self._secrets)
        self._opportunities: Counter[tuple[str, str]] = Counter()
        self._running = Running()
        self._scope: dict[str, str] = {}
        self._heads: list[Requirement] = list(checks.requirements())
        self._is_interrupted = False
        self._has_begun = False
        self._one_at_a_time = threading.Lock()
        self.target = open_target(situation, contract, f"conf-{situation.run}-{worker}", self.observe)
        draw_by(situation)

    @property
    def generator(self) -> Generator:
        profile = self.situation.profile
        return Generator(self.contract, self.situation.seed, self.situation.examples, profile.target.offers)

    # Collecting ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        mine = [item for item in items if SUITE in item.path.parents]
        for item in mine:
            self._name(item)
            self._seed(item)
        left_out = [item for item in mine if self.situation.trouble or self._is_left_out(item)]
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)

    def _is_left_out(self, item: pytest.Item) -> bool:
        """A test that asks several operations, one after the other, needs them all."""
        head = head_of(_function(item))
        if head is None or self._reason(head):
            return head is not None
        profile = self.situation.profile
        is_asked = all(may_ask(each, profile) for each in _operations(head, item))
        if not is_asked:
            self._scope[head.id] = f"the profile {profile.name} lets not all of its operations be asked"
        return not is_asked

    def _name(self, item: pytest.Item) -> None:
        """`-k DEV-07` finds the test of DEV-07."""
        head = head_of(_function(item))
        if head:
            item.extra_keyword_matches.add(head.id)
            self._heads.append(head)

    def _seed(self, item: pytest.Item) -> None:
        function = _function(item)
        if hypothesis.is_hypothesis_test(function):
            head = head_of(function)
            name = head.id if head else item.nodeid
            hypothesis.seed(derived_seed(self.situation.seed, name))(function)

    def _reason(self, head: Requirement | None) -> str:
        return out_of_scope(head, self.situation.profile) if head else ""

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            head = head_of(_function(item))
            if head and not self._reason(head) and not self.situation.trouble:
                self._scope.setdefault(head.id, NOT_SELECTED)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            head = head_of(_function(item))
            if head:
                self._scope.pop(head.id, None)
        self._write_header(session.config)

    def _write_header(self, config: pytest.Config) -> None:
        requirements = [
            (head, self._reason(head) or self._scope.get(head.id, "")) for head in catalogue(self._heads).values()
        ]
        facts = header(self.situation, self.contract, requirements, self._worker, selection(config))
        self._journal.write_header({**facts, "workers": list(self._workers)})
        self._has_begun = True

    # Running -------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generating[None, Any, Any]:
        self._running = Running(test=item.nodeid, sequence=self._running.sequence + 1)
        self.target.pacer.renew_patience()
        return (yield)

    def begin(self) -> None:
        """A property-based scenario starts over: only the exchanges of its last example are its evidence."""
        self._running.sequence += 1
        self._running.exchanges = ()
        self._running.compared = None

    def observe(self, exchange: Exchange) -> None:
        """Every exchange is stamped with its test, judged by all checks, and entered in the journal, one at a time:
        a scenario may ask from several threads.
        """
        with self._one_at_a_time:
            self._enter(exchange)

    def _enter(self, exchange: Exchange) -> None:
        running = self._running
        exchange = replace(exchange, test=running.test, sequence=running.sequence)
        judged = self._bench.judge(exchange)
        self._journal.write_exchange(exchange)
        for finding in judged.findings:
            self._journal.write_finding(finding)
        self._opportunities.update((requirement, exchange.operation) for requirement in judged.met)
        running.exchanges = (*running.exchanges[-_MOST_EXCHANGES:], exchange)
        running.findings += judged.findings

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generating[None, None, None]:
        with _skipping_the_forbidden():
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generating[None, None, None]:
        with _skipping_the_forbidden():
            yield
        grave = [each for each in self._running.findings if self._level(each) is Level.MUST]
        if grave:
            raise FindingsMade(self._text(grave), pytrace=False)

    def _level(self, finding: Finding) -> Level:
        return next(head.level for head in self._heads if head.id == finding.requirement)

    def _text(self, findings: list[Finding]) -> str:
        distinct = list({each.fingerprint: each for each in findings}.values())
        texts = [self._finding_text(each) for each in distinct]
        more = [f"and {len(texts) - _MOST_FINDINGS} more causes"] if len(texts) > _MOST_FINDINGS else []
        return str(self._secrets.strike("\n\n".join(["", *texts[:_MOST_FINDINGS], *more])))

    def _finding_text(self, finding: Finding) -> str:
        head = next(each for each in self._heads if each.id == finding.requirement)
        exchanges = [each for each in self._running.exchanges if each.id in finding.exchanges]
        line = self.contract.line(finding.pointer) if finding.pointer else 0
        return finding_text(finding, head, exchanges, line=line, reproduce=self.situation.reproduce)

    def pytest_assertrepr_compare(self, op: str, left: Json, right: Json) -> None:
        self._running.compared = (repr(right) if op == "==" else f"{op} {right!r}", repr(left))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generating[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        head = head_of(_function(item))
        if head and (call.when == "call" or (call.when == "setup" and call.excinfo)):
            self._book(head, item, call)
        self._strike(report)
        return report

    def _strike(self, report: pytest.TestReport) -> None:
        """What pytest shows of a failure has the values of variables, a token or a device secret among them."""
        struck = self._secrets.strike_text(report.longreprtext)
        if struck != report.longreprtext:
            report.longrepr = struck
        report.sections = [(name, self._secrets.strike_text(text)) for name, text in report.sections]

    def _book(self, head: Requirement, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        verdict, reason = ending(call)
        operations = _operations(head, item)
        self._journal.write_outcome(Outcome(head.id, item.nodeid, verdict, reason, operations))
        if verdict is Verdict.FAIL:
            self._journal.write_finding(self._finding(head, reason, operations))

    def _finding(self, head: Requirement, reason: str, operations: tuple[str, ...]) -> Finding:
        expected, received = self._running.compared or (head.title, reason)
        if reason.startswith(OTHER_SHAPE):
            expected, received = head.title, f"{reason}, read from {trail(self._running.exchanges[-1:])}"
        return Finding(
            expected=expected,
            received=received,
            pointer=head.clause.pointer if head.clause.is_in_contract else "",
            requirement=head.id,
            operation=operations[0] if operations else "",
            exchanges=tuple(each.id for each in self._running.exchanges),
            test=self._running.test,
        )

    # Ending --------------------------------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self) -> None:
        self._is_interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._has_begun:  # a test module could not be imported: nothing was run, and the journal says so
            self.situation = self.situation.without_hope("the suite could not be collected")
            self._write_header(session.config)
        self._running = Running(sequence=self._running.sequence + 1)
        if self._leaves_something():
            for words in clean_up(self.target):
                self._journal.write_outcome(Outcome("", "clean-up", Verdict.INCONCLUSIVE, f"left behind: {words}"))
        self._journal.write_opportunities(self._opportunities)
        self._journal.write_footer(time.time(), interrupted=self._is_interrupted)

    def _leaves_something(self) -> bool:
        """An application made for the run is thrown away as a whole, and without state there is nothing to leave."""
        target = self.situation.profile.target
        return target.start is Start.GIVEN and "state" in target.offers and not self.situation.trouble


@contextmanager
def _skipping_the_forbidden() -> Generating[None, None, None]:
    """What the profile forbids to ask is neither passed nor failed."""
    try:
        yield
    except ForbiddenError as refusal:
        pytest.skip(str(refusal))


def _function(item: pytest.Item) -> Any:
    return getattr(item, "function", None)


def _operations(head: Requirement, item: pytest.Item) -> tuple[str, ...]:
    """Those that one of several tests asks, or all that its requirement speaks of."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    labels = [parameters.get("operation", ""), *(getattr(each, "operation", "") for each in parameters.values())]
    return tuple(filter(None, labels)) or head.operations
