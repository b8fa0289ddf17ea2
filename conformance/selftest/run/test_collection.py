"""`run.collection` selects the tests of a run, seeds its properties, and announces each example that they draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conformance.cases.seed import draw_by_seed_alone
from conformance.contract import load
from conformance.evidence.journal import NOT_SELECTED
from conformance.model import MUST, Clause
from conformance.paths import SUITE
from conformance.profile import parse
from conformance.requirement import EVERY_OPERATION, requirement
from conformance.run.collection import Collection, node_id, operations_of, requirement_of
from conformance.run.config import RunConfig
from conformance.run.shard import Shard
from conformance.selftest.harness.exchanges import exchange
from conformance.selftest.run.test_recorder import recorder  # noqa: F401  a fixture

CONTRACT = load()
TIME, STATS, PUBLISH = "GET /time", "GET /stats", "POST /channels/{channel_id}/messages"
DRAWING = settings(max_examples=20, deadline=None, database=None, phases=(Phase.explicit, Phase.generate, Phase.shrink))
NUMBERS = st.integers(0, 10**9)


def run_config(seed: int = 7, blockers: tuple[str, ...] = (), shard: Shard | None = None, **sections) -> RunConfig:
    return RunConfig(
        run="7f3a99",
        profile=parse("mine", sections),
        url="http://127.0.0.1:1",
        seed=seed,
        parent=Path("reports"),
        folder=Path("reports/x"),
        started=1_795_000_000.0,
        reproduce="ably-conformance run --seed 7",
        keys={},
        blockers=blockers,
        shard=shard,
    )


def headed(function: Callable, id_: str, *operations: str) -> Callable:
    clause = Clause("#/paths/~1time/get", "time")
    return requirement(id_, MUST, f"The title of {id_}", clause=clause, operations=operations or EVERY_OPERATION)(
        function
    )


def scenario(id_: str, *operations: str) -> Callable:
    def test() -> None: ...

    return headed(test, id_, *operations)


def item(function: Callable, name: str = "push/test_push.py::test_x", **parameters) -> SimpleNamespace:
    path = SUITE / name.partition("::")[0]
    return SimpleNamespace(
        function=function,
        path=path,
        nodeid=f"elsewhere/{name}",
        extra_keyword_matches=set(),
        callspec=SimpleNamespace(params=parameters),
        config=SimpleNamespace(invocation_params=SimpleNamespace(dir=SUITE.parent)),
    )


class Session:
    """A pytest session whose plugins may leave out further tests, with and without a word."""

    def __init__(self, collection: Collection, *items: SimpleNamespace, keyword: str = "") -> None:
        self.collection = collection
        self.items = list(items)
        hook = SimpleNamespace(pytest_deselected=collection.pytest_deselected)
        self.config = SimpleNamespace(hook=hook, option=SimpleNamespace(keyword=keyword))
        collection.pytest_collection_modifyitems(self.config, self.items)

    def deselect(self, *items: SimpleNamespace) -> None:
        self.drop(*items)
        self.collection.pytest_deselected(list(items))

    def drop(self, *items: SimpleNamespace) -> None:
        self.items = [each for each in self.items if each not in items]

    def reasons(self, *ids: str) -> dict[str, str]:
        self.collection.pytest_collection_finish(self)
        found = {head.id: reason for head, reason in self.collection.requirements()}
        return {id_: found[id_] for id_ in ids}


def collecting(*items: SimpleNamespace, keyword: str = "", **facts) -> Session:
    return Session(Collection(run_config(**facts), CONTRACT, lambda: None), *items, keyword=keyword)


# Selection -----------------------------------------------------------------------------------------------------------


def test_every_collected_test_is_selected():
    one, other = item(scenario("DEV-07"), "push/test_a.py::test_x"), item(scenario("TIM-01"), "test_b.py::test_y[1]")
    session = collecting(one, other)

    assert session.reasons("DEV-07", "TIM-01") == {"DEV-07": "", "TIM-01": ""}
    assert session.collection.tests == (
        "conformance/suite/push/test_a.py::test_x",
        "conformance/suite/test_b.py::test_y[1]",
    )
    assert session.collection.deselected == ()


def test_a_test_is_selected_by_its_requirement_id():
    one = item(scenario("DEV-07"))
    collecting(one)

    assert one.extra_keyword_matches == {"DEV-07"}


def test_a_deselected_test_is_not_selected():
    one, other = item(scenario("DEV-07"), "a.py::test_x"), item(scenario("TIM-01"), "b.py::test_y")
    session = collecting(one, other)
    session.deselect(one)

    assert session.reasons("DEV-07", "TIM-01") == {"DEV-07": NOT_SELECTED, "TIM-01": ""}
    assert session.collection.deselected == (node_id(one),)


def test_a_test_that_a_plugin_drops_without_a_word_is_not_selected():
    one, other = item(scenario("DEV-07"), "a.py::test_x"), item(scenario("TIM-01"), "b.py::test_y")
    session = collecting(one, other)
    session.drop(other)

    assert session.reasons("DEV-07", "TIM-01") == {"DEV-07": "", "TIM-01": NOT_SELECTED}
    assert session.collection.tests == (node_id(one),)
    assert session.collection.deselected == (node_id(other),)


def test_a_requirement_is_selected_if_one_of_its_tests_is():
    head = scenario("DEV-07", TIME, STATS)
    one, other = item(head, "a.py::test_x[1]", operation=TIME), item(head, "a.py::test_x[2]", operation=STATS)
    session = collecting(one, other)
    session.deselect(one)

    assert session.reasons("DEV-07") == {"DEV-07": ""}
    assert session.collection.deselected == (node_id(one),)


def test_tests_outside_of_the_suite_are_left_alone():
    foreign = item(scenario("DEV-07"))
    foreign.path = SUITE.parent / "selftest" / "test_x.py"
    session = collecting(foreign, scope={"only": ["TIM"]})

    assert session.items == [foreign]
    session.collection.pytest_collection_finish(session)
    assert session.collection.tests == ()


def test_a_test_out_of_the_scope_of_the_profile_is_no_deselected_one():
    one, other = item(scenario("DEV-07"), "a.py::test_x"), item(scenario("TIM-01"), "b.py::test_y")
    session = collecting(one, other, scope={"only": ["TIM"]})

    assert session.items == [other]
    reasons = session.reasons("DEV-07", "TIM-01")
    assert reasons == {"DEV-07": "the profile mine leaves it out", "TIM-01": ""}
    assert session.collection.deselected == ()


def test_a_test_of_an_operation_that_the_profile_does_not_allow_is_left_out():
    whole = item(scenario("DEV-07", TIME, PUBLISH), "a.py::test_x")
    head = scenario("DEV-08", TIME, PUBLISH)
    read, write = item(head, "b.py::test_y[1]", operation=TIME), item(head, "b.py::test_y[2]", operation=PUBLISH)
    session = collecting(whole, read, write, target={"blast_radius": "read-only"})

    assert session.items == [read]
    assert session.reasons("DEV-07", "DEV-08") == {
        "DEV-07": "the profile mine does not allow all of its operations",
        "DEV-08": "",
    }


def test_a_blocked_run_selects_nothing_and_leaves_every_requirement_in_scope():
    one = item(scenario("DEV-07"))
    session = collecting(one, blockers=("connection refused",))

    assert session.items == []
    assert session.reasons("DEV-07") == {"DEV-07": ""}
    assert (session.collection.tests, session.collection.deselected) == ((), ())


def test_requirements_are_in_the_order_of_their_ids_and_include_those_of_checks():
    session = collecting(item(scenario("TIM-01"), "b.py::test_y"), item(scenario("DEV-07"), "a.py::test_x"))

    ids = [head.id for head, _ in session.collection.requirements()]
    assert ids == sorted(ids)
    assert {"DEV-07", "TIM-01", "RSP-01"} <= set(ids)


def test_a_node_id_begins_at_the_suite():
    assert node_id(item(scenario("DEV-07"), "push/test_a.py::test_x[GET /time]")) == (
        "conformance/suite/push/test_a.py::test_x[GET /time]"
    )


@pytest.mark.parametrize(
    ("parameters", "operations"),
    [
        ({}, (TIME, STATS)),
        ({"operation": STATS}, (STATS,)),
        ({"read": SimpleNamespace(operation=TIME), "number": 5}, (TIME,)),
        ({"number": 5}, (TIME, STATS)),
    ],
)
def test_the_operations_of_a_test_are_those_of_its_parameters_or_of_its_requirement(parameters, operations):
    function = scenario("DEV-07", TIME, STATS)

    head = Collection(run_config(), CONTRACT, lambda: None)
    one = item(function, **parameters)
    Session(head, one)

    assert operations_of(one, requirement_of(one)) == operations


# Properties ----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="module")
def _as_a_run_draws():
    draw_by_seed_alone()


def drawing(id_: str, drawn: list[int]) -> Callable:
    @DRAWING
    @given(NUMBERS)
    def test(number: int) -> None:
        drawn.append(number)

    return headed(test, id_)


def drawn_by(id_: str, name: str = "a.py::test_x", seed: int = 7) -> list[int]:
    drawn: list[int] = []
    property_ = drawing(id_, drawn)
    collecting(item(property_, name), seed=seed)
    property_()
    return drawn


def test_a_property_is_seeded_by_its_requirement():
    first = drawn_by("DEV-07", "push/test_a.py::test_x")

    assert len(first) == 20
    assert drawn_by("DEV-07", "channels/test_b.py::test_other") == first
    assert drawn_by("DEV-08", "push/test_a.py::test_x") != first


def test_the_seed_of_the_run_is_part_of_that_of_a_property():
    assert drawn_by("DEV-07", seed=8) != drawn_by("DEV-07", seed=7)


def test_a_property_without_requirement_is_seeded_by_its_node_id():
    def drawn(name: str) -> list[int]:
        values: list[int] = []

        @DRAWING
        @given(NUMBERS)
        def test(number: int) -> None:
            values.append(number)

        collecting(item(test, name))
        test()
        return values

    assert drawn("a.py::test_x") == drawn("a.py::test_x")
    assert drawn("a.py::test_x") != drawn("a.py::test_y")


def test_a_property_announces_each_example():
    events: list[object] = []
    property_ = drawing("DEV-07", events)
    Session(Collection(run_config(), CONTRACT, lambda: events.append("begin")), item(property_))

    property_()

    assert events[::2] == ["begin"] * 20
    assert "begin" not in events[1::2]


def test_a_property_that_is_collected_twice_announces_each_example_once():
    """A process may run the suite several times, and the matrix of mutants does."""
    events: list[object] = []
    property_ = drawing("DEV-07", events)
    for _ in range(2):
        Session(Collection(run_config(), CONTRACT, lambda: events.append("begin")), item(property_))

    property_()

    assert events[:4:2] == ["begin", "begin"]
    assert "begin" not in events[1::2]


def test_a_test_that_is_no_property_is_left_as_it_is():
    function = scenario("DEV-07")
    attributes = dict(vars(function))
    collecting(item(function))

    assert vars(function) == attributes


# The evidence of a property ------------------------------------------------------------------------------------------


def test_only_the_exchanges_of_the_last_example_are_its_evidence(recorder):  # noqa: F811
    """Hypothesis draws and shrinks in many examples; the last one is the smallest that fails."""
    sent: list[str] = []

    @DRAWING
    @given(st.lists(st.integers(0, 100), max_size=6))
    def test(numbers: list[int]) -> None:
        for number in numbers:
            made = replace(exchange(), id=f"x{len(sent)}", operation=TIME, defect=str(number))
            sent.append(made.id)
            recorder.observe(made)
        assert not any(number > 50 for number in numbers)

    property_ = headed(test, "DEV-07")
    Session(Collection(run_config(), CONTRACT, recorder.begin_example), item(property_))
    recorder.begin_test("test_x")

    with pytest.raises(AssertionError):
        property_()

    kept = recorder.running.exchanges
    assert len(sent) > 20
    assert [each.defect for each in kept] == ["51"]
    assert [each.id for each in kept] == sent[-1:]
    assert {each.sequence for each in kept} == {recorder.running.sequence}
    assert {each.test for each in kept} == {"test_x"}


# Checks --------------------------------------------------------------------------------------------------------------


def test_a_check_is_selected_by_the_tests_that_can_show_it():
    one = item(scenario("DEV-07"))
    collecting(one, keyword="RSP-01 or HDR-01")

    assert one.extra_keyword_matches == {"DEV-07", "RSP-01", "HDR-01"}


def test_an_area_selects_its_own_tests_alone():
    one = item(scenario("DEV-07"))
    collecting(one, keyword="RSP")

    assert one.extra_keyword_matches == {"DEV-07"}


def test_a_scope_of_a_check_runs_the_tests_that_can_show_it_and_does_not_judge_them():
    one, other = item(scenario("DEV-07"), "a.py::test_x"), item(scenario("TIM-01"), "b.py::test_y")
    session = collecting(one, other, scope={"only": ["RSP-01"], "without": ["TIM"]})

    assert session.reasons("DEV-07", "RSP-01") == {"DEV-07": "the profile mine leaves it out", "RSP-01": ""}
    assert session.collection.tests == ("conformance/suite/a.py::test_x",)


def test_a_scope_with_tests_that_show_its_checks_runs_no_others():
    one, other = item(scenario("DEV-07"), "a.py::test_x"), item(scenario("TIM-01"), "b.py::test_y")
    session = collecting(one, other, scope={"only": ["RSP-01", "TIM-01"]})
    session.reasons("TIM-01")

    assert session.collection.tests == ("conformance/suite/b.py::test_y",)
