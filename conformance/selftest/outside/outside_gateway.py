"""The report of a faulty gateway, judged in full: its first screen has to lead to the mistakes that were made.

The file name keeps it out of `pytest conformance/selftest`: a run takes minutes. See conformance/selftest/gateway.
"""

from __future__ import annotations

import html
import json
import re
import subprocess

import pytest

from conformance.paths import ROOT
from conformance.reference.parts import Parts
from conformance.reference.server import serving_in_thread
from conformance.selftest.gateway.server import Gateway
from conformance.selftest.harness.runs import command, environment

PATIENCE = 1_500
EXPECTED = {
    "publishing_is_ok": "Status 200 instead of 201 on `POST /channels/{channel_id}/messages`",
    "direction_is_dropped": "in another order than expected on `GET /channels/{channel_id}/messages`",
    "capability_is_forbidden": "Status 403 instead of 401 on",
    "deletion_has_a_body": "Status 200 instead of 204 on `DELETE /push/",
    "time_is_an_object": "instead of an array on `GET /time`",
    "client_filter_is_dropped": "`GET /push/deviceRegistrations`: received",
    "capability_is_an_object": "`POST /keys/{keyName}/requestToken`: received capability: none",
    "devices_show_a_stored_secret": "`GET /push/deviceRegistrations/{device_id}`: received device",
}
"""The mistakes behind the entries of the first screen, by what the entry says."""

SOON = {
    "status_code_is_text": "The member `error.statusCode` is",
    "broken_json_is_an_exception": "Status 500, an error of the server itself",
    "error_message_is_removed": "The header `x-ably-errormessage` is missing on",
    "tokens_expire_in_seconds": "`POST /keys/{keyName}/requestToken`: received lifetime in ms",
    "server_id_is_removed": "The header `x-ably-serverid` is missing on",
    "errors_are_json": 'The Content-Type "application/json" instead of application/x-msgpack on',
    "patch_replaces": "A valid request is rejected with status 400 on `PATCH /push/deviceRegistrations/{device_id}`",
}
"""The mistakes behind the next entries, in any order, within the first twenty of the list."""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    with serving_in_thread(Parts(service=Gateway)) as url:
        subprocess.run(
            command(folder, f"--target={url}", "--seed=7", "-n2"),
            cwd=ROOT,
            env=environment(),
            timeout=PATIENCE,
            check=False,
            stdout=subprocess.DEVNULL,
        )
    latest = (folder / "latest").resolve()
    assert json.loads((latest / "report.json").read_text())["conclusion"] == "not conformant"
    return (latest / "report.html").read_text()


def entries(page: str) -> list[str]:
    """The sentences of the work list, with names between backticks."""
    found = re.findall(r'<a class="task"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [html.unescape(re.sub(r"</?code>", "`", each)) for each in found]


def test_the_first_entries_name_the_mistakes_that_reach_furthest(page):
    first = entries(page)[: len(EXPECTED)]

    missed = {mistake for mistake, words in EXPECTED.items() if not any(words in each for each in first)}

    assert not missed, first


def test_the_next_entries_name_the_next_mistakes(page):
    listed = entries(page)[:20]

    assert not {mistake for mistake, words in SOON.items() if not any(words in each for each in listed)}, listed


def test_most_failed_requirements_go_away_with_the_first_screen(page):
    solved, failed = map(int, re.search(r"mended, (\d+) of the (\d+) failed MUST", page).groups())

    assert solved * 2 > failed


def test_no_finding_of_the_gateway_shows_a_python_repr(page):
    text = re.sub(r"<template.*?</template>|<pre.*?</pre>", "", page, flags=re.DOTALL)

    assert re.findall(r"\(\d{3}, None\)|&#39;[^&]*&#39;: (?:None|True|False)", text) == []
