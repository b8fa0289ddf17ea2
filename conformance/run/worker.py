"""The process that runs tests: it owns one journal, hands out the target, and records how each test ended.

There is one worker in a plain run, or one in each process of pytest-xdist.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Generator as Generating
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from conformance.catalogue import own_places, places
from conformance.checks import Checks
from conformance.contract import Contract
from conformance.errors import ForbiddenError, OutOfTimeError, SilentError
from conformance.evidence.journal import Journal
from conformance.model import Finding, Outcome, Requirement, Verdict
from conformance.profile import Start
from conformance.report.text.safe_text import LONGEST_OUTPUT, for_terminal
from conformance.run.collection import Collection, node_id, operations_of, requirement_of
from conformance.run.config import RunConfig
from conformance.run.connection import known_secrets, open_target, sender
from conformance.run.header import header_for
from conformance.run.hypothesis_profile import draw_by
from conformance.run.live import PROPERTY
from conformance.run.outcome import Ending, NotAsked, OutOfScope, ending
from conformance.run.recorder import Comparison, Recorder
from conformance.run.selection import selection
from conformance.target.cleanup import clean_up

if TYPE_CHECKING:
    from conformance.cases.generator import Generator

_SHARE_OF_CLEAN_UP = 0.1
_LEAST_FOR_CLEAN_UP = 30.0
"""Seconds."""


class Worker:
    """name: what its journal is called. workers: every process whose journal belongs to the run, as far as it knows."""

    def __init__(self, run_config: RunConfig, contract: Contract, name: str, workers: tuple[str, ...]) -> None:
        self.run_config = run_config
        self.contract = contract
        self._name = name
        self._workers = workers
        self._secrets = known_secrets(run_config)
        self._journal = Journal(run_config.folder / f"journal-{name}.jsonl", self._secrets)
        self._collection = Collection(run_config, contract, self.begin_example)
        self._recorder = Recorder(Checks(contract, lambda head: not self._collection.reason(head)), self._journal)
        self._is_interrupted = False
        self._has_begun = False
        self._out_of_time = ""
        self.target = open_target(
            run_config, contract, f"conf-{run_config.run}-{name}", self._recorder.observe, budget=run_config.budget
        )
        draw_by(run_config)

    @property
    def generator(self) -> Generator:
        from conformance.cases.generator import Generator  # noqa: PLC0415  only runs with generated cases wait for it

        offers = self.run_config.profile.target.offers
        made = Generator(self.contract, self.run_config.seed, self.run_config.examples, offers)
        _set_aside_what_lasts()
        return made

    @property
    def learned(self) -> tuple[tuple[str, str], ...]:
        """The secrets that the run has had or met so far, each with its name."""
        return self._secrets.known

    @property
    def accident(self) -> str:
        """Why this process could not write its evidence, or ""."""
        return self._journal.failure

    def begin_example(self) -> None:
        """A property or a state machine starts over."""
        self._recorder.begin_example()

    @contextmanager
    def _skipping_what_is_not_asked(self) -> Generating[None, None, None]:
        """What may not be asked, or is not worth asking, is neither passed nor failed; pytest shows it as skipped."""
        is_ours = self.run_config.profile.target.start is Start.EMBEDDED
        try:
            yield
        except ForbiddenError as refusal:
            raise OutOfScope(str(refusal)) from refusal
        except OutOfTimeError as end:
            self._out_of_time = str(end)
            raise NotAsked(str(end), Verdict.NONE) from end
        except SilentError as silence:
            words = f"the embedded reference server is at fault: {silence}" if is_ours else str(silence)
            raise NotAsked(words, Verdict.ERROR if is_ours else Verdict.INCONCLUSIVE) from silence

    # Collecting ----------------------------------------------------------------------------------------------------

    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        if plugin is self:
            manager.register(self._collection, "conformance-collection")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._write_header(session.config)
        _set_aside_what_lasts()

    def _write_header(self, config: pytest.Config) -> None:
        header = header_for(
            self.run_config,
            self.contract,
            worker=self._name,
            workers=self._workers,
            chosen=selection(config, str(self.run_config.shard or "")),
            requirements=self._collection.requirements(),
            tests=self._collection.tests,
            deselected=self._collection.deselected,
            catalogue=len({**places(), **own_places(self.run_config.also)}),
        )
        self._journal.write_header(header)
        self._has_begun = True

    # Running -------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generating[None, Any, Any]:
        self._recorder.begin_test(node_id(item))
        head = requirement_of(item)
        self.target.sender = sender(self.run_config, head.id if head else "")
        self.target.pacer.renew_patience()
        result = yield
        item.session.shouldstop = item.session.shouldstop or self.accident  # what is not written down is not judged
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)  # wrappers of pytest expect that the others have begun
    def pytest_runtest_setup(self) -> Generating[None, None, None]:
        with self._skipping_what_is_not_asked():
            self.target.liveness.require()
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generating[None, None, None]:
        with self._skipping_what_is_not_asked():
            yield

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        self._recorder.running.comparison = Comparison(op, left, right)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generating[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        head = requirement_of(item)
        if head and (call.when == "call" or (call.when == "setup" and call.excinfo)):
            self._record_outcome(head, item, call)
            self._excuse(report, head)
        if call.when == "teardown":
            running = self._recorder.running
            report.user_properties.append((PROPERTY, (running.asked, sorted(running.failed))))
        self._strike(report)
        return report

    def _record_outcome(self, head: Requirement, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        operations = operations_of(item, head)
        if reason := self._collection.reason(head):
            self._journal.write_outcome(Outcome(head.id, node_id(item), Verdict.NONE, "", operations, reason))
            return
        end = ending(call, self._recorder.running, head, own_key=self._own_key, home=item.path.parent)
        self._journal.write_outcome(
            Outcome(
                head.id,
                node_id(item),
                end.verdict,
                end.reason,
                operations,
                end.out_of_scope,
                self._recorder.running.seconds,
            )
        )
        if end.verdict is Verdict.FAIL:
            self._recorder.running.failed.add(head.id)
            self._journal.write_finding(self._finding(head, end, operations))

    def _excuse(self, report: pytest.TestReport, head: Requirement) -> None:
        """A test that runs only for its exchanges is not red for what it asserts, which is out of scope."""
        reason = self._collection.reason(head)
        if reason and report.failed:
            report.outcome = "skipped"
            report.longrepr = (str(report.location[0]), report.location[1] or 0, f"{head.id}: {reason}")

    @property
    def _own_key(self) -> str:
        """The principal of a key that the user gave, whose rights are not the target's doing."""
        return "full" if self.run_config.profile.target.start is Start.GIVEN else ""

    def _finding(self, head: Requirement, end: Ending, operations: tuple[str, ...]) -> Finding:
        return Finding(
            expected=end.expected,
            received=end.received,
            pointer=head.clause.pointer if head.clause.is_in_contract else "",
            requirement=head.id,
            operation=operations[0] if operations else "",
            exchanges=tuple(each.id for each in self._recorder.running.exchanges),
            test=self._recorder.running.test,
            subject=end.subject,
        )

    def _strike(self, report: pytest.TestReport) -> None:
        """Pytest shows the values of variables in a failure: a token, a device secret, or whatever a target sends."""
        shown = self._safe(report.longreprtext)
        if shown != report.longreprtext:
            report.longrepr = shown
        report.sections = [(name, self._safe(text)) for name, text in report.sections]

    def _safe(self, text: str) -> str:
        """Cut first: what is not shown needs no work."""
        return for_terminal(self._secrets.strike_text(text[: 2 * LONGEST_OUTPUT])) if text else text

    # Ending --------------------------------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self) -> None:
        self._is_interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._has_begun:  # a test module could not be imported: nothing was run, and the journal says so
            self.run_config = self.run_config.unusable("the suite could not be collected")
            self._write_header(session.config)
        self._recorder.begin_test("")
        if self._may_leave_something():
            for words in clean_up(self.target, self._seconds_for_clean_up):
                self._journal.write_outcome(Outcome("", "clean-up", Verdict.INCONCLUSIVE, f"left behind: {words}"))
        self._journal.write_opportunities(self._recorder.opportunities, self._recorder.examples)
        self._journal.write_footer(self.run_config.now, interrupted=self._is_interrupted, out_of_time=self._out_of_time)

    def _may_leave_something(self) -> bool:
        """An application made for the run is removed as a whole, and a target without state keeps nothing."""
        target = self.run_config.profile.target
        return target.start is Start.GIVEN and "state" in target.offers and not self.run_config.blockers

    @property
    def _seconds_for_clean_up(self) -> float:
        """What a run may take beyond its time, so that a slow target is not left with what was created there."""
        seconds = self.run_config.budget.seconds
        return max(seconds * _SHARE_OF_CLEAN_UP, _LEAST_FOR_CLEAN_UP) if seconds else math.inf


def _set_aside_what_lasts() -> None:
    """Libraries, tests and schemas live as long as the process. The garbage collector went through them, which
    took a twentieth of a run.
    """
    gc.freeze()
