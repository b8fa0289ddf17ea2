"""Flows of a load against the reference server: they see what is wrong, and leave nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from conformance import profile
from conformance.contract import load
from conformance.load.flows import FLOWS, Player, Rooms, Sight, playable
from conformance.load.settings import OPTIONS, settings_of
from conformance.model import Exchange
from conformance.names import Names
from conformance.profile import ScopeSection
from conformance.reference.mutants import parts_of
from conformance.reference.parts import UNMODIFIED
from conformance.reference.server import serving_in_thread
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, basic
from conformance.target.limits import UNLIMITED, Limits
from conformance.target.pacer import Pace
from conformance.target.provisioning import provision

CONTRACT = load("all")
BY_NAME = {each.play.__name__: each for each in FLOWS}


def players_at(url: str, count: int, sights: list[Sight], exchanges: list[Exchange]) -> list[Player]:
    """Users of one application, which share their names."""
    names, pace = Names("conf-7f3a-w1"), Pace(5.0, 0.2)
    rooms = Rooms(names)
    maker = Target(url, CONTRACT, {"nobody": NOBODY}, pace=pace, names=names, observer=lambda _: None)
    key = provision(maker).keys["full"]

    def target() -> Target:
        return Target(url, CONTRACT, {"full": basic("full", key)}, pace=pace, names=names, observer=exchanges.append)

    return [Player(target(), key, 0, rooms.enter, sights.append) for _ in range(count)]


def player_at(url: str, sights: list[Sight], exchanges: list[Exchange]) -> Player:
    return players_at(url, 1, sights, exchanges)[0]


@pytest.fixture(scope="module")
def reference():
    with serving_in_thread(UNMODIFIED) as url:
        yield url


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_a_flow_asks_its_operations_and_sees_nothing_wrong(reference, name):
    sights: list[Sight] = []
    exchanges: list[Exchange] = []
    BY_NAME[name].play(player_at(reference, sights, exchanges))

    assert {each.operation for each in exchanges} == set(BY_NAME[name].operations)
    assert [each.response.status for each in exchanges if each.response.status >= 300] == []
    assert [each.finding for each in sights if each.finding] == []


def test_flows_remove_what_they_made(reference):
    player = player_at(reference, [], [])
    for flow in FLOWS:
        flow.play(player)

    assert player.target.ledger.latest_first()
    assert player.target.get("/push/deviceRegistrations").body == []
    assert player.target.get("/push/channelSubscriptions").body == []


@pytest.mark.parametrize(
    ("mutant", "requirement"),
    [
        ("the-later-publish-wins", "CON-01"),
        ("answers-are-mixed-up", "CON-05"),
        ("history-is-cached-for-all", "CON-06"),
    ],
)
def test_what_only_several_answers_show_is_told(mutant, requirement):
    sights: list[Sight] = []
    with serving_in_thread(parts_of(mutant)) as url, ThreadPoolExecutor(4) as users:
        players = players_at(url, 4, sights, [])
        for _ in range(3):
            list(users.map(BY_NAME["publish_and_read"].play, players))

    found = [each for each in sights if each.finding]
    assert requirement in {each.requirement for each in found}
    assert all(each.exchanges for each in found)


# Which are played ----------------------------------------------------------------------------------------------------


def names_of(chosen, limits=UNLIMITED) -> set[str]:
    return {each.play.__name__ for each in playable(chosen, limits, CONTRACT)}


def test_a_full_profile_plays_every_flow():
    assert names_of(profile.load("reference")) == set(BY_NAME)


def test_a_read_only_profile_plays_nothing_that_writes():
    assert names_of(profile.load("read-only")) == {
        "list_channels",
        "look_at_presence",
        "read_statistics",
        "read_time",
    }


def test_a_scope_leaves_out_each_flow_that_needs_more():
    scoped = replace(profile.load("reference"), scope=ScopeSection(operations=("GET /time",)))

    assert names_of(scoped) == {"read_time"}


def test_a_key_plays_what_it_may_do():
    assert "register_and_push" not in names_of(profile.load("live"), Limits({"*": frozenset({"publish", "history"})}))
    assert "publish_and_read" in names_of(profile.load("live"), Limits({"*": frozenset({"publish", "history"})}))


def test_a_few_share_a_room():
    rooms = Rooms(Names("conf-7f3a-w1"))

    entered = [rooms.enter() for _ in range(100)]

    assert len(set(entered)) == 3
    assert entered[0] == entered[39] != entered[40]


def test_the_settings_of_a_load_have_defaults():
    defaults = {name: how["default"] for name, how in OPTIONS.items()}

    assert settings_of(defaults["--rates"], defaults["--step"], defaults["--judge-every"]).rates == (50, 100, 200)
