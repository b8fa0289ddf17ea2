"""The judge finds every deviation of bodies, headers and parameters from their schemas."""

from __future__ import annotations

import time

import pytest

from conformance.checks.schemas import LONGEST, Judge, shown
from conformance.contract import load
from conformance.model import FORM, HTML, JSON, MSGPACK

CONTRACT = load()
PUBLISHED = load("none")
JUDGE = Judge(CONTRACT.document, CONTRACT.published)
LITERAL = Judge(PUBLISHED.document)
HISTORY = CONTRACT.operation("GET /channels/{channel_id}/messages")
PUBLISH = CONTRACT.operation("POST /channels/{channel_id}/messages")
DEVICES = CONTRACT.operation("GET /push/deviceRegistrations")
REGISTER = CONTRACT.operation("POST /push/deviceRegistrations")
STATS = CONTRACT.operation("GET /stats")
MESSAGE = {"id": "abc:0", "timestamp": 1700000000000}


# Bodies --------------------------------------------------------------------------------------------------------------


def test_a_valid_body_passes():
    assert JUDGE.body_findings(HISTORY, 200, JSON, [{**MESSAGE, "name": "a", "data": "b"}]) == ()


def test_every_deviation_of_a_body_is_found():
    body = [{"id": 3, "timestamp": "now", "name": None}, {}]
    found = JUDGE.body_findings(HISTORY, 200, JSON, body)
    assert {(finding.at, finding.expected, finding.received) for finding in found} == {
        ("/0/id", "a string", "3 at /0/id"),
        ("/0/timestamp", "an integer", '"now" at /0/timestamp'),
        ("/0/name", "a string", "null at /0/name"),
        ("/1", 'the member "id"', "{} at /1"),
        ("/1", 'the member "timestamp"', "{} at /1"),
    }


def test_a_finding_points_into_the_published_contract():
    (finding,) = JUDGE.body_findings(HISTORY, 200, JSON, [{**MESSAGE, "name": 5}])
    assert finding.pointer == "#/components/schemas/Message/properties/name/type"
    (finding,) = JUDGE.body_findings(HISTORY, 200, JSON, [{"id": "a"}])
    assert finding.pointer == "#/components/schemas/Message"


def test_the_faults_of_the_best_branch_are_shown():
    channels = CONTRACT.operation("GET /channels")
    (finding,) = JUDGE.body_findings(channels, 200, JSON, [{"channelId": "a", "status": {"isActive": 1}}])
    assert (finding.at, finding.expected) == ("/0/status/isActive", "true or false")


def test_a_value_that_matches_several_branches_of_oneof_is_one_deviation():
    (finding,) = LITERAL.body_findings(CONTRACT.operation("GET /channels"), 200, JSON, [])
    assert (finding.expected, finding.received) == ("exactly one of 2 shapes", "[] as the body")


def test_an_operation_is_looked_up_in_another_version_of_the_contract():
    assert LITERAL.body_findings(HISTORY, 200, JSON, [{"name": "a"}]) == ()
    assert LITERAL.body_findings(DEVICES, 200, JSON, []) != ()


def test_a_float_is_not_an_integer():
    (finding,) = JUDGE.body_findings(HISTORY, 200, MSGPACK, [{**MESSAGE, "timestamp": 1700000000000.0}])
    assert (finding.at, finding.expected) == ("/0/timestamp", "an integer")


def test_bytes_are_accepted_as_data_in_messagepack():
    assert JUDGE.body_findings(HISTORY, 200, MSGPACK, [{**MESSAGE, "data": b"\xff\x00"}]) == ()
    assert JUDGE.request_findings(PUBLISH, MSGPACK, {"data": b"\xff"}) == ()


def test_bytes_in_other_members_are_a_deviation():
    (finding,) = JUDGE.body_findings(HISTORY, 200, MSGPACK, [{**MESSAGE, "name": b"\xff"}])
    assert (finding.at, finding.received) == ("/0/name", "binary data ff at /0/name")


def test_an_html_page_is_text():
    assert JUDGE.body_findings(DEVICES, 200, HTML, "<html></html>") == ()


@pytest.mark.parametrize(("status", "media_type"), [(200, "text/plain"), (204, "application/xml")])
def test_a_body_that_the_contract_does_not_list_is_not_judged(status, media_type):
    assert JUDGE.body_findings(DEVICES, status, media_type, object()) == ()


def test_an_error_is_judged_by_the_default_response():
    (finding,) = JUDGE.body_findings(STATS, 401, JSON, {"error": {"code": 40100, "statusCode": 401}})
    assert (finding.at, finding.expected) == ("/error", 'the member "message"')


def test_a_value_without_a_json_notation_is_shown_in_words():
    (finding,) = JUDGE.body_findings(DEVICES, 200, MSGPACK, {b"key": 1})
    assert (finding.expected, finding.received) == (
        "an array",
        '{"binary data 6b 65 79": 1} as the body',
    )


def test_a_body_that_is_nested_deeply_is_judged():
    body = []
    for _ in range(5000):
        body = [body]
    (finding,) = JUDGE.body_findings(CONTRACT.operation("GET /push/channels"), 200, JSON, body)
    assert (finding.expected, finding.received) == ("a string", "an array nested too deeply to be shown at /0")


def test_a_long_value_is_cut_and_its_length_stated():
    assert shown("x" * 500) == f'"{"x" * (LONGEST - 1)}... (502 characters)'


def test_a_lone_surrogate_is_shown():
    assert shown("\ud800") == '"\\ud800"'


# Other servers that are correct pass ----------------------------------------------------------------------------------

DEVICE = {
    "id": "d",
    "platform": "browser",
    "formFactor": "other",
    "metadata": {},
    "push": {"recipient": {"transportType": "ablyChannel", "channel": "a"}, "state": "ACTIVE"},
}
METRICS = dict.fromkeys(
    ("connections", "publishers", "subscribers", "presenceConnections", "presenceMembers", "presenceSubscribers"), 0
)


@pytest.mark.parametrize(
    ("label", "status", "body"),
    [
        ("GET /channels/{channel_id}/messages", 200, []),
        ("GET /channels/{channel_id}/messages", 200, [{**MESSAGE, "serial": "s", "action": 0, "version": {}}]),
        ("GET /channels/{channel_id}/messages", 200, [{**MESSAGE, "extras": {"push": {"data": 5}, "ref": {}}}]),
        ("POST /channels/{channel_id}/messages", 201, {"channel": "a", "messageId": "b:0", "serials": ["s"]}),
        (
            "GET /channels/{channel_id}",
            200,
            {
                "channelId": "a",
                "name": "a",
                "status": {"isActive": True, "occupancy": {"metrics": {**METRICS, "objectPublishers": 0}}},
            },
        ),
        ("GET /channels", 200, []),
        ("GET /channels", 200, ["a"]),
        ("GET /channels", 200, [{"channelId": "a"}]),
        ("GET /push/deviceRegistrations", 200, []),
        ("GET /push/deviceRegistrations", 200, [{**DEVICE, "updateToken": "u", "deviceIdentityToken": {}}]),
        (
            "GET /push/deviceRegistrations/{device_id}",
            200,
            {
                **DEVICE,
                "push": {"recipient": {"transportType": "new"}, "state": "Failing", "error": {"code": 5}},
            },
        ),
        ("PUT /push/deviceRegistrations/{device_id}", 200, {**DEVICE, "push": {"recipient": {"transportType": "a"}}}),
        ("GET /push/channelSubscriptions", 200, [{"channel": "a", "clientId": "c", "appId": "x"}]),
        ("POST /push/channelSubscriptions", 201, {}),
        ("POST /push/channelSubscriptions", 200, {"channel": "a", "deviceId": "d"}),
        ("POST /push/publish", 201, {}),
        ("DELETE /push/deviceRegistrations", 200, {}),
        (
            "POST /keys/{keyName}/requestToken",
            200,
            {
                "token": "a.b",
                "issued": 1700000000000,
                "expires": 1700000000100,
                "capability": '{"*":["*"]}',
            },
        ),
        ("GET /stats", 200, [{"intervalId": "2026-11", "unit": "month", "all": {"messages": {"count": 1}}}]),
        ("GET /stats", 200, [{"intervalId": "2026-11-23:15:03", "entries": {"messages.all.all.count": 1.5}}]),
        ("GET /time", 200, [1700000000000]),
        ("GET /time", 404, {"error": {"code": 40400, "statusCode": 404, "message": "", "href": None, "detail": {}}}),
    ],
)
def test_a_correct_and_different_server_passes(label, status, body):
    assert JUDGE.body_findings(CONTRACT.operation(label), status, JSON, body) == ()


@pytest.mark.parametrize(
    "line",
    [
        '<./messages?limit=1>; rel="next"',
        '<./messages?limit=1&format=json>; rel="first", <./messages?x=%2C>; rel="current"',
        '<https://example.com/stats?a=b>;rel="first",<./stats?c>;rel="next"',
    ],
)
def test_a_well_formed_link_passes(line):
    assert JUDGE.header_findings(HISTORY, 200, "Link", line) == ()


# Headers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ['<./a?b>; rel=""', "./a?b", '<./a?b>; rel="nxt"', '<./a?b>; rel="next", junk'])
def test_a_malformed_link_is_found(line):
    (finding,) = JUDGE.header_findings(HISTORY, 200, "Link", line)
    assert (finding.at, finding.pointer) == ("link", "#/components/headers/Link/schema/pattern")


@pytest.mark.parametrize("line", ["abc", "", "1_000", " 40000 ", "4.0", "٤٠"])
def test_an_integer_header_is_an_integer(line):
    (finding,) = JUDGE.header_findings(STATS, 400, "X-Ably-ErrorCode", line)
    assert (finding.expected, finding.at) == ("an integer", "x-ably-errorcode")


def test_an_integer_header_passes():
    assert JUDGE.header_findings(STATS, 400, "X-Ably-ErrorCode", "40000") == ()


def test_a_header_that_is_not_listed_is_not_judged():
    assert JUDGE.header_findings(STATS, 200, "Server", "anything") == ()


def test_every_required_header_that_is_missing_is_found():
    found = JUDGE.missing_headers(STATS, 401, (("X-ABLY-ERRORCODE", "40101"),))
    assert {finding.at for finding in found} == {"x-ably-errormessage", "x-ably-serverid"}
    assert {finding.pointer for finding in found} == {
        "#/components/headers/ErrorMessage",
        "#/components/headers/ServerId/required",
    }


def test_a_header_is_not_required_where_the_contract_does_not_list_it():
    assert JUDGE.missing_headers(STATS, 200, ()) == ()


# Requests ------------------------------------------------------------------------------------------------------------


def test_a_valid_request_passes():
    assert JUDGE.request_findings(PUBLISH, JSON, [{"name": "a"}, {"data": {"b": "c"}}]) == ()
    assert JUDGE.request_findings(PUBLISH, FORM, {"name": "a"}) == ()
    assert JUDGE.parameter_findings(HISTORY, "limit", "1000") == ()


def test_a_read_only_member_is_a_deviation_of_a_request():
    assert LITERAL.request_findings(PUBLISH, JSON, {"timestamp": 1})[0].expected == "no such member: it is read-only"


def test_a_known_member_of_extras_is_a_deviation_and_not_generated():
    (finding,) = JUDGE.request_findings(PUBLISH, JSON, {"extras": {"ephemeral": True}})
    assert (finding.at, finding.expected) == ("/extras/ephemeral", "no such member")


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.5), ("a", b"a"), ("1", 1), ([], {})])
def test_a_request_is_not_taken_for_one_that_only_resembles_it(one, other):
    """A judge remembers the last ones."""
    judge = Judge(CONTRACT.document)
    asked = [each for _ in range(2) for each in (one, other)]
    found = [judge.request_findings(PUBLISH, JSON, {"name": each}) for each in asked]

    assert found == [Judge(CONTRACT.document).request_findings(PUBLISH, JSON, {"name": each}) for each in asked]
    assert found[0] != found[1]


def test_a_request_that_is_nested_too_deep_to_be_written_is_judged():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert JUDGE.request_findings(PUBLISH, JSON, {"name": deep})[0].at == "/name"


def test_a_parameter_that_is_not_listed_is_not_judged():
    assert JUDGE.parameter_findings(HISTORY, "colour", "red") == ()
    assert JUDGE.parameter_refusals(HISTORY, "colour", "red") == ()


@pytest.mark.parametrize(("value", "is_refused"), [("1001", True), ("abc", False), ("0", False), ("10", False)])
def test_only_enforced_constraints_of_a_parameter_count_as_refused(value, is_refused):
    assert bool(JUDGE.parameter_refusals(HISTORY, "limit", value)) is is_refused


RECIPIENT = {"recipient": {"transportType": "apns", "deviceToken": "0" * 64}}
NATIVE = {"id": "d", "platform": "native", "formFactor": "phone", "push": RECIPIENT}
ODD = {"id": "d", "platform": "ios", "formFactor": "phone", "colour": "red", "push": RECIPIENT}
SUBSCRIBE = CONTRACT.operation("POST /push/channelSubscriptions")
TOKEN = CONTRACT.operation("POST /keys/{keyName}/requestToken")
PUSH = CONTRACT.operation("POST /push/publish")


@pytest.mark.parametrize(
    ("operation", "body", "is_refused"),
    [
        (REGISTER, NATIVE, True),
        (REGISTER, ODD, False),
        (REGISTER, {**ODD, "push": {}}, True),
        (PUBLISH, {"extras": {"colour": "red"}}, True),
        (PUBLISH, {"clientId": ""}, False),
        (PUBLISH, {"extras": {"ref": {"type": "a"}, "ephemeral": True}}, False),
        (PUBLISH, [{"name": "a", "extras": None}, {"clientId": "*"}], False),
        (REGISTER, {**ODD, "platform": None}, False),
        (SUBSCRIBE, {"channel": "a", "deviceId": "", "clientId": "c"}, False),
        (SUBSCRIBE, {"channel": "a"}, True),
        (SUBSCRIBE, {"channel": "a", "deviceId": "d", "clientId": "c"}, True),
        (SUBSCRIBE, {"channel": "a", "deviceId": "d", "colour": "red"}, False),
        (TOKEN, {"keyName": "abcdef.ghijkl", "timestamp": 1700000000000, "ttl": 86400001}, True),
        (TOKEN, {"keyName": "abcdef.ghijkl", "timestamp": 1700000000000, "nonce": "short"}, False),
        (PUSH, {"recipient": {"clientId": "c"}}, True),
        (PUSH, {"notification": {"title": "a"}}, True),
        (PUSH, {"recipient": {"clientId": "c"}, "data": {"a": "b"}}, False),
    ],
)
def test_only_enforced_constraints_of_a_body_count_as_refused(operation, body, is_refused):
    assert bool(JUDGE.request_refusals(operation, JSON, body)) is is_refused


# Words and speed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string", "enum": ["a", "b"]}, "c", 'one of "a", "b"'),
        ({"type": "string", "pattern": "^a$"}, "b", "text that matches ^a$"),
        ({"type": "integer", "format": "int32"}, 2**40, "a value of the format int32"),
        ({"type": "integer", "minimum": 1}, 0, "at least 1"),
        ({"type": "integer", "maximum": 1}, 2, "at most 1"),
        ({"type": "string", "minLength": 1}, "", "at least 1 characters"),
        ({"type": "string", "maxLength": 1}, "ab", "at most 1 characters"),
        ({"type": "array", "items": {}, "minItems": 1}, [], "at least 1 items"),
        ({"type": "array", "items": {}, "maxItems": 1}, [1, 2], "at most 1 items"),
        ({"type": "object", "minProperties": 1}, {}, "at least 1 members"),
        ({"type": "object", "maxProperties": 0}, {"a": 1}, "at most 0 members"),
        ({"type": "object", "additionalProperties": False}, {"a": 1}, "no members but those that the schema names"),
        ({"type": "object", "properties": {"a": {"writeOnly": True}}}, {"a": 1}, "no such member: it is write-only"),
        ({"type": "array", "items": {}, "uniqueItems": True}, [1, 1], "what uniqueItems true allows"),
        ({"type": "number"}, "a", "a number"),
    ],
)
def test_an_expectation_is_in_words(schema, value, expected):
    content = {"content": {JSON: {"schema": schema}}}
    document = {"openapi": "3.0.1", "info": {}, "paths": {"/a": {"get": {"responses": {"200": content}}}}}
    judge = Judge(document)
    operation = judge._operations["GET /a"]  # noqa: SLF001
    assert [finding.expected for finding in judge.body_findings(operation, 200, JSON, value)] == [expected]


def test_a_small_body_is_judged_within_a_millisecond():
    body = [{**MESSAGE, "name": "a", "data": "b", "clientId": "c"}]
    JUDGE.body_findings(HISTORY, 200, JSON, body)
    started = time.perf_counter()
    for _ in range(100):
        JUDGE.body_findings(HISTORY, 200, JSON, body)
    assert (time.perf_counter() - started) / 100 < 0.001


def test_a_long_header_line_is_judged_by_its_beginning_and_its_end():
    """The published pattern of Link takes the square of the length: a line of 60 KB would take minutes."""
    operation = CONTRACT.operation("GET /channels/{channel_id}/messages")

    def findings(line: str):
        return JUDGE.header_findings(operation, 200, "Link", line)

    assert findings("<" * 1_000_000) != ()
    assert findings(f'<./messages?{"a" * 40_000}>; rel="next"') == ()
