"""The controller: its pre-flight before the first test, and verdict and report after the last."""

from __future__ import annotations

import json
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from conformance.contract import load
from conformance.evidence.journal import Journal
from conformance.evidence.redaction import Secrets
from conformance.model import JSON, MUST, Clause, Outcome, Requirement, Verdict
from conformance.report import writing
from conformance.run.console import EndingOfPytest
from conformance.run.controller import Controller
from conformance.run.header import header_for
from conformance.run.options import resolve
from conformance.selftest.harness.loopback import loopback, refusing_url, reply
from conformance.selftest.run.test_options import KEY, SECRET, options

CONTRACT = load("all")
HOUR = 3_600_000
REJECTED = reply(401, b'{"error": {"code": 40101}}', f"Content-Type: {JSON}")


def controlling(folder, **given) -> Controller:
    return Controller(resolve(options(folder, **given)), CONTRACT, ("controller", "main"), EndingOfPytest())


def telling(now, others: bytes = reply(200, b"[]", f"Content-Type: {JSON}")):
    """A target that answers GET /time with `now()`, and every other request with `others`."""

    def answer(request: bytes) -> bytes:
        body = json.dumps(now()).encode()
        return reply(200, body, f"Content-Type: {JSON}") if request.startswith(b"GET /time ") else others

    return answer


# Before the first test -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [0, HOUR, -HOUR])
def test_the_first_request_reads_the_clock_of_the_target(tmp_path, ahead):
    """Tokens and timestamps are judged by it."""
    with loopback(telling(lambda: [int(time.time() * 1000) + ahead])) as server:
        controller = controlling(tmp_path, target=server.url, key=KEY)
        controller.pytest_sessionstart()

    assert abs(controller.run_config.skew - ahead) < 5_000
    assert controller.run_config.blockers == ()
    assert server.targets[0] == "/time"


@pytest.mark.parametrize("body", [[], [1, 2], ["now"], {}, None])
def test_a_body_that_is_not_a_time_leaves_the_clock_as_it_is(tmp_path, body):
    with loopback(telling(lambda: body)) as server:
        controller = controlling(tmp_path, target=server.url, key=KEY)
        controller.pytest_sessionstart()

    assert controller.run_config.skew == 0


@pytest.mark.parametrize(
    ("scope", "is_probed"),
    [("", True), ('paths = ["/channels"]', False), ('without = ["POST /push/channelSubscriptions"]', False)],
)
def test_push_is_probed_only_where_the_scope_has_it(tmp_path, scope, is_probed):
    own = tmp_path / "own.toml"
    own.write_text(f"[scope]\n{scope}\n")
    with loopback(telling(lambda: [int(time.time() * 1000)])) as server:
        controlling(tmp_path, profile=str(own), target=server.url, key=KEY).pytest_sessionstart()

    assert any(target.startswith("/push/") for target in server.targets) is is_probed


def test_a_target_that_does_not_respond_blocks_the_run(tmp_path):
    controller = controlling(tmp_path, target=refusing_url(), key=KEY)
    controller.pytest_sessionstart()

    (blocker,) = controller.run_config.blockers
    assert blocker.endswith("cannot be reached: connection refused")


def test_a_key_that_every_operation_rejects_blocks_the_run(tmp_path):
    with loopback(telling(lambda: [int(time.time() * 1000)], REJECTED)) as server:
        controller = controlling(tmp_path, target=server.url, key=KEY)
        controller.pytest_sessionstart()

    assert controller.run_config.blockers == (f"the key is rejected by {server.url}: 401 with error code 40101",)
    assert server.methods == ["GET"] * len(server.methods)


def test_a_target_that_creates_no_application_blocks_the_run(tmp_path):
    with loopback(telling(lambda: [int(time.time() * 1000)], reply(404))) as server:
        controller = controlling(tmp_path, target=server.url)
        controller.pytest_sessionstart()

    assert controller.run_config.blockers == ("POST /apps created no application: it returned status 404",)


# After the last test -------------------------------------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path):
    """A run whose tests have ended, with one requirement of the given verdict."""
    controller = controlling(tmp_path, target="http://127.0.0.1:1", key=KEY)

    def finish(verdict: Verdict) -> Controller:
        journal = Journal(controller.run_config.folder / "journal-main.jsonl", Secrets())
        head = Requirement("TIM-01", MUST, "x", Clause("#/paths/~1time", "time"))
        workers = ("controller", "main")
        journal.write_header(
            header_for(controller.run_config, CONTRACT, worker="main", workers=workers, requirements=[(head, "")])
        )
        journal.write_outcome(Outcome("TIM-01", "test_x", verdict, "", ("GET /time",)))
        journal.write_opportunities(Counter())
        journal.write_footer(time.time(), interrupted=False)
        return controller

    return finish


def finish(controller: Controller, status: int = 0) -> int:
    options = SimpleNamespace(keyword="", markexpr="", ignore=None, ignore_glob=None, deselect=None)
    session = SimpleNamespace(config=SimpleNamespace(option=options, args=[]), exitstatus=status)
    controller.pytest_sessionfinish(session, status)
    return int(session.exitstatus)


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.INCONCLUSIVE, 6), (Verdict.ERROR, 3)]
)
def test_the_exit_status_is_that_of_the_judgement(finished, verdict, status):
    controller = finished(verdict)

    assert finish(controller, status=1 if verdict is Verdict.FAIL else 0) == status
    assert (controller.run_config.folder / "report.html").exists()


@pytest.mark.parametrize(
    "own", [pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR]
)
def test_the_exit_status_of_pytest_is_kept_if_it_could_not_run(finished, own):
    assert finish(finished(Verdict.PASS), own) == int(own)


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.PASS, 3), (Verdict.FAIL, 1)])
def test_a_broken_report_does_not_hide_the_verdict(finished, monkeypatch, verdict, status):
    def broken(*_, **__) -> None:
        raise RuntimeError("no space left")

    monkeypatch.setattr(writing, "write", broken)
    controller = finished(verdict)

    assert finish(controller) == status
    assert (controller.run_config.folder / "journal.jsonl").exists()


def test_the_link_latest_points_to_the_report(finished):
    controller = finished(Verdict.PASS)
    finish(controller)

    assert (controller.run_config.folder.parent / "latest").resolve() == controller.run_config.folder.resolve()
    assert json.loads((controller.run_config.folder.parent / "latest" / "report.json").read_text())["seed"] == 7


def test_no_key_is_in_what_the_controller_writes(finished):
    controller = finished(Verdict.PASS)
    finish(controller)

    texts = [path.read_text() for path in controller.run_config.folder.rglob("*") if path.is_file()]
    assert texts
    assert not any(SECRET in text for text in texts)
