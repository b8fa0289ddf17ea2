"""One worker of a load: a lost message is found whenever the load ends, and what could not be removed is named."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.command_line import KEY_VARIABLE
from conformance.load.beat import EndOfLoadError
from conformance.load.flows import Flow
from conformance.load.master import Master, config_of
from conformance.load.settings import settings_of
from conformance.load.worker import User, Worker
from conformance.reference.parts import Parts
from conformance.reference.server import serving_in_thread
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request
from conformance.run.options import contract_of
from conformance.selftest.load.test_flows import BY_NAME
from conformance.selftest.load.test_preparation import options

SETTINGS = settings_of("20,40", "1s", "1")


class LosesMessages(Service):
    """Shows no message that was published."""

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        if request.method == "GET" and bytes(request.path).endswith(b"/messages"):
            kept = [each for each in answer.headers if each[0].lower() != b"content-length"]
            return replace(answer, body=b"[]", headers=kept)
        return answer


class RefusesRemoval(Service):
    """Answers 429 to each DELETE of a device or a subscription, and removes nothing."""

    def answer(self, request: Request) -> Answer:
        if request.method == "DELETE" and b"/push/" in bytes(request.path):
            return replace(super().answer(replace(request, method="GET")), status=429)
        return super().answer(request)


def worker_of(master: Master, flow: Flow) -> Worker:
    brief = master.brief()
    config = config_of(brief)
    worker = Worker(config, contract_of(config.profile), SETTINGS, brief.worker, brief.workers, lambda *_: None)
    worker.draw = lambda: flow
    return worker


def patient(folder: Path, seconds: float) -> Path:
    profile = folder / "mine.toml"
    profile.write_text(f'extends = "sandbox"\n[pace]\npatience = {seconds}\n')
    return profile


def play_until_the_end(user: User) -> threading.Thread:
    def play() -> None:
        try:
            while True:
                user.play()
        except EndOfLoadError:
            return

    thread = threading.Thread(target=play)
    thread.start()
    return thread


@pytest.fixture
def losing(tmp_path):
    """A worker whose only user publishes messages that are lost, and the master."""
    with serving_in_thread(Parts(service=LosesMessages)) as url:
        master = Master(options(tmp_path / "load", patient(tmp_path, 2.5)), url, SETTINGS)
        master.prepare()
        yield worker_of(master, BY_NAME["publish_in_company"]), master
        master.release()


def test_a_message_is_missed_although_the_load_ends_before_patience(losing):
    worker, master = losing
    worker.begin(0)
    user = play_until_the_end(worker.user())
    time.sleep(1)
    worker.end()
    user.join(timeout=20)

    assert worker.tallies[0].findings["CON-01"] == 1
    master.take_part("w1", worker.journal())
    master.take_tallies("w1", worker.tallies)
    assert {each.requirement for each in master.conclude(is_interrupted=False).evidence.findings} == {"CON-01"}


def test_a_message_is_missed_at_the_rate_at_which_it_was_published(losing):
    worker, _ = losing
    worker.begin(0)
    user = play_until_the_end(worker.user())
    time.sleep(1)
    worker.begin(1)
    worker.end()
    user.join(timeout=20)

    assert [each.findings["CON-01"] for each in worker.tallies] == [1, 0]


def test_a_step_that_is_shorter_than_patience_is_noted(losing):
    _, master = losing

    noted = master.conclude(is_interrupted=False).evidence.header.circumstances
    (words,) = [each for each in noted if "waits" in each]
    assert words == (
        "a rate lasts 1 s, and a client waits up to 2.5 s for what it published: such reads go on at the next rate, "
        "and their findings count for the rate of the publish"
    )


def test_what_the_target_refuses_to_remove_is_named(tmp_path):
    with serving_in_thread(Parts(service=RefusesRemoval)) as url:
        master = Master(options(tmp_path / "load", patient(tmp_path, 0.5)), url, SETTINGS)
        master.prepare()
        worker = worker_of(master, BY_NAME["register_and_push"])
        worker.begin(0)
        worker.user().play()
        worker.end()
        master.take_part("w1", worker.journal())
        master.release()
        noted = master.conclude(is_interrupted=False).evidence.header.circumstances

    (words,) = [each for each in noted if each.startswith("left behind by w1: 2 resources")]
    assert "DELETE /push/deviceRegistrations/" in words
    assert "DELETE /push/channelSubscriptions?" in words


@pytest.mark.parametrize("key", ["", "app.key:of-another-application", "garbage"])
def test_a_worker_judges_by_the_profile_of_the_master_whatever_key_its_machine_has(tmp_path, monkeypatch, key):
    """Without --profile a run chooses one by target and key, and a worker is told of a target."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    master = Master(options(tmp_path / "load"), "", SETTINGS)
    try:
        master.prepare()
        monkeypatch.setenv(KEY_VARIABLE, key)
        config = config_of(master.brief())
        told = master.brief()
    finally:
        master.release()

    assert config.profile.name == "reference"
    assert config.profile.pace.patience == master.patience
    assert config.notes == ()
    assert {name: each.text for name, each in config.keys.items()} == told.keys
