"""traffic.har is HAR 1.2, holds what the journal holds, and reads back as the same exchanges."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import msgpack
import pytest

from conformance.errors import UsageError
from conformance.evidence.header import header_of
from conformance.evidence.journal import Journal
from conformance.evidence.recorded import exchanges_in
from conformance.evidence.records import LONGEST_BODY
from conformance.evidence.redaction import Secrets
from conformance.har import writing
from conformance.har.entry import Skipped
from conformance.har.reading import read
from conformance.model import HTML, MSGPACK, Origin, Part
from conformance.selftest.harness.exchanges import altered, exchange, listing, refused, unanswered, with_line
from conformance.selftest.harness.journals import KEY, failing, header, hostile, passing

SCHEMA = json.loads(Path(__file__).with_name("har.schema.json").read_text())


def har_of(tmp_path, *exchanges):
    secrets = Secrets()
    secrets.add_key("full", KEY)
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, secrets)
    journal.write_header(header_of(header()))
    for each in exchanges:
        journal.write_exchange(each)
    journal.write_footer(1.0, interrupted=False)
    writing.write([path], tmp_path / writing.TRAFFIC)
    return tmp_path / writing.TRAFFIC


def valid(path):
    document = json.loads(path.read_text())
    jsonschema.validate(document, SCHEMA)
    return document["log"]["entries"]


@pytest.mark.parametrize("make", [passing, failing, hostile], ids=lambda made: made.__name__)
def test_the_traffic_of_a_run_is_valid(tmp_path, make):
    journal = make(tmp_path).write()
    writing.write([journal], tmp_path / writing.TRAFFIC)

    assert len(valid(tmp_path / writing.TRAFFIC)) == sum(1 for _ in exchanges_in(journal)) > 10
    assert KEY.partition(":")[2] not in (tmp_path / writing.TRAFFIC).read_text()


def test_the_schema_refuses_what_is_no_har(tmp_path):
    document = json.loads(har_of(tmp_path, exchange()).read_text())
    for change in ({"status": "200"}, {"content": {"size": 1}}, {"odd": 1}):
        entry = document["log"]["entries"][0]
        broken = {"log": {**document["log"], "entries": [{**entry, "response": {**entry["response"], **change}}]}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


EXCHANGES = (
    exchange(body=[1_795_000_000_000], test="a::b", sequence=4),
    exchange(body=[{"data": b"\x00\xff"}], media=MSGPACK, accept=MSGPACK, test="a::b"),
    exchange("POST /push/publish", 204, sent={"a": "ü"}, sent_as=MSGPACK, defect="a is no name", test="a::c"),
    exchange("POST /push/publish", 201, {}, sent={"a": "ü \ufffd"}, origin=Origin.INVALID, test="a::c"),
    with_line(listing(test="a::d"), "Content-Type", " application/json "),
    altered(exchange("GET /time", media=HTML), body="<p>ü \ufffd</p>".encode(), headers=(("Content-Type", HTML),)),
    altered(exchange("HEAD /time"), body=b""),
    refused(code=40101, statusCode=401),
    altered(exchange("DELETE /push/deviceRegistrations"), status=204, headers=(("Content-Length", "0"),)),
    altered(exchange("GET /time"), headers=(("Content-Length", "7"),), body=b""),
    replace(exchange("GET /stats"), interference="a gateway in front of the target answered with status 502"),
)


def test_every_exchange_reads_back_as_from_the_journal(tmp_path):
    path = har_of(tmp_path, *EXCHANGES)
    valid(path)
    from_har, from_journal = list(read(path, 1)), list(read(tmp_path / "journal.jsonl", 1))

    assert [each.id for each in from_har] == [f"r1-{number}" for number in range(1, len(EXCHANGES) + 1)]
    assert [as_told(each) for each in from_har] == [as_told(each) for each in from_journal]
    assert [each.response.body for each in from_har] == [each.response.body for each in EXCHANGES]
    assert [each.origin for each in from_har] == [each.origin for each in EXCHANGES]


def as_told(each):
    """HAR has milliseconds and no more of the time."""
    return replace(each, started=0.0, elapsed=0.0)


def test_a_body_that_the_journal_cut_says_so_and_is_unrecorded(tmp_path):
    large = exchange(body=["x" * (LONGEST_BODY + 1000)])
    path = har_of(tmp_path, large)
    (told,) = valid(path)
    (found,) = read(path, 1)

    assert told["response"]["content"]["size"] == len(large.response.body)
    assert told["response"]["content"]["comment"] == f"the first 16,384 of {len(large.response.body):,} bytes"
    assert Part.RESPONSE_BODY in found.unrecorded


def test_a_struck_credential_is_unrecorded(tmp_path):
    keyed = exchange(body={"token": "app.a-token-of-somebody", "keyName": "a.b"})
    path = har_of(tmp_path, keyed)
    (found,) = read(path, 1)

    assert "a-token-of-somebody" not in path.read_text()
    assert Part.CREDENTIALS in found.unrecorded


def test_a_request_without_a_response_is_written_as_browsers_do_and_skipped(tmp_path):
    path = har_of(tmp_path, unanswered())
    (told,) = valid(path)
    (found,) = read(path, 1)

    assert (told["response"]["status"], told["comment"]) == (0, "connection refused")
    assert isinstance(found, Skipped)


def test_a_file_stays_as_it_was_when_a_journal_is_broken(tmp_path):
    path = har_of(tmp_path, exchange())
    before = path.read_bytes()
    (tmp_path / "broken.jsonl").write_text('{"kind": "header"}\n{"kind": "exchange"}\n')

    with pytest.raises(UsageError, match=r"broken\.jsonl, line 2"):
        writing.write([tmp_path / "journal.jsonl", tmp_path / "broken.jsonl"], path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".traffic*"))


def test_msgpack_of_a_request_is_in_base64_with_a_comment(tmp_path):
    (told,) = valid(har_of(tmp_path, exchange("POST /push/publish", 204, sent=[255], sent_as=MSGPACK)))

    assert told["request"]["postData"]["comment"] == "base64"
    assert told["request"]["bodySize"] == len(msgpack.packb([255]))
