"""Tests of replay scripts and curl commands with sh and curl, against a server that records what it receives.

The file name keeps them out of `pytest conformance/selftest`: they need curl.

    pytest conformance/selftest/outside/outside_curl.py
"""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgpack
import pytest

from conformance.model import FORM, JSON, MSGPACK, Request
from conformance.report import writing
from conformance.report.text import curl
from conformance.selftest.harness.journals import CORRECTED, HOSTILE, PUBLISH, TIME, UNREGISTER, failing, passing

KEY = "app.key:a $ecret 'with' \"quotes\""
ENVIRONMENT = {"ABLY_API_KEY": KEY, "ABLY_NARROW": "narrow-token", "PATH": "/usr/bin:/bin"}


@dataclass
class Listener:
    """Responds to every request, and records its request line, headers and body."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def listener():
    found = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.got.append((self.requestline.rpartition(" ")[0], headers, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815  names of http.server

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh"], input=script, env={**ENVIRONMENT, **environment}, capture_output=True, text=True, check=False
    )


BODIES = {
    "quotes": (b"""{"name":"it's \\"$HOME\\" `id` @file"}""", JSON),
    "starts with @": (b"@/etc/hostname", "text/plain"),
    "MessagePack": (msgpack.packb({"data": b"\x00\xff"}), MSGPACK),
    "form": (b"a=%20&b=%C3%A9", FORM),
    "direction mark": ('"\u202e"'.encode(), JSON),
    "line breaks": (b'{\r\n"a": 1\n}\n', JSON),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_sent_unchanged(listener, name):
    body, media = BODIES[name]
    done = run(curl.command(Request("POST", f"{listener.url}/x", (("Content-Type", media),), body)))
    ((line, headers, received),) = listener.got
    assert (line, headers["content-type"], received) == ("POST /x", media, body), done.stderr


@pytest.mark.parametrize(
    "path", ["/channels/a%2Fb/messages", "/a/../b", "/c/[x]{y,z}?q=[1-3]&r=%20'", "/push/%00?x=$HOME", "/~;&|"]
)
def test_a_path_is_sent_unchanged(listener, path):
    run(curl.command(Request("GET", listener.url + path)))
    assert [line for line, _, _ in listener.got] == [f"GET {path}"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST"])
def test_a_method_is_sent_unchanged(listener, method):
    run(curl.command(Request(method, f"{listener.url}/time")))
    assert [line for line, _, _ in listener.got] == [f"{method} /time"]


def test_secrets_are_read_from_the_environment(listener):
    headers = (("Authorization", "Bearer <secret:narrow>"), ("X-Empty", ""), ("X-Quote", "a'b\"c$d"))
    run(curl.command(Request("GET", f"{listener.url}/x?key=<secret:narrow>", headers)))
    ((line, received, _),) = listener.got
    assert line == "GET /x?key=narrow-token"
    assert received["authorization"] == "Bearer narrow-token"
    assert (received["x-empty"], received["x-quote"]) == ("", "a'b\"c$d")


def test_a_request_without_a_media_type_is_sent_without_one(listener):
    run(curl.command(Request("POST", f"{listener.url}/x", (), b"text")))
    assert "content-type" not in listener.got[0][1]


def replays(made) -> list[str]:
    writing.write(*made.judged(), made.folder, CORRECTED)
    return [path.read_text(encoding="utf-8") for path in sorted((made.folder / "replay").iterdir())]


def test_a_replay_repeats_the_whole_sequence(listener, tmp_path):
    script = next(text for text in replays(failing(tmp_path)) if "DEV-07" in text)
    done = run(script, TARGET=listener.url)
    assert [line for line, _, _ in listener.got] == [
        "POST /push/deviceRegistrations",
        "POST /push/channelSubscriptions",
        "DELETE /push/deviceRegistrations/conf-7f3a-d1",
        "GET /push/channelSubscriptions",
    ]
    assert "4. GET /push/channelSubscriptions (the run received 200, 12 times)" in done.stdout
    assert listener.got[0][1]["authorization"].startswith("Basic ")
    assert done.returncode == 0


def test_a_replay_without_its_secret_names_the_secret(tmp_path):
    script = next(text for text in replays(failing(tmp_path)) if "DEV-07" in text)
    done = subprocess.run(["sh"], input=script, env={"PATH": "/usr/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "ABLY_API_KEY: set it to a key of the application, appId.keyId:secret" in done.stderr


def test_text_of_a_target_is_never_executed(listener, tmp_path):
    made = passing(tmp_path)
    evil = f"x\ntouch {tmp_path}/owned\n`touch {tmp_path}/owned`$(touch {tmp_path}/owned){HOSTILE}'\n"
    made.facts["target"] = {"url": f"http://h/}}`touch {tmp_path}/owned`"}
    steps = (made.exchange(PUBLISH, 200, evil.encode()), made.exchange(TIME, 200, evil.encode()))
    made.finding("RSP-02", steps, evil, evil, at=evil, operation=UNREGISTER)
    (script,) = replays(made)
    run(script, TARGET=listener.url)
    assert not (tmp_path / "owned").exists()
