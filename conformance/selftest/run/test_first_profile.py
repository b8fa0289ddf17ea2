"""`ably-conformance init` writes a profile that fits the target, and that a run reads as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from conformance.cli import main
from conformance.profile import Profile, load
from conformance.selftest.harness.loopback import forwarding, loopback, refusing_url, reply
from conformance.selftest.harness.runs import suite
from conformance.target.embedded import reference_server

UNKNOWN = reply(404, b'{"error": {"code": 40400, "statusCode": 404}}', "Content-Type: application/json")
REFUSED = reply(401, b'{"error": {"code": 40101, "statusCode": 401}}', "Content-Type: application/json")
JWT = b"Bearer ZXlK"
"""The beginning of each JWT, in base64."""


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture(scope="module")
def key(reference):
    keys = [{"capability": '{"*":["publish","history","subscribe","channel-metadata"]}'}]
    return requests.post(f"{reference}/apps", json={"keys": keys}).json()["keys"][0]["keyStr"]


@pytest.fixture
def lean(reference):
    """A server without push, presence, MessagePack, HTML, JWTs and one list."""
    forward = forwarding(reference, [])

    def answer(request: bytes) -> bytes:
        line = request.partition(b"\r\n")[0]
        if b"/push/" in line or b"/presence" in line or b"GET /channels " in line:
            return UNKNOWN
        if JWT in request:
            return REFUSED
        for media in (b"application/x-msgpack", b"text/html"):
            request = request.replace(b"Accept: " + media, b"Accept: application/json")
        return forward(request)

    with loopback(answer) as server:
        yield server


def init(*arguments: str, key: str = "") -> Result:
    return CliRunner().invoke(main, ["init", *arguments], env={"ABLY_API_KEY": key})


def written(path: Path, *arguments: str, key: str = "") -> Profile:
    done = init(str(path), *arguments, key=key)
    assert done.exit_code == 0, done.output
    return load(str(path))


def test_a_whole_target_is_left_as_it_is(reference, tmp_path):
    found = written(tmp_path / "own.toml", "--target", reference)

    assert found.target == replace(load("sandbox").target, url=reference)
    assert found.scope == load("sandbox").scope


def test_what_a_target_lacks_is_out_of_scope_and_commented(lean, key, tmp_path):
    path = tmp_path / "own.toml"
    found = written(path, "--target", lean.url, key=key)

    text = path.read_text()
    assert found.scope.paths == ("/channels", "/keys", "/stats", "/time")
    assert {"GET /channels"} < set(found.scope.without)
    assert not set(found.target.offers) & {"push", "presence", "msgpack", "html", "jwt"}
    assert "# It does not offer msgpack: GET /time with Accept: application/x-msgpack is answered with app" in text
    (rights,) = [line for line in text.splitlines() if line.startswith("# It may only ")]
    assert "read history" in rights
    assert rights.endswith("on *; what it does not cover is out of scope by itself.")
    assert {method for method, target in zip(lean.methods, lean.targets, strict=True) if "/keys/" not in target} == {
        "GET"
    }


def test_no_secret_is_written(lean, key, tmp_path):
    path = tmp_path / "own.toml"
    written(path, "--target", lean.url, "--key", key)

    text = path.read_text()
    assert key.partition(":")[2] not in text
    assert "The key is in $ABLY_API_KEY" in text


def test_a_run_reads_the_profile_as_it_is_and_starts(lean, key, tmp_path):
    path = tmp_path / "own.toml"
    written(path, "--target", lean.url, key=key)

    run = suite(tmp_path / "reports", "--profile", str(path), "-k", "PUB-01 or TIM-01", "--seed", "7", ABLY_API_KEY=key)

    assert (run.status, run.report["conclusion"]) == (0, "conformant"), run.said
    assert run.report["profile"]["name"] == "own"


def test_a_file_that_is_there_stays_and_nothing_is_sent(lean, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("mine")

    done = init(str(path), "--target", lean.url)

    assert (done.exit_code, path.read_text(), lean.requests) == (4, "mine", [])
    assert "is there already and stays as it is" in done.output


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("own.toml",), 4, "init: give the base URL of the target with --target URL"),
        (("own.yaml", "--target", "http://127.0.0.1:1"), 4, "own.yaml: a profile is a .toml file, such as"),
        ((".", "--target", "http://127.0.0.1:1"), 4, "a profile is a .toml file, such as staging.toml"),
        (("no/own.toml", "--target", "http://127.0.0.1:1"), 4, "cannot be written: there is no folder"),
        (("own.toml", "--target", "http://127.0.0.1:1", "--profile", "lve"), 4, "did you mean 'live'?"),
    ],
)
def test_bad_input_is_one_sentence(arguments, status, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = init(*arguments)

    assert done.exit_code == status
    assert sentence in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("base", ["pubsub", "smoke"])
def test_what_the_extended_profile_has_out_of_scope_is_not_asked(lean, key, tmp_path, base):
    made = written(tmp_path / "own.toml", "--target", lean.url, "--profile", base, key=key)

    asked = {request.partition(b" HTTP/")[0] for request in lean.requests}
    assert made.target.url == lean.url
    assert not [each for each in asked if b"/push/" in each and not load(base).serves("GET /push/deviceRegistrations")]


def test_a_target_that_cannot_be_judged_gets_no_profile(tmp_path):
    done = init(str(tmp_path / "own.toml"), "--target", refusing_url(), key="app.key:secret-of-nothing")

    assert done.exit_code == 6
    assert "cannot be reached" in done.output
    assert list(tmp_path.iterdir()) == []
