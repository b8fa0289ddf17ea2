"""Recorded answers of the real service fail no MUST, and what a recording leaves out is not held against it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from conformance.checks import Checks
from conformance.cli import main
from conformance.contract import load
from conformance.errors import UsageError
from conformance.model import HTML, JSON, MSGPACK
from conformance.proof.answers import ANSWERS, AcceptedFail, accepted_fails, gaps, judge, judge_file
from conformance.proof.recordings import read
from conformance.verdict.result import Exit

CONTRACT = load()
CHECKS = Checks(CONTRACT)
RECORDINGS = read(ANSWERS)
HISTORY = "GET /channels/{channel_id}/messages"
DATE = ["Date", "Fri, 10 Aug 2018 17:58:02 GMT"]
ERROR = {"code": 40400, "statusCode": 404, "message": "Could not find path: /x"}


def answered(folder, operation="GET /time", **told):
    """What the checks say of one recorded answer: requirements with a finding, and the whole result."""
    path = folder / "answers.jsonl"
    path.write_text(json.dumps({"genuine": "recorded", "operation": operation, **told}), encoding="utf-8")
    (result,) = judge_file(path)
    return {each.requirement for each in result.findings}, result


# The collection -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.id)
def test_a_genuine_answer_fails_no_must_except_those_listed(recording):
    listed = [each for each in accepted_fails() if each.answer == recording.id]

    assert list(gaps([judge(recording, CONTRACT, CHECKS)], listed)) == []


def test_most_answers_are_judged_by_many_checks_and_each_has_its_source():
    judged = [judge(each, CONTRACT, CHECKS) for each in RECORDINGS]

    assert len({each.id for each in RECORDINGS}) == len(RECORDINGS) == 55
    assert all(each.is_genuine and each.source for each in RECORDINGS)
    assert sum(each.checks >= 10 for each in judged) >= 40


def test_every_exception_names_an_answer_and_a_reason():
    ids = {each.id for each in RECORDINGS}

    assert [each for each in accepted_fails() if each.answer not in ids or not each.reason] == []


def test_an_exception_that_no_longer_applies_is_a_gap():
    stale = AcceptedFail("A-01", "ERR-01", "once")

    assert list(gaps([judge(RECORDINGS[0], CONTRACT, CHECKS)], [stale])) == [
        "the exception for A-01 and ERR-01 no longer applies"
    ]


# What was not recorded ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [each.label for each in CONTRACT.operations])
@pytest.mark.parametrize("media", [JSON, MSGPACK])
@pytest.mark.parametrize("status", [None, 400, 401, 404])
def test_what_completes_a_recording_has_no_finding(tmp_path, operation, media, status):
    found, result = answered(
        tmp_path, operation, status=status, headers=[], request={"headers": {"Accept": media}}, body=None
    )

    assert (found, result.checks > 3) == (set(), True)


def test_the_members_that_an_excerpt_leaves_out_are_not_missed(tmp_path):
    excerpt = {"status": 200, "body": [{"name": "a"}]}

    assert answered(tmp_path, HISTORY, evidence="told in a thread", **excerpt)[0] == set()
    assert answered(tmp_path, HISTORY, evidence="body or message quoted", **excerpt)[0] == {"RSP-01"}


@pytest.mark.parametrize(
    "body",
    [
        [{"id": "...", "timestamp": "…"}],
        [{"id": "a:0", "timestamp": 1_535_035_746_063}, "..."],
        '[{"id": "a:0", "timestamp": 15350357',
        '[{"id": "a:0", "timestamp": 1535035746063}]',
    ],
)
def test_what_a_quotation_leaves_out_is_not_held_against_it(tmp_path, body):
    assert answered(tmp_path, HISTORY, status=200, evidence="body or message quoted", body=body)[0] == set()


def test_one_item_that_somebody_described_stands_for_the_list(tmp_path):
    assert answered(tmp_path, HISTORY, status=200, evidence="documented", body={"name": "a"})[0] == set()


@pytest.mark.parametrize("operation", ["GET /time?format=json", "GET /time (over HTTP/2)", "GET/HEAD /time"])
def test_an_operation_may_have_a_query_and_a_remark(tmp_path, operation):
    assert "RSP-01" in answered(tmp_path, operation, status=200, body=["now"])[0]


@pytest.mark.parametrize("operation", ["", "realtime connection", "GET", "GET /channels/(null)/nothing"])
def test_an_answer_outside_of_the_contract_is_judged_as_an_error_of_any_path(tmp_path, operation):
    assert answered(tmp_path, operation, status=404, body={"error": ERROR})[0] == set()
    assert answered(tmp_path, operation, status=404, body={"error": {**ERROR, "statusCode": 4}})[0] == {"ERR-02"}


def test_the_members_of_an_error_that_were_not_quoted_are_not_missed(tmp_path):
    assert (
        answered(tmp_path, "any", status=404, evidence="body or message quoted", body={"error": {"code": 40400}})[0]
        == set()
    )


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([["X-Ably-Errorcode", "40400"]], set()),
        ([["X-Ably-Errorcode", "40400"], ["Content-Type", JSON], DATE], {"HDR-01", "HDR-03", "ERR-04"}),
    ],
)
def test_headers_are_missed_only_in_a_whole_capture(tmp_path, headers, found):
    told = {"status": 404, "headers": headers, "evidence": "captured with headers", "body": {"error": ERROR}}

    assert answered(tmp_path, "GET /time", request={"headers": {"Accept": JSON}}, **told)[0] == found


def test_a_header_that_was_not_there_is_missed(tmp_path):
    assert "HDR-01" in answered(tmp_path, HISTORY, status=200, absent=["Link"])[0]
    assert answered(tmp_path, HISTORY, status=200)[0] == set()


@pytest.mark.parametrize(
    "link", ["</channels/a/messages?limit=1>", "<https://rest.ably.io/channels/a/messages?limit=1>"]
)
def test_the_channel_of_a_link_is_that_of_the_unrecorded_request(tmp_path, link):
    headers = [["Link", f'{link}; rel="next"']]

    assert "PAG-03" not in answered(tmp_path, HISTORY, status=200, headers=headers)[0]


def test_what_a_request_accepted_is_what_came(tmp_path):
    packed = {"headers": [["Content-Type", MSGPACK]], "body": [1_535_035_746_063], "status": 200}
    call = {"headers": [["Content-Type", "application/javascript"]], "body": "cb([1535035746063]);", "status": 200}

    assert answered(tmp_path, **packed)[0] == set()
    assert answered(tmp_path, request={"query": "format=jsonp&callback=cb"}, **call)[0] == set()


# What was recorded ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "requirement"),
    [
        ({"status": 404, "body": {"error": {**ERROR, "statusCode": 400}}}, "ERR-02"),
        ({"status": 404, "headers": [["X-Ably-ErrorCode", "1"]], "body": {"error": ERROR}}, "ERR-03"),
        ({"status": 404, "body": "not found"}, "ERR-01"),
        ({"status": 200, "body": ["now"]}, "RSP-01"),
        ({"status": 200, "headers": [["X-Ably-ErrorCode", "40000"]]}, "ERR-05"),
        ({"status": 206}, "RSP-03"),
        ({"status": 204, "body": "{}"}, "RSP-10"),
    ],
)
def test_a_fault_that_was_recorded_is_found(tmp_path, told, requirement):
    found, result = answered(tmp_path, **told)

    assert requirement in found
    assert any(requirement in gap for gap in gaps([result]))


def test_a_server_error_is_found_and_no_false_alarm(tmp_path):
    found, result = answered(tmp_path, status=500, body={"error": {**ERROR, "code": 50000, "statusCode": 500}})

    assert (found, list(gaps([result]))) == ({"ERR-06"}, [])


def test_an_answer_that_is_not_genuine_proves_no_false_alarm(tmp_path):
    found, result = answered(tmp_path, status=206, genuine="invented")

    assert ("RSP-03" in found, list(gaps([result]))) == (True, [])


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"operation": "GET /sse", "status": 401, "body": {"code": 40142}}, "event stream"),
        ({"status": 429, "body": ""}, "limits the rate"),
        ({"status": 503, "body": {"code": 50003, "message": "timeout"}}, "gateway"),
        ({"status": 503, "body": {"error": {"code": 50320, "statusCode": 503}}}, "edge"),
        (
            {"status": 403, "body": "<html>", "headers": [["Content-Type", HTML], ["Server", "CloudFront"]]},
            "cloudfront",
        ),
        ({"status": None, "note": "somebody remembers"}, "nothing of the answer"),
    ],
)
def test_an_answer_of_somebody_else_is_not_judged(tmp_path, told, why):
    found, result = answered(tmp_path, **told)

    assert (found, result.checks) == (set(), 0)
    assert why in result.unjudged


# The command ----------------------------------------------------------------------------------------------------------


def run(*files):
    return CliRunner().invoke(main, ["answers", *map(str, files)])


def test_the_collection_is_judged_where_no_file_is_named():
    result = run()

    assert result.exit_code == 0
    assert result.output.endswith("0 false alarms at MUST in 55 recorded answers\n")
    assert "    SHOULD PAG-28" in result.output


def test_a_false_alarm_in_a_file_is_named_and_ends_with_status_1(tmp_path):
    answered(tmp_path, status=206)

    result = run(tmp_path / "answers.jsonl")

    assert result.exit_code == 1
    assert "line 1 breaks RSP-03: expected 200, received status 206" in result.output
    assert "    MUST   RSP-03" in result.output


@pytest.mark.parametrize("line", ["[]", "{", '{"operation": "GET /time"}', '{"genuine": "recorded"}'])
def test_a_line_that_is_no_recording_is_a_usage_error_that_names_it(tmp_path, line):
    path = tmp_path / "answers.jsonl"
    path.write_text(f"\n{line}\n", encoding="utf-8")

    result = run(path)

    assert (result.exit_code, f"{path}, line 2 is no recorded answer" in result.output) == (Exit.USAGE.value, True)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "nowhere.jsonl")
