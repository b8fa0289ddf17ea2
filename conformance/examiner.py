"""The side of a run that executes tests: it collects, binds evidence to the running test, and books how it ended.

One examiner a process: the only one of a plain run, or one in each worker of pytest-xdist. It writes one journal.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Generator as Generating
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.outcomes import Failed
from hypothesis import HealthCheck, Phase
from hypothesis.internal.conjecture import engine

from conformance import aim, checks
from conformance.cases import Generator, derived_seed, draw_by_seed_alone
from conformance.checks import Bench
from conformance.contract import Contract
from conformance.errors import ForbiddenError, Inconclusive
from conformance.evidence import NOT_SELECTED, Journal, Outcome
from conformance.model import Exchange, Finding, Json, Level, Verdict
from conformance.profile import Blast, Start
from conformance.redaction import Secrets
from conformance.report.terminal import finding_text, trail
from conformance.requirement import Requirement, catalogue, head_of
from conformance.situation import Situation, header, may_ask, out_of_scope
from conformance.suite import SUITE
from conformance.target import Names, Pace, Target

_SHAPE = (KeyError, IndexError, TypeError, AttributeError)
"""Raised in a scenario itself, they say that an answer has another shape than the requirement reads."""
_OTHER_SHAPE = "an answer of another shape"
_MOST_EXCHANGES = 40
_MOST_FINDINGS = 5
_LONGEST_SHRINKING = 10
"""Seconds."""


class FindingsMade(Failed):
    """The test ran to its end, and the checks found deviations in its exchanges."""


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
            hypothesis.seed(derived_seed(self.situation.seed, item.nodeid))(function)

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
        self.target.renew_patience()
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
        verdict, reason = _ending(call)
        operations = _operations(head, item)
        self._journal.write_outcome(Outcome(head.id, item.nodeid, verdict, reason, operations))
        if verdict is Verdict.FAIL:
            self._journal.write_finding(self._finding(head, reason, operations))

    def _finding(self, head: Requirement, reason: str, operations: tuple[str, ...]) -> Finding:
        expected, received = self._running.compared or (head.title, reason)
        if reason.startswith(_OTHER_SHAPE):
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
            for words in self.target.clean_up():
                self._journal.write_outcome(Outcome("", "clean-up", Verdict.INCONCLUSIVE, f"left behind: {words}"))
        self._journal.write_opportunities(self._opportunities)
        self._journal.write_footer(time.time(), interrupted=self._is_interrupted)

    def _leaves_something(self) -> bool:
        """An application made for the run is thrown away as a whole, and without state there is nothing to leave."""
        target = self.situation.profile.target
        return target.start is Start.GIVEN and "state" in target.offers and not self.situation.trouble

    # What fixtures hand out ----------------------------------------------------------------------------------------

    def world(self) -> aim.World:
        """Something to read for the generated cases. Raises Inconclusive when the target refuses to hold it."""
        key = self.situation.keys.get("full")
        names = self.target.names
        presence = self.situation.presence_channel or names.fresh("channel")
        world = aim.World(
            key.name if key else "app.key",
            int(time.time() * 1000) + self.situation.skew,
            names.fresh("channel"),
            presence,
            names.fresh("device"),
        )
        offers = self.situation.profile.target.offers
        with self.target.arranging():
            if "state" in offers:
                aim.furnish_channel(world, self.target)
            if {"state", "push"} <= set(offers):
                aim.furnish_device(world, self.target)
        return world


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


def _ending(call: pytest.CallInfo[None]) -> tuple[Verdict, str]:
    if call.excinfo is None:
        return Verdict.PASS, ""
    flaw = _root(call.excinfo.value)
    words = str(flaw).strip().splitlines()
    reason = words[0] if words else type(flaw).__name__
    if isinstance(flaw, FindingsMade):
        return Verdict.PASS, ""
    if isinstance(flaw, Inconclusive):
        return Verdict.INCONCLUSIVE, reason
    if isinstance(flaw, pytest.skip.Exception):
        return Verdict.NONE, reason
    if call.when == "call" and isinstance(flaw, AssertionError | pytest.fail.Exception):
        return Verdict.FAIL, reason
    if isinstance(flaw, _SHAPE) and SUITE in _place(flaw).parents:
        verdict = Verdict.FAIL if call.when == "call" else Verdict.INCONCLUSIVE
        return verdict, f"{_OTHER_SHAPE}: {type(flaw).__name__} {reason}"
    return Verdict.ERROR, f"{type(flaw).__name__}: {reason}"


def _root(flaw: BaseException) -> BaseException:
    """Hypothesis tells in a group what did not happen again when it was tried again: it happened, and is the fail."""
    while isinstance(flaw, BaseExceptionGroup):
        failed = [each for each in flaw.exceptions if isinstance(each, AssertionError)]
        flaw = (failed or flaw.exceptions)[0]
    return flaw


def _place(flaw: BaseException) -> Path:
    """The file in which it was raised."""
    return Path(traceback.extract_tb(flaw.__traceback__)[-1].filename)


def selection(config: pytest.Config) -> str:
    """What of the suite was chosen, in the user's words, or "" for all of it."""
    words = [f"-k {config.option.keyword!r}"] if config.option.keyword else []
    words += [f"-m {config.option.markexpr!r}"] if config.option.markexpr else []
    words += [_short(config, arg) for arg in config.args if not _is_whole(config, arg)]
    chosen = [f"only {' '.join(words)}"] if words else []
    return " ".join([*chosen, *(f"without {_short(config, each)}" for each in _left_out(config))])


def _left_out(config: pytest.Config) -> list[str]:
    options = ("ignore", "ignore_glob", "deselect")
    return [str(each) for name in options for each in getattr(config.option, name, None) or ()]


def _is_whole(config: pytest.Config, arg: str) -> bool:
    path = (config.invocation_params.dir / arg.partition("::")[0]).resolve()
    return "::" not in arg and (path == SUITE or path in SUITE.parents)


def _short(config: pytest.Config, arg: str) -> str:
    return arg.replace(f"{config.rootpath}/", "")


def draw_by(situation: Situation) -> None:
    """What every property draws by, set before its module is imported: no deadline on the wire, no memory of runs."""
    hypothesis.settings.register_profile(
        "conformance",
        max_examples=situation.examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        # What is slow is the wire, and what is large is what we ask for; the other checks stay.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    hypothesis.settings.load_profile("conformance")
    draw_by_seed_alone()
    # No setting: Hypothesis would look five minutes for a shorter example, with requests where others have calls.
    engine.MAX_SHRINKING_SECONDS = _LONGEST_SHRINKING


def known_secrets(situation: Situation) -> Secrets:
    secrets = Secrets()
    for name, key in situation.keys.items():
        secrets.add(name, key.text)
        secrets.add(name, key.secret)
    return secrets


def open_target(
    situation: Situation, contract: Contract, prefix: str, observer: Any, *, blast: Blast | None = None
) -> Target:
    pace = situation.profile.pace
    interval = 1 / pace.requests_per_second if pace.requests_per_second else 0.0
    return Target(
        situation.url,
        contract,
        situation.principals,
        pace=Pace(pace.timeout, pace.patience, interval),
        names=Names(prefix),
        observer=observer,
        blast=blast or situation.profile.target.blast_radius,
        ca_file=situation.profile.target.ca_file,
    )
