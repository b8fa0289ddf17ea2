"""A correct server is conformant whatever the key of the user may do, and whatever the application lacks."""

from __future__ import annotations

import json

import pytest
import requests

from conformance.paths import PROFILES
from conformance.selftest.harness.loopback import loopback, reply
from conformance.selftest.harness.runs import Run, suite
from conformance.target.embedded import reference_server

SOME = ("-k", "PUB-01 or HIS-01 or STA-01 or TOK-01 or TOK-06 or DEV-01 or SUB-01 or TIM-01 or generated")
PERSISTED = {"id": "persisted", "persisted": True}
PUSH = {"id": "pushenabled", "pushEnabled": True}


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture
def judged(reference, tmp_path):
    """Run `live` against an application that has one key with this capability, and these namespaces."""

    def run(capability: dict | None, *namespaces: dict, world: str = "") -> Run:
        key = {} if capability is None else {"capability": json.dumps(capability)}
        made = requests.post(f"{reference}/apps", json={"keys": [key], "namespaces": list(namespaces)})
        text = (PROFILES / "live.toml").read_text().replace("requests_per_second = 20.0", "")
        own = tmp_path / "live.toml"
        own.write_text(f"{text}\n{world}")
        args = ("--profile", str(own), "--target", reference, "--seed", "7", "--examples", "1", *SOME)
        return suite(tmp_path, *args, ABLY_API_KEY=made.json()["keys"][0]["keyStr"])

    return run


def reasons(run: Run) -> dict[str, str]:
    return {each["id"]: each["out_of_scope"] for each in run.report["requirements"]}


def test_a_key_that_covers_no_channel_of_the_run_leaves_what_needs_one_out_of_scope(judged):
    run = judged({"team:*": ["publish", "subscribe"]}, PERSISTED, PUSH)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert "note: the key may only publish and read presence on team:*" in run.said
    assert reasons(run)["PUB-01"] == "the key may not publish on the channel conf-any"
    assert reasons(run)["DEV-01"] == "the key may not administer push"
    assert run.verdicts["TIM-01"] == run.verdicts["GEN-05"] == "pass"


def test_a_profile_that_names_the_namespace_of_the_key_judges_what_the_key_may_do(judged):
    world = '[world]\nchannels = "team"\npersisted = "team"\n'

    run = judged({"team:*": ["publish", "history"]}, PERSISTED, PUSH, world=world)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert run.verdicts["PUB-01"] == run.verdicts["HIS-01"] == "pass"
    assert reasons(run)["STA-01"].startswith("the key may not read channel metadata on the channel team:conf-")


def test_an_application_without_push_leaves_what_needs_a_namespace_with_push_out_of_scope(judged):
    run = judged(None, PERSISTED)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert "the namespace 'pushenabled' has no push enabled" in " ".join(run.report["circumstances"])
    assert reasons(run)["SUB-01"].startswith("the namespace 'pushenabled' has no push enabled")
    assert run.verdicts["DEV-01"] == run.verdicts["GEN-05"] == "pass"


def test_a_full_key_and_a_whole_application_leave_nothing_out(judged):
    run = judged(None, PERSISTED, PUSH)

    assert (run.status, run.report["conclusion"], run.report["circumstances"]) == (0, "conformant", []), run.said
    assert run.verdicts["SUB-01"] == run.verdicts["DEV-01"] == "pass"


def test_a_refused_right_of_the_given_key_is_never_the_fail_of_a_target(tmp_path):
    refusal = b'{"error":{"code":40160,"statusCode":401,"message":"not permitted"}}'

    def answer(request: bytes) -> bytes:
        is_refused = request.split(b" ")[1].startswith(b"/channels/")
        return reply(401 if is_refused else 200, refusal if is_refused else b"[1]", "Content-Type: application/json")

    with loopback(answer) as server:
        run = suite(
            tmp_path, "--profile", "live", "--target", server.url, "-k", "PUB-01", ABLY_API_KEY="app.key:secret"
        )

    assert run.verdicts["PUB-01"] == "inconclusive", run.said
    row = next(each for each in run.report["requirements"] if each["id"] == "PUB-01")
    assert "40160" in row["reason"] or "returned status 401" in row["reason"]


def test_what_a_target_says_of_a_key_cannot_write_to_the_terminal(tmp_path):
    details = json.dumps(
        {"token": "app.token", "capability": json.dumps({"a\x1b[31m\n::error::b": ["publish"]})}
    ).encode()

    def answer(request: bytes) -> bytes:
        is_token = b"/requestToken " in request
        return reply(200, details if is_token else b"[1]", "Content-Type: application/json")

    with loopback(answer) as server:
        run = suite(
            tmp_path, "--profile", "live", "--target", server.url, "-k", "TIM-01", ABLY_API_KEY="app.key:secret"
        )

    assert "the key may only publish on a⟨U+001B⟩[31m ::error::b" in run.said
    assert "\x1b" not in run.said
