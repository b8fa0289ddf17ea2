"""What a client author adds to the reference server: a fixed application, and a log of requests."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
import requests

from conformance.reference.__main__ import main
from conformance.reference.errors import Errors, unauthorized
from conformance.reference.parts import UNMODIFIED, assemble
from conformance.reference.request_log import line
from conformance.reference.wire import Answer, Request
from conformance.selftest.reference.client import running

KEY = ("app.key", "secret")
NOW = datetime(2026, 1, 1, 12, 30, 1, 250_000, tzinfo=UTC)


def test_a_key_alone_opens_an_application_with_full_rights():
    with running("--key", "app.key:secret") as server:
        published = requests.post(f"{server.http}/channels/a/messages", json={"data": "x"}, auth=KEY, timeout=10)
        wrong = requests.get(f"{server.http}/channels/a/messages", auth=("app.key", "other"), timeout=10)

    assert (published.status_code, wrong.status_code) == (201, 401)


def test_a_described_application_exists_from_the_start(tmp_path):
    described = tmp_path / "app.json"
    described.write_text(
        '{"keys": [{}, {"capability": {"news:*": ["subscribe"]}}], '
        '"channels": [{"name": "room", "presence": [{"clientId": "ada"}]}]}'
    )
    with running("--app", str(described), "--key", "app.key:secret", "--key", "app.reader:word") as server:
        members = requests.get(f"{server.http}/channels/room/presence", auth=KEY, timeout=10)
        refused = requests.post(
            f"{server.http}/channels/news:a/messages", json={"data": "x"}, auth=("app.reader", "word"), timeout=10
        )

    assert [each["clientId"] for each in members.json()] == ["ada"]
    assert refused.json()["error"]["code"] == 40160


@pytest.mark.parametrize(
    ("content", "keys", "sentence"),
    [
        ("{}", [], "--app: give the key of the application with --key APP.KEY:SECRET"),
        ('{"keys": [{}, {}]}', ["a.b:c"], "app.json describes 2 keys, and --key was given 1 times"),
        ("{}", ["a.b"], "--key: expected APP.KEY:SECRET"),
        ('{"keys": [{}, {}]}', ["a.b:c", "d.b:c"], "--key: the keys belong to several applications: a, d"),
        ('{"keys": [{}, {}]}', ["a.b:c", "a.b:d"], "--key: the same key is given twice"),
        ("{", ["a.b:c"], "app.json is not JSON"),
        ("[]", ["a.b:c"], "app.json must contain a JSON object"),
        ('{"keyz": []}', ["a.b:c"], "POST /apps has no member keyz; the nearest is keys"),
        ('{"namespaces": [{"id": "a", "pushenabled": true}]}', ["a.b:c"], "the nearest is pushEnabled"),
    ],
)
def test_a_wrong_description_ends_the_server_with_a_sentence(tmp_path, capsys, content, keys, sentence):
    described = tmp_path / "app.json"
    described.write_text(content)
    arguments = ["--app", str(described), *(word for key in keys for word in ("--key", key))]

    assert ended(arguments) in {2, 4}
    assert sentence in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(tmp_path, capsys):
    path = tmp_path / "nowhere" / "ca.pem"

    assert ended(["--https-port", "0", "--ca-file", str(path)]) == 4
    assert capsys.readouterr().err == f"--ca-file: {path} cannot be written: No such file or directory\n"


def ended(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code


def test_the_log_has_a_line_for_each_request_and_no_secret(tmp_path):
    log = tmp_path / "log"
    with log.open("w") as file, running("--log", "--key", "app.key:5ecret", stderr=file) as server:
        requests.get(f"{server.http}/time", timeout=10)
        requests.get(f"{server.http}/channels/a%2Fb/messages?key=app.key:5ecret&limit=0", timeout=10)
        requests.get(f"{server.http}/stats", headers={"Authorization": "Bearer app.5ecret"}, timeout=10)

    told = [each.split(" ", 1)[1] for each in log.read_text().splitlines()]
    assert told[0] == "- GET /time 200"
    assert told[1].startswith("app.key GET /channels/a%2Fb/messages?key=***&limit=0 400 40003: ")
    assert told[2].startswith("token GET /stats 401 40")
    assert "5ecret" not in log.read_text()


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_a_short_secret_of_a_key_causes_no_warning_among_the_lines_of_the_log(tmp_path):
    log = tmp_path / "log"
    token = jwt.encode({"iat": 1}, "secret", headers={"kid": "app.key"})
    with log.open("w") as file, running("--log", "--key", "app.key:secret", stderr=file) as server:
        requests.get(f"{server.http}/stats", headers={"Authorization": f"Bearer {token}"}, timeout=10)

    (line,) = log.read_text().splitlines()
    assert "GET /stats 401" in line


def test_a_line_of_the_log_is_printable():
    request = Request("GET", b"/channels/\x1b]0;x\x07\xff", {"\n": "\x1b" * 200}, {}, b"", "http")
    refusal = Errors("server").reply(unauthorized(40101, "who\nare you"))
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers]

    told = line(request, Answer(401, headers, b""), NOW)

    assert told.startswith("12:30:01.250 - GET /channels/%1B")
    assert told.endswith(" 401 40101: who?are you")
    assert told.isprintable()
    assert told.isascii()


def test_the_help_names_its_own_command():
    command = [str(Path(sys.executable).parent / "ably-conformance"), "serve", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert shown.startswith("usage: ably-conformance serve ")
    assert "(default: localhost, 127.0.0.1)" in shown
    assert "GET /time answers from then on" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("body", "nearest"),
    [
        (b'{"key": []}', "keys"),
        (b'{"keys": [{"capabilities": {}}]}', "capability"),
        (b'{"channels": [{"name": "a", "presences": []}]}', "presence"),
        (b'{"channels": [{"name": "a", "presence": [{"clientID": "a"}]}]}', "clientId"),
    ],
)
def test_an_unknown_member_of_a_new_application_is_refused_with_the_nearest(body, nearest):
    service = assemble(UNMODIFIED, allow_plain_basic=True)
    headers = {b"content-type": b"application/json"}

    answer = service.answer(Request("POST", b"/apps", {}, headers, body, "http"))

    assert answer.status == 400
    assert f"the nearest is {nearest}".encode() in answer.body
