"""Real recorders, real clients and a real network panel. The file name keeps them out of `pytest conformance/selftest`.

tox run -e recorders        mitmproxy, playwright and ably (PyPI), and /usr/bin/chromium
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from conformance.har import writing
from conformance.paths import ROOT
from conformance.selftest.harness.archives import judged
from conformance.selftest.harness.journals import failing, hostile
from conformance.selftest.outside import recorders

PAGE = ROOT / "docs" / "observed-traffic.md"
SDK = ("test_ably_python.py", "test_ably_python_push.py", "test_ably_python_tokens.py", "test_ably_python_stats.py")


@pytest.fixture
def devtools() -> Iterator[Page]:
    """The front-end of the developer tools of Chromium, whose network panel imports HAR files by these modules."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=recorders.CHROMIUM, args=["--disable-gpu"])
        page = browser.new_page()
        page.goto("devtools://devtools/bundled/devtools_app.html")
        yield page
        browser.close()


IMPORT = """
async (text) => {
  const har = await import("devtools://devtools/bundled/models/har/har.js");
  const log = new har.HARFormat.HARRoot(JSON.parse(text)).log;
  const requests = har.Importer.Importer.requestsFromHARLog(log);
  return Promise.all(requests.map(async (each) => {
    const content = await each.requestContentData();
    const body = "error" in content ? "" : content.isTextContent ? content.text : content.base64;
    return [each.requestMethod, each.url(), each.statusCode, each.responseHeaders.length, body];
  }));
}
"""


@pytest.mark.parametrize("make", [failing, hostile], ids=lambda made: made.__name__)
def test_the_network_panel_of_chromium_opens_the_traffic_of_a_run(devtools, tmp_path, make):
    writing.write([make(tmp_path).write()], tmp_path / writing.TRAFFIC)
    text = (tmp_path / writing.TRAFFIC).read_text()
    entries = json.loads(text)["log"]["entries"]
    shown = devtools.evaluate(IMPORT, text)

    assert len(shown) == len(entries) > 10
    for (method, url, status, headers, body), entry in zip(shown, entries, strict=True):
        sent, received = entry["request"], entry["response"]
        assert (method, url, status, headers) == (
            sent["method"],
            sent["url"],
            received["status"],
            len(received["headers"]),
        )
        if "encoding" not in received["content"]:
            assert body == received["content"].get("text", "")


def test_the_recordings_that_are_kept_are_as_recorders_write_them_today(tmp_path):
    kept = ROOT / "conformance" / "selftest" / "har" / "recordings"
    for made in recorders.record(tmp_path):
        _, now = judged(tmp_path / f"now-{made.stem}", made, "--profile", "reference")
        _, then = judged(tmp_path / f"then-{made.stem}", kept / made.name, "--profile", "reference")
        assert now["conclusion"] == then["conclusion"] == "no fail observed"
        assert passed(now) == passed(then)
        assert len(passed(now)) > 20


def passed(report):
    return {each["id"] for each in report["requirements"] if each["verdict"] == "pass"}


def test_the_commands_of_the_page_judge_the_tests_of_ably_python(tmp_path):
    """Its own server, its own port, and the tests of this repository in place of a client's."""
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))
    port, tests = str(recorders.free_port()), " ".join(str(ROOT / "conformance" / "sdk" / name) for name in SDK)
    commands = block.replace("8888", port).replace("python -m pytest tests", f"python -m pytest -q {tests}")
    commands = commands.replace("mitmdump --quiet", "mitmdump --quiet --ssl-insecure")  # the authority is of the server
    commands = commands.replace("--base-url https://rest.ably.io", "--profile reference --into judged")
    environment = {**os.environ, "PATH": f"{recorders.BIN}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-ec", commands],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    report = json.loads((tmp_path / "judged" / "report.json").read_text())
    assert report["conclusion"] == "no fail observed"
    assert report["counts"]["exchanges"] > 500
    assert len(passed(report)) > 30
