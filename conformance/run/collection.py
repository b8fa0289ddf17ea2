"""Which tests of the suite a worker runs, by which requirement each is known, and by which seed it draws."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from conformance import checks
from conformance.cases.seed import derived_seed
from conformance.contract import Contract
from conformance.contract.clauses import objection
from conformance.costs import weights
from conformance.evidence.journal import NOT_SELECTED
from conformance.model import Requirement
from conformance.paths import SUITE
from conformance.requirement import catalogue, head_of
from conformance.run.config import RunConfig
from conformance.run.order import for_workers
from conformance.run.scope import may_ask, out_of_scope
from conformance.run.witnesses import can_show, named, unseen
from conformance.target.limits import UNLIMITED, Limits

_INNER = "__conformance_inner_test__"


class Collection:
    """begin_example: called before each example that a property draws, so that only the last one is its evidence."""

    def __init__(self, run_config: RunConfig, contract: Contract, begin_example: Callable[[], None]) -> None:
        self._run_config = run_config
        self._contract = contract
        self._begin_example = begin_example
        self._heads: list[Requirement] = list(checks.requirements())
        self._checks = tuple(self._heads)
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
        ours = [item for item in items if self._is_judged(item)]
        asked_for = named(self._checks, getattr(config.option, "keyword", ""))
        for item in ours:
            self._name(item, asked_for)
            self._prepare_property(item)
        left_out = [item for item in ours if self._run_config.blockers or self._is_left_out(item)]
        witnesses = self._witnesses([item for item in ours if item not in left_out], left_out, self._run_config.limits)
        left_out = [item for item in left_out if item not in witnesses]
        self._in_scope = [item for item in ours if item not in left_out]
        taken = self._of_this_shard(ours)
        gone = [*left_out, *(item for item in self._in_scope if node_id(item) not in taken)]
        if gone:
            items[:] = [item for item in items if item not in gone]
            config.hook.pytest_deselected(items=gone)
        self._put_in_order(items)

    def _put_in_order(self, items: list[pytest.Item]) -> None:
        by_name = {node_id(item): item for item in items}
        owners = {name: head.id for name, item in by_name.items() if (head := requirement_of(item))}
        costs = weights(owners, self._run_config.examples)
        if len(by_name) == len(items):  # a test may be asked for twice
            items[:] = [by_name[name] for name in for_workers([*by_name], costs, self._run_config.workers)]

    def _is_judged(self, item: pytest.Item) -> bool:
        """A test of the suite, or one with a requirement where the user has their own."""
        if SUITE in item.path.parents:
            return True
        homes = {item.path, *item.path.parents} & set(self._run_config.also)
        return bool(homes) and requirement_of(item) is not None

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

    def _name(self, item: pytest.Item, asked_for: list[Requirement]) -> None:
        """`-k DEV-07` finds the test of DEV-07, and `-k RSP-01`, which is a check, the tests that can show it."""
        head = requirement_of(item)
        if head:
            shown = (check.id for check in asked_for if can_show(check, operations_of(item, head)))
            item.extra_keyword_matches.update((head.id, *shown))
            self._heads.append(head)

    def _witnesses(self, in_scope: list[pytest.Item], left_out: list[pytest.Item], limits: Limits) -> list[pytest.Item]:
        """Tests that run only for their exchanges, because the scope names a check that no other test can show."""
        scope, blockers = self._run_config.profile.scope, self._run_config.blockers
        if not scope.only or blockers:
            return []
        missed = list(unseen(self._checks, scope.only, [*_with_operations(in_scope)]))
        anywhere = replace(self._run_config.profile, scope=replace(scope, only=()))
        return [
            item
            for item, (head, operations) in zip(left_out, _with_operations(left_out), strict=True)
            if any(can_show(check, operations) for check in missed)
            and not out_of_scope(head, anywhere, limits)
            and all(may_ask(each, anywhere, limits) for each in operations)
        ]

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

    def _of_this_shard(self, items: list[pytest.Item]) -> frozenset[str]:
        """The node ids of the tests of this shard. The profile alone decides which tests are dealt out: what one
        machine finds out about its key moves no test to another shard.
        """
        profile, shard = self._run_config.profile, self._run_config.shard
        if shard is None:
            return frozenset(map(node_id, items))
        in_scope = [item for item in items if (head := requirement_of(item)) is None or not out_of_scope(head, profile)]
        others = [item for item in items if item not in in_scope]
        dealt = [*in_scope, *self._witnesses(in_scope, others, UNLIMITED)]
        owners = {node_id(item): head.id if (head := requirement_of(item)) else "" for item in dealt}
        return shard.of_all(weights(owners, self._run_config.examples))

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


def _with_operations(items: Iterable[pytest.Item]) -> Iterator[tuple[Requirement, tuple[str, ...]]]:
    """The requirement and the operations of each test; what the scope leaves out has a requirement."""
    for item in items:
        head = requirement_of(item)
        if head:
            yield head, operations_of(item, head)


def node_id(item: pytest.Item) -> str:
    """The pytest node id from the suite on, the same in every folder in which pytest may be started; for a test of the
    user's own, from that folder on.
    """
    name = item.nodeid.partition("::")[2]
    if SUITE in item.path.parents:
        return f"conformance/suite/{item.path.relative_to(SUITE).as_posix()}::{name}"
    return f"{Path(os.path.relpath(item.path, item.config.invocation_params.dir)).as_posix()}::{name}"


def function_of(item: pytest.Item) -> Any:
    return getattr(item, "function", None)


def requirement_of(item: pytest.Item) -> Requirement | None:
    return head_of(function_of(item))


def operations_of(item: pytest.Item, head: Requirement) -> tuple[str, ...]:
    """The operations that one of several parametrized tests asks, or all that its requirement names."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    labels = [parameters.get("operation", ""), *(getattr(each, "operation", "") for each in parameters.values())]
    return tuple(filter(None, labels)) or head.operations
