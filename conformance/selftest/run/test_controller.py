"""The controller: what it finds out before the first test, and that nothing hides the verdict after the last."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from conformance.contract import load
from conformance.errors import UsageError
from conformance.evidence.journal import Journal
from conformance.evidence.redaction import Secrets
from conformance.model import JSON, MUST, Clause, Outcome, Requirement, Verdict
from conformance.profile import Blast, Start
from conformance.run import controller as module
from conformance.run.controller import Controller
from conformance.run.header import header_for
from conformance.run.options import Options, choose_profile, resolve
from conformance.selftest.harness.loopback import loopback, refusing_url, reply

CONTRACT = load("all")
HOUR = 3_600_000
SECRET = "a-secret-that-opens-nothing"
KEY = f"app123.key456:{SECRET}"
REFUSED = reply(401, b'{"error": {"code": 40101}}', f"Content-Type: {JSON}")


def options(folder, **given) -> Options:
    known = {"profile": "", "target": "", "key": "", "seed": 7, "examples": None, "mutant": ""}
    return Options(**{**known, "parent": folder, **given})


def controlling(folder, **given) -> Controller:
    return Controller(resolve(options(folder, **given)), CONTRACT, ("controller", "main"))


def telling(now, others: bytes = reply(200, b"[]", f"Content-Type: {JSON}")):
    """A target with a clock, and one answer to everything else."""

    def answer(request: bytes) -> bytes:
        said = json.dumps(now()).encode()
        return reply(200, said, f"Content-Type: {JSON}") if request.startswith(b"GET /time ") else others

    return answer


# Options --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"profile": "live"}, "profile live: give the base URL of the target with --target URL"),
        ({"profile": "live", "target": "http://x"}, r"give a key with --key or in \$ABLY_API_KEY"),
        ({"profile": "live", "target": "http://x", "key": "no-key"}, "the key is not of the form"),
        ({"target": "localhost:80"}, "--target: expected a URL like https://host:port"),
        ({"target": "http://user:secret@x"}, "must not contain credentials"),
        ({"examples": 0}, "--examples: expected a number, more than 0, received 0"),
        ({"target": "http://x", "mutant": "any"}, "--mutant works only with the embedded reference server"),
    ],
)
def test_options_that_cannot_be_resolved_stop_before_anything_starts(tmp_path, given, sentence):
    with pytest.raises(UsageError, match=sentence):
        controlling(tmp_path, **given)


@pytest.mark.parametrize(
    ("given", "name", "start"),
    [
        ({}, "reference", Start.EMBEDDED),
        ({"target": "http://x"}, "sandbox", Start.PROVISION),
        ({"target": "http://x", "key": KEY}, "live", Start.GIVEN),
        ({"profile": "reference", "target": "http://x"}, "reference", Start.PROVISION),
        ({"profile": "sandbox", "target": "http://x", "key": KEY}, "sandbox", Start.GIVEN),
    ],
)
def test_a_profile_follows_from_what_is_given(tmp_path, given, name, start):
    chosen = choose_profile(options(tmp_path, **given))

    assert (chosen.name, chosen.target.start) == (name, start)


def test_a_run_that_may_only_read_is_refused_an_application(tmp_path):
    path = tmp_path / "careful.toml"
    path.write_text('[target]\nblast_radius = "read-only"\n')

    careful = choose_profile(options(tmp_path, profile=str(path), target="http://x", key=KEY))

    assert careful.target.blast_radius is Blast.READ_ONLY
    path.write_text('[target]\nblast_radius = "read-only"\nstart = "provision"\n')
    with pytest.raises(UsageError, match="a read-only run cannot create an application"):
        choose_profile(options(tmp_path, profile=str(path), target="http://x"))


def test_the_key_is_not_among_the_words_that_reproduce_a_run(tmp_path):
    asked = options(tmp_path, target="http://x", key=KEY)

    reproduce = resolve(asked).reproduce

    assert "--seed 7" in reproduce
    assert "--target http://x" in reproduce
    assert SECRET not in reproduce


def test_what_was_asked_for_by_path_is_reproduced_by_path(tmp_path):
    """A profile of the user's own is not found by its name."""
    own = tmp_path / "my own.toml"
    own.write_text('description = "staging"\n')
    asked = options(tmp_path, profile=str(own), target="http://x", key=KEY)

    assert f"--profile '{own}'" in resolve(asked).reproduce


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read: No such file"), ("no certificate", "holds no certificate in PEM")]
)
def test_an_authority_that_cannot_be_read_stops_before_the_first_request(tmp_path, content, sentence):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(UsageError, match=f"--ca-file: {path} {sentence}"):
        choose_profile(options(tmp_path, target="https://x", key=KEY, ca_file=str(path)))


def test_no_two_runs_share_their_names(tmp_path):
    asked = options(tmp_path, target="http://x", key=KEY)

    runs = {resolve(asked).run for _ in range(50)}

    assert len(runs) == 50
    assert all(re.fullmatch("[0-9a-f]{6}", run) for run in runs)


def test_a_run_without_a_seed_says_which_it_took(tmp_path):
    asked = options(tmp_path, seed=None)

    found = resolve(asked)

    assert f"--seed {found.seed}" in found.reproduce


# Before the first test -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [0, HOUR, -HOUR])
def test_the_clock_of_the_target_is_asked_first(tmp_path, ahead):
    """Tokens and times are judged by it, wherever it stands."""
    with loopback(telling(lambda: [int(time.time() * 1000) + ahead])) as server:
        controller = controlling(tmp_path, target=server.url, key=KEY)
        controller.pytest_sessionstart()

    assert abs(controller.run_config.skew - ahead) < 5_000
    assert controller.run_config.blockers == ()
    assert server.targets[0] == "/time"


@pytest.mark.parametrize("said", [[], [1, 2], ["now"], {}, None])
def test_a_time_that_is_none_is_taken_for_no_clock(tmp_path, said):
    with loopback(telling(lambda: said)) as server:
        controller = controlling(tmp_path, target=server.url, key=KEY)
        controller.pytest_sessionstart()

    assert controller.run_config.skew == 0


def test_a_target_that_does_not_answer_blocks_the_run(tmp_path):
    controller = controlling(tmp_path, target=refusing_url(), key=KEY)
    controller.pytest_sessionstart()

    (blockers,) = controller.run_config.blockers
    assert blockers.endswith("cannot be reached: connection refused")


def test_a_key_that_every_operation_rejects_blocks_the_run(tmp_path):
    with loopback(telling(lambda: [int(time.time() * 1000)], REFUSED)) as server:
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
    """A run whose tests are over: one requirement, that fared as the test says."""
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
def test_the_exit_status_is_the_judgement(finished, verdict, status):
    controller = finished(verdict)

    assert finish(controller, status=1 if verdict is Verdict.FAIL else 0) == status
    assert (controller.run_config.folder / "report.html").exists()


@pytest.mark.parametrize(
    "own", [pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR]
)
def test_the_word_of_pytest_stands_where_it_could_not_run(finished, own):
    assert finish(finished(Verdict.PASS), own) == int(own)


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.PASS, 3), (Verdict.FAIL, 1)])
def test_a_broken_report_eats_no_verdict(finished, monkeypatch, verdict, status):
    def broken(*_, **__) -> None:
        raise RuntimeError("no space left")

    monkeypatch.setattr(module.report, "write", broken)
    controller = finished(verdict)

    assert finish(controller) == status
    assert (controller.run_config.folder / "journal.jsonl").exists()


def test_the_latest_report_is_pointed_at(finished):
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
