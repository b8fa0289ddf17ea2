"""What real recorders wrote of one list of requests, judged.

`python -m conformance.selftest.outside.recorders conformance/selftest/har/recordings` made the files. Chromium spoke
HTTP/2 to mitmdump, which spoke to a gateway that compresses bodies and redirects, and that to the reference server:
pseudo-headers, lower-case names, gzip, MessagePack, several Link lines, a redirect and an aborted request.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.har.entry import Skipped
from conformance.har.reading import read
from conformance.model import HTML, JSON, MSGPACK, Part
from conformance.selftest.harness.archives import judged

FOLDER = Path(__file__).with_name("recordings")
NAMES = ("mitmdump", "playwright-chromium")
SECRET = "a-secret-of-the-recording"
JUDGED = {"RSP-01", "RSP-02", "RSP-04", "RSP-05", "RSP-07", "RSP-13", "HDR-01", "HDR-02", "PAG-03", "PAG-20", "PAG-28"}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def exchanges_of(name):
    return [each for each in read(FOLDER / f"{name}.har", 1) if not isinstance(each, Skipped)]


def test_every_recorder_shows_the_same_requests():
    seen = [
        [(each.request.method, path_of(each), each.response.status) for each in exchanges_of(name)] for name in NAMES
    ]
    without_icon = [[each for each in one if each[1] != "/favicon.ico"] for one in seen]

    assert without_icon[0] == without_icon[1]
    assert len(without_icon[0]) == 14


def path_of(exchange):
    return "/" + exchange.request.url.partition("://")[2].partition("/")[2]


def test_bodies_are_those_of_the_server(name):
    found = exchanges_of(name)

    assert {each.response.media_type for each in found if each.response.body} == {JSON, MSGPACK, HTML}
    assert any(each.response.lines("content-encoding") == ("gzip",) for each in found)
    assert not any(Part.RESPONSE_BODY in each.unrecorded for each in found if each.response.status != 302)
    assert [len(each.response.lines("link")) for each in found if "limit=2" in each.request.url] == [3, 3]
    assert not any(key.startswith(":") for each in found for key, _ in each.request.headers)


def test_bodies_of_requests_are_those_of_the_client(name):
    sent = [each.request.body for each in exchanges_of(name) if each.request.method == "POST"]

    assert [b"zwei \xc3\xbc" in body for body in sent] == [False, True, False, False]


def test_a_recording_of_a_conformant_server_has_no_failed_must(tmp_path, name):
    run, report = judged(tmp_path / "out", FOLDER / f"{name}.har", "--profile", "reference")
    verdicts = {each["id"]: each["verdict"] for each in report["requirements"]}

    assert (run.exit_code, report["conclusion"]) == (0, "no fail observed")
    assert {id_ for id_ in JUDGED if verdicts[id_] != "pass"} == set()
    told = "\n".join(report["circumstances"])
    assert "12 exchanges of 1 recording were judged" in told
    assert "1 skipped: no response was recorded (aborted, blocked or failed)" in told
    assert "1 skipped: not answered by the service itself" in told


def test_no_secret_of_a_recording_reaches_the_report(tmp_path, name):
    judged(tmp_path / "out", FOLDER / f"{name}.har", "--profile", "reference")

    assert SECRET in (FOLDER / f"{name}.har").read_text() or "c2VjcmV0" in (FOLDER / f"{name}.har").read_text()
    assert not [
        each.name for each in (tmp_path / "out").rglob("*") if each.is_file() and SECRET in each.read_text("utf-8")
    ]
