"""What a load does before its first request: it asks only what the profile allows, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.command_line import KEY_VARIABLE
from conformance.load.master import Master
from conformance.load.settings import OPTIONS, settings_of
from conformance.names import Names
from conformance.reference.parts import UNMODIFIED
from conformance.reference.server import serving_in_thread
from conformance.selftest.load.test_flows import CONTRACT
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, basic
from conformance.target.pacer import Pace
from conformance.target.provisioning import provision

SETTINGS = settings_of("10", "1s", "3")
SUBSCRIPTIONS = "/push/channelSubscriptions"


def options(into: Path, profile: Path | str = "") -> dict[str, str]:
    defaults = {name: how["default"] for name, how in OPTIONS.items()}
    return {**defaults, "--into": str(into), "--profile": str(profile)}


def owner_of_an_application(url: str) -> tuple[Target, str]:
    """A target that may do everything there, and its key."""
    made_with = {"pace": Pace(5.0, 0.2), "names": Names("conf-7f3a-own"), "observer": lambda _: None}
    key = provision(Target(url, CONTRACT, {"nobody": NOBODY}, **made_with)).keys["full"]
    return Target(url, CONTRACT, {"full": basic("full", key)}, **made_with), key.text


@pytest.fixture(scope="module")
def reference():
    with serving_in_thread(UNMODIFIED) as url:
        yield url


def test_the_command_that_repeats_a_load_names_its_workers(reference, tmp_path):
    master = Master(options(tmp_path / "load"), reference, SETTINGS, workers=3)

    command = master.conclude(is_interrupted=False).evidence.header.reproduce
    assert command.startswith(f"ably-conformance load --target {reference} --workers 3 ")


def test_a_subscription_that_could_not_be_removed_is_not_made(reference, tmp_path, monkeypatch):
    owner, key = owner_of_an_application(reference)
    monkeypatch.setenv(KEY_VARIABLE, key)
    profile = tmp_path / "mine.toml"
    profile.write_text(f'[target]\nstart = "given"\n[scope]\nwithout = ["DELETE {SUBSCRIPTIONS}"]\n')
    master = Master(options(tmp_path / "load", profile), reference, SETTINGS)
    master.prepare()
    master.release()

    assert not master.is_blocked
    assert owner.get(SUBSCRIPTIONS).body == []
