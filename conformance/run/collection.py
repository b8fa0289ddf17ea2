"""Which tests of the suite a worker runs, by which requirement each is known, and by which seed it draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import hypothesis
import pytest

from conformance import checks
from conformance.cases.generator import derived_seed
from conformance.contract import Contract
from conformance.contract.clauses import objection
from conformance.evidence.journal import NOT_SELECTED
from conformance.model import Requirement
from conformance.paths import SUITE
from conformance.requirement import catalogue, head_of
from conformance.run.config import RunConfig
from conformance.run.scope import may_ask, out_of_scope

_INNER = "__conformance_inner_test__"


class Collection:
    """begin_example: called before each example that a property draws, so that only the last one is its evidence."""

    def __init__(self, run_config: RunConfig, contract: Contract, begin_example: Callable[[], None]) -> None:
        self._run_config = run_config
        self._contract = contract
        self._begin_example = begin_example
        self._heads: list[Requirement] = list(checks.requirements())
        self._left_out: dict[str, str] = {}
        self._in_scope: list[pytest.Item] = []
        self._selected: list[pytest.Item] = []

    @property
    def tests(self) -> tuple[str, ...]:
        """The node ids of the selected tests."""
        return tuple(node_id(item) for item in self._selected)

    @property
    def deselected(self) -> tuple[str, ...]:
        """The node ids of the tests that the profile has in scope and that were not selected."""
        return tuple(node_id(item) for item in self._in_scope if item not in self._selected)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        ours = [item for item in items if SUITE in item.path.parents]
        for item in ours:
            self._name(item)
            self._prepare_property(item)
        left_out = [item for item in ours if self._run_config.blockers or self._is_left_out(item)]
        self._in_scope = [item for item in ours if item not in left_out]
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            head = requirement_of(item)
            if head and not self.reason(head) and not self._run_config.blockers:
                self._left_out.setdefault(head.id, NOT_SELECTED)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Whatever left a test out, an option or a plugin that does not say so, it was not selected."""
        self._selected = [item for item in self._in_scope if item in session.items]
        self.pytest_deselected([item for item in self._in_scope if item not in session.items])
        for item in self._selected:
            head = requirement_of(item)
            if head:
                self._left_out.pop(head.id, None)

    def requirements(self) -> Iterator[tuple[Requirement, str]]:
        """Every requirement known so far, each with why this run leaves it out, or ""."""
        for head in catalogue(self._heads).values():
            yield head, self.reason(head) or self._left_out.get(head.id, "")

    def reason(self, head: Requirement) -> str:
        """Why the contract or the profile leaves a requirement out, or ""."""
        profile, limits = self._run_config.profile, self._run_config.limits
        return objection(self._contract, head) or out_of_scope(head, profile, limits)

    def _name(self, item: pytest.Item) -> None:
        """`-k DEV-07` finds the test of DEV-07."""
        head = requirement_of(item)
        if head:
            item.extra_keyword_matches.add(head.id)
            self._heads.append(head)

    def _prepare_property(self, item: pytest.Item) -> None:
        """Seed a property by its requirement, so that moving the test changes no example, and announce each example."""
        function = function_of(item)
        if not hypothesis.is_hypothesis_test(function):
            return
        head = requirement_of(item)
        hypothesis.seed(derived_seed(self._run_config.seed, head.id if head else node_id(item)))(function)
        handle = function.hypothesis
        inner = getattr(function, _INNER, handle.inner_test)  # a process may run the suite several times
        setattr(function, _INNER, inner)
        handle.inner_test = self._announced(inner)

    def _announced(self, inner: Callable[..., None]) -> Callable[..., None]:
        @wraps(inner)
        def example(*args: Any, **named: Any) -> None:
            self._begin_example()
            inner(*args, **named)

        return example

    def _is_left_out(self, item: pytest.Item) -> bool:
        """A test that asks several operations, one after the other, needs them all."""
        head = requirement_of(item)
        if head is None or self.reason(head):
            return head is not None
        gone = [each for each in operations_of(item, head) if each in self._contract.difference.gone]
        if gone:
            self._left_out[head.id] = f"{self._contract.name} has no {gone[0]}"
            return True
        profile, limits = self._run_config.profile, self._run_config.limits
        unasked = [each for each in operations_of(item, head) if not may_ask(each, profile, limits)]
        if unasked:
            because = f"the profile {profile.name} does not allow all of its operations"
            self._left_out[head.id] = limits.refusal_of_all(unasked[0], profile.world) or because
        return bool(unasked)


def node_id(item: pytest.Item) -> str:
    """The pytest node id from the suite on, the same in every folder in which pytest may be started."""
    return f"conformance/suite/{item.path.relative_to(SUITE).as_posix()}::{item.nodeid.partition('::')[2]}"


def function_of(item: pytest.Item) -> Any:
    return getattr(item, "function", None)


def requirement_of(item: pytest.Item) -> Requirement | None:
    return head_of(function_of(item))


def operations_of(item: pytest.Item, head: Requirement) -> tuple[str, ...]:
    """The operations that one of several parametrized tests asks, or all that its requirement names."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    labels = [parameters.get("operation", ""), *(getattr(each, "operation", "") for each in parameters.values())]
    return tuple(filter(None, labels)) or head.operations
