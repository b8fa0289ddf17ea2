"""Records one list of requests with real recorders, and keeps what they write as the data of a selftest.

    python -m conformance.selftest.outside.recorders FOLDER     needs mitmproxy, playwright (PyPI), /usr/bin/chromium

Chromium speaks HTTP/2 over TLS to mitmdump; behind that a gateway compresses bodies and redirects; behind that is the
reference server. So one list of requests is seen by both recorders at once.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
BIN = Path(sys.executable).parent
KEY = "recorded.key:a-secret-of-the-recording"
PATIENCE = 30

REQUESTS = """
async () => {
  const key = "Basic " + btoa("recorded.key:a-secret-of-the-recording");
  const json = {"Accept": "application/json", "Authorization": key};
  const ask = (path, how = {}) =>
    fetch(path, {headers: json, ...how}).then((answer) => answer.arrayBuffer()).catch(() => 0);
  const typed = {...json, "Content-Type": "application/json"};
  const post = (body) => ({method: "POST", body: JSON.stringify(body), headers: typed});
  const history = "/channels/persisted%3Agreetings/messages";
  await ask("/time");
  await ask("/time", {headers: {"Accept": "application/x-msgpack"}});
  for (const data of ["one", "zwei ü", "three"]) await ask(history, post({name: "greeting", data}));
  await ask(history + "?limit=2");
  await ask(history + "?limit=2", {headers: {...json, "Accept": "application/x-msgpack"}});
  await ask(history, {headers: {"Accept": "application/json"}, credentials: "omit"});
  await ask("/keys/recorded.key/requestToken", post({keyName: "recorded.key", timestamp: Date.now()}));
  await ask("/channels/" + encodeURIComponent("a channel") + "/presence");
  await ask("/time?moved=1");
  await ask("/nowhere");
  const impatient = new AbortController();
  const slow = ask("/slow", {signal: impatient.signal});
  setTimeout(() => impatient.abort(), 200);
  await slow;
}
"""


class Gateway(BaseHTTPRequestHandler):
    """Compresses bodies and redirects; all else is the reference server's."""

    protocol_version = "HTTP/1.1"
    port = 0

    def do_GET(self):
        if self.path == "/time?moved=1":
            return self._answer(302, [("Location", "/time?format=json")], b"")
        if self.path == "/slow":
            time.sleep(2)
            return self._answer(200, [], b"")
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream.request(self.command, self.path, sent or None, {**self.headers, "Host": f"127.0.0.1:{self.port}"})
        answer = upstream.getresponse()
        body = answer.read()
        framing = {"content-length", "transfer-encoding", "connection", "keep-alive"}
        return self._answer(
            answer.status, [each for each in answer.getheaders() if each[0].lower() not in framing], body
        )

    do_POST = do_GET  # noqa: N815  the name that http.server looks for

    def _answer(self, status, headers, body):
        if body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body), [*headers, ("Content-Encoding", "gzip")]
        self.send_response_only(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def process(*command: str, ends_by: int = signal.SIGINT, **how) -> Iterator[subprocess.Popen]:
    with subprocess.Popen([str(each) for each in command], **how) as running:
        try:
            yield running
        finally:
            running.send_signal(ends_by)
            running.wait(PATIENCE)


@contextlib.contextmanager
def reference(*options: str) -> Iterator[int]:
    """The port of a reference server."""
    command = (sys.executable, "-m", "conformance.reference", "--key", KEY, "--allow-basic-over-http", *options)
    with process(*command, stdout=subprocess.PIPE, text=True) as running:
        assert select.select([running.stdout], [], [], PATIENCE)[0], "the reference server did not start"
        yield int(running.stdout.readline().split()[1].rpartition(":")[2])


@contextlib.contextmanager
def gateway(port: int) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Gateway", (Gateway,), {"port": port}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def mitmdump(*options: str, folder: Path, har: Path) -> Iterator[int]:
    """The port of a recorder that writes its file when it ends."""
    port = free_port()
    listening = ("--listen-host", "127.0.0.1", "--listen-port", port, "--set", f"confdir={folder / 'authority'}")
    with process(BIN / "mitmdump", "--quiet", *listening, "--set", f"hardump={har}", *options):
        wait_for(port)
        yield port


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def record(folder: Path) -> tuple[Path, Path]:
    """What mitmdump and Playwright wrote of the requests."""
    proxied, browsed = folder / "mitmdump.har", folder / "playwright-chromium.har"
    with reference() as port, gateway(port) as front:
        target = f"reverse:http://127.0.0.1:{front}"
        with mitmdump("--mode", target, folder=folder, har=proxied) as seen, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu"])
            context = browser.new_context(ignore_https_errors=True, record_har_path=browsed, record_har_content="embed")
            page = context.new_page()
            page.goto(f"https://localhost:{seen}/time")
            page.evaluate(REQUESTS)
            context.close()
            browser.close()
    return proxied, browsed


if __name__ == "__main__":
    record(Path(sys.argv[1]))
