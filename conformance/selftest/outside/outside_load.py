"""Loads as a user starts them: a master and two workers of Locust, against servers whose faults are known.

    pytest conformance/selftest/outside/outside_load.py

It needs Locust (the extra `load`), and a few minutes.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
import requests

import conformance.load
from conformance.reference.parts import UNMODIFIED, Parts
from conformance.reference.server import serving_in_thread
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request
from conformance.selftest.harness.runs import environment

PATIENCE = 240
CALL = [sys.executable, "-c", "from conformance.cli import main; main()", "load"]
LOCUSTFILE = Path(conformance.load.__file__).with_name("locustfile.py")


@dataclass(frozen=True)
class Load:
    status: int
    said: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    @property
    def rates(self) -> list[dict[str, Any]]:
        return self.report["load"]["rates"]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "journal.jsonl").read_text().splitlines()]

    @property
    def last_lines(self) -> list[str]:
        return self.said.splitlines()[-2:]


@contextmanager
def started(folder: Path, *arguments: str, **env: str) -> Iterator[subprocess.Popen[str]]:
    command = [*CALL, "--workers=2", f"--into={folder}", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment(**env), stdout=pipe, stderr=subprocess.STDOUT, text=True, cwd=folder.parent
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def load(folder: Path, *arguments: str, **env: str) -> Load:
    with started(folder, *arguments, **env) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    return Load(process.returncode, said, folder)


PORT = 15_557 + os.getpid() % 10_000


def locust(file: Path) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(file), "--skip-log-setup"]


def led(folder: Path, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A load whose master is started as a user of Locust starts it, and that expects one worker."""
    place = ["--master-bind-host=127.0.0.1", f"--master-bind-port={PORT}", "--expect-workers=1"]
    return subprocess.run(
        [*locust(file), "--headless", "--master", *place, *arguments],
        env=environment(),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def following(file: Path) -> Iterator[None]:
    """A worker of such a load."""
    command = [*locust(file), "--worker", "--master-host=127.0.0.1", f"--master-port={PORT}"]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL) as worker:
        try:
            yield
            worker.wait(timeout=30)
        finally:
            worker.terminate()


def workers_of(finding: dict[str, Any]) -> set[str]:
    """The workers whose exchanges a finding names."""
    return {each.split("-")[2] for each in finding["exchanges"]}


# A correct server ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def correct(tmp_path_factory) -> Load:
    return load(tmp_path_factory.mktemp("correct") / "load", "--rates=20,60", "--step=8s", "--judge-every=5")


def test_a_correct_server_holds_at_every_rate(correct):
    assert correct.status == 0, correct.said
    assert [each["findings"] for each in correct.rates] == [{}, {}]
    assert [each["asked"] for each in correct.rates] == [20, 60]
    assert all(each["reached"] >= 0.9 * each["asked"] for each in correct.rates)
    assert all(each["judged"] for each in correct.rates)
    answer, sentence = correct.last_lines
    assert answer.startswith("the contract held at every rate up to 60 requests a second")
    assert sentence.startswith("no fail observed")
    assert "observed, under load: 20, 60 requests a second" in sentence


def test_all_processes_are_in_one_journal(correct):
    headers = [each for each in correct.records if each["kind"] == "header"]
    asked = {each["id"].split("-")[2] for each in correct.records if each["kind"] == "exchange"}

    assert [each["worker"] for each in headers] == ["master", "w1", "w2"]
    assert asked >= {"w1", "w2"}
    assert correct.report["complete"]


def test_the_report_shows_the_rates_and_the_answer(correct):
    page, summary = (correct.folder / "report.html").read_text(), (correct.folder / "summary.md").read_text()

    assert '<section id="load"' in page
    assert correct.report["load"]["answer"] in page
    assert "Under load: the contract held at every rate up to 60" in summary


def test_what_the_clients_of_a_load_do_not_ask_is_not_judged(correct):
    by_verdict = {each["id"]: each["verdict"] for each in correct.report["requirements"]}

    assert by_verdict["CON-01"] == "pass"
    assert by_verdict["DEV-07"] == "none"
    assert correct.report["conclusion"] == "no fail observed"


# Faults --------------------------------------------------------------------------------------------------------------


def test_a_fault_is_found_by_both_workers_under_its_requirements(tmp_path):
    """Without links a header is missing, and a client does not find on the next page what it published."""
    found = load(tmp_path / "load", "--rates=20,40", "--step=6s", "--mutant=links-are-left-out")

    findings = [each for each in found.records if each["kind"] == "finding"]
    assert found.status == 1, found.said
    assert {each["requirement"] for each in findings} == {"CON-01", "HDR-01"}
    assert set.union(*map(workers_of, findings)) == {"w1", "w2"}
    assert "does not hold at 20 requests a second, the lowest rate: CON-01, HDR-01 failed there" in found.last_lines[0]


class Crowded(Service):
    """Counts the answers of the last second."""

    most = 45

    def is_crowded(self) -> bool:
        times = self.__dict__.setdefault("times", deque())
        times.append(time.monotonic())
        while times[0] < times[-1] - 1:
            times.popleft()
        return len(times) > self.most


class DropsItsNameInACrowd(Crowded):
    """Omits the header X-Ably-Serverid above a rate."""

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        if not self.is_crowded():
            return answer
        return replace(answer, headers=[each for each in answer.headers if each[0].lower() != b"x-ably-serverid"])


class RefusesACrowd(Crowded):
    """Answers 429 above a rate."""

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        return replace(answer, status=429) if self.is_crowded() else answer


def test_a_fault_that_shows_above_a_rate_is_told_with_that_rate(tmp_path):
    with serving_in_thread(Parts(service=DropsItsNameInACrowd)) as url:
        found = load(tmp_path / "load", f"--target={url}", "--rates=10,20,90", "--step=6s", "--judge-every=5")

    assert found.status == 1, found.said
    assert [bool(each["findings"]) for each in found.rates] == [False, False, True]
    assert found.last_lines[0].startswith("the contract fails from 90 requests a second on (")
    assert "HDR-01" in found.last_lines[0]
    assert "the contract held at 20 requests a second" in found.last_lines[0]


def test_a_fault_of_concurrency_shows_where_requests_meet(tmp_path):
    found = load(tmp_path / "load", "--rates=1,60", "--step=8s", "--mutant=answers-are-mixed-up")

    assert found.status == 1, found.said
    assert "CON-05" in found.rates[1]["findings"]


def test_a_rate_that_the_target_refuses_is_neither_a_fail_nor_held(tmp_path):
    with serving_in_thread(Parts(service=RefusesACrowd)) as url:
        found = load(tmp_path / "load", f"--target={url}", "--rates=20,90", "--step=6s")

    assert found.status == 6, found.said
    assert found.rates[1]["refused"] > 30
    assert found.rates[1]["findings"] == {}
    assert found.last_lines[0].startswith("the contract held at every rate up to 20 requests a second")
    assert "requests were refused by a rate limit or a gateway" in found.last_lines[0]


# The key, and what is left -------------------------------------------------------------------------------------------


def application(url: str) -> tuple[str, str]:
    """The name and the secret of a key of an application with push."""
    asked = {"keys": [{}], "namespaces": [{"id": "pushenabled", "pushEnabled": True}]}
    made = requests.post(f"{url}/apps", json=asked, timeout=10).json()
    return f"{made['appId']}.{made['keys'][0]['id']}", made["keys"][0]["value"]


def test_a_given_key_reaches_no_file_and_no_console_and_nothing_is_left(tmp_path):
    with serving_in_thread(UNMODIFIED) as url:
        name, secret = application(url)
        key = f"{name}:{secret}"
        found = load(tmp_path / "load", f"--target={url}", "--rates=40", "--step=8s", ABLY_API_KEY=key)
        left = requests.get(f"{url}/push/deviceRegistrations", auth=(name, secret)).json()
        subscribed = requests.get(f"{url}/push/channelSubscriptions", auth=(name, secret)).json()

    assert found.status == 0, found.said
    assert "PUT /push/deviceRegistrations/{device_id}" in {each.get("operation") for each in found.records}
    assert (left, subscribed) == ([], [])
    forms = (secret.encode(), base64.b64encode(key.encode()))
    assert not any(form in found.said.encode() for form in forms)
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert len(files) > 5
    assert [each.name for each in files if any(form in each.read_bytes() for form in forms)] == []


# Ends ----------------------------------------------------------------------------------------------------------------


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    for line in process.stdout:
        if words in line:
            return
    pytest.fail(f"the load ended without {words}")


def test_an_interrupted_load_ends_with_a_report_and_leaves_no_process(tmp_path):
    with started(tmp_path / "load", "--rates=20,40", "--step=60s") as process:
        wait_for(process, "20 requests a second")
        time.sleep(4)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2, said
    assert len(children) >= 4  # master, two workers, and the embedded server
    assert [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    found = Load(2, said, tmp_path / "load")
    assert "inconclusive: the run was interrupted" in found.last_lines[1]
    assert "was cut short" in found.last_lines[0]


class HangsOnChannels(Service):
    """Keeps the key of a load waiting, once its application is made. asked: method and path of each request."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def answer(self, request: Request) -> Answer:
        path = bytes(request.path).decode()
        self.asked.append((request.method, path))
        if path.startswith("/channels"):
            time.sleep(4)
        return super().answer(request)


def test_a_load_that_is_interrupted_before_its_first_request_removes_its_application(tmp_path):
    asked = HangsOnChannels.asked
    with (
        serving_in_thread(Parts(service=HangsOnChannels)) as url,
        started(tmp_path / "load", f"--target={url}") as process,
    ):
        end = time.monotonic() + 60
        while not any(path.startswith("/channels") for _, path in asked) and time.monotonic() < end:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2, said
    assert said.splitlines() == ["interrupted before the first request of the load"]
    assert asked[-1][0] == "DELETE"
    assert asked[-1][1].startswith("/apps/")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_a_load_ends_with_its_terminal_and_with_its_command(tmp_path, number):
    with started(tmp_path / "load", "--rates=20", "--step=120s") as process:
        wait_for(process, "20 requests a second")
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
        _, alive = psutil.wait_procs(children, timeout=60)

    assert len(children) >= 4
    assert alive == []
    assert (tmp_path / "load" / "report.json").is_file()


def test_a_worker_that_never_comes_is_not_waited_for_for_ever(tmp_path):
    done = led(tmp_path, LOCUSTFILE, "--expect-workers-max-wait=3")

    assert done.returncode == 3, done.stdout
    assert "suite error: 0 of 1 workers began within 3 s" in done.stdout


class KeepsApplications(Service):
    """Refuses DELETE /apps."""

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        return replace(answer, status=400) if request.method == "DELETE" else answer


FAILS = """
from conformance.load import master
from conformance.load.locustfile import *
def fail(*_):
    raise ZeroDivisionError
master.require_accepted_key = fail
"""


def test_a_load_that_fails_before_its_first_request_names_what_it_could_not_remove(tmp_path):
    (tmp_path / "fails.py").write_text(FAILS)
    with serving_in_thread(Parts(service=KeepsApplications)) as url:
        done = led(tmp_path, tmp_path / "fails.py", f"--host={url}")

    assert done.returncode == 3, done.stdout
    left, error = done.stdout.splitlines()
    assert left.startswith("left behind: the application ")
    assert f"DELETE {url}/apps/" in left
    assert "got status 400" in left
    assert error == "suite error: the load could not be prepared: ZeroDivisionError"


GARBLES = """
from locust import events
from conformance.load.locustfile import *
events.test_start.add_listener(lambda environment, **_: environment.runner.send_message("conformance_tallies", {}))
"""


def test_a_message_that_the_master_cannot_take_is_an_error_of_the_suite(tmp_path):
    (tmp_path / "garbles.py").write_text(GARBLES)
    with following(tmp_path / "garbles.py"):
        done = led(tmp_path, LOCUSTFILE, "--conformance-rates=20", "--conformance-step=6s")

    assert done.returncode == 3, done.stdout
    assert "note: the master could not take the message conformance_tallies (KeyError)" in done.stdout


def test_a_setting_of_locust_in_the_folder_does_not_choose_the_target(tmp_path):
    settings = ("host = http://127.0.0.1:9", "conformance-rates = 1", "run-time = 1", "headless = false", "processes=2")
    (tmp_path / "locust.conf").write_text("\n".join(settings))
    found = load(tmp_path / "load", "--rates=10", "--step=5s")

    assert found.status == 0, found.said
    assert [each["asked"] for each in found.rates] == [10]
    assert [each["worker"] for each in found.records if each["kind"] == "header"] == ["master", "w1", "w2"]


def test_no_rate_is_shortened_by_the_beat_of_locust(tmp_path):
    found = load(tmp_path / "load", "--rates=20,30,40", "--step=1.5s", "--judge-every=1")

    assert [each["asked"] for each in found.rates] == [20, 30, 40]
    assert all(each["seconds"] >= 1.0 for each in found.rates)
    assert "cut short" not in found.said


IS_SLOW = """
import time
from conformance.load import worker_post
from conformance.load.locustfile import *
known = worker_post.contract_of
def slowly(profile):
    time.sleep(4)
    return known(profile)
worker_post.contract_of = slowly
"""


def test_the_first_rate_begins_when_all_workers_can(tmp_path):
    (tmp_path / "is_slow.py").write_text(IS_SLOW)
    with following(tmp_path / "is_slow.py"):
        done = led(tmp_path, LOCUSTFILE, "--conformance-rates=20", "--conformance-step=2s", "--conformance-into=load")

    assert Load(done.returncode, done.stdout, tmp_path / "load").rates[0]["seconds"] >= 1.9, done.stdout


def test_a_load_of_a_target_that_cannot_be_reached_is_blocked_and_says_why(tmp_path):
    found = load(tmp_path / "load", "--target=http://127.0.0.1:9")

    assert found.status == 6, found.said
    assert found.rates == []
    assert "" not in found.said.splitlines()
    assert found.last_lines[1].startswith("inconclusive: the target http://127.0.0.1:9 cannot be reached")


def test_a_worker_that_dies_is_missed(tmp_path):
    with started(tmp_path / "load", "--rates=20", "--step=15s") as process:
        wait_for(process, "20 requests a second")
        children = psutil.Process(process.pid).children(recursive=True)
        worker = next(each for each in children if "--worker" in each.cmdline())
        worker.kill()
        said, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 6, said
    assert "the journal of worker w" in said
    assert "went away" in said


# Locust's own form ---------------------------------------------------------------------------------------------------


def test_locust_itself_leads_a_load_of_several_machines(tmp_path):
    with following(LOCUSTFILE):
        done = led(tmp_path, LOCUSTFILE, "--conformance-rates=20", "--conformance-step=6s", "--conformance-into=load")

    assert done.returncode == 0, done.stdout
    assert Load(0, done.stdout, tmp_path / "load").rates[0]["findings"] == {}
