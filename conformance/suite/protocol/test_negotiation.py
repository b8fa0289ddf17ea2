"""RSP: an answer comes in the form that was asked for."""

from __future__ import annotations

import pytest

from conformance.model import HTML, JAVASCRIPT, JSON, MAY, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import CHANNEL, DEVICE, MESSAGES, TIME, pointer
from conformance.suite.steps.requests import ask
from conformance.target.client import Target
from conformance.wire.codec import callback_of

FORMATS = "ably/docs rest-api, response format"
ACCEPT_WINS = Clause(FORMATS, "the Accept header takes precedence, then the format parameter, then JSON")
FORMAT = Clause("#/components/parameters/responseFormat/description", "The response format you would like")
CALLBACK = Clause(FORMATS, "callback names the function in a JSONP response; its default is callback")
HTML_BODY = Clause(pointer("get", TIME, "responses/2XX/content/text~1html"), "text/html")
ERROR_BODY = Clause("#/components/responses/Error/content/application~1x-msgpack", "application/x-msgpack")
ENVELOPE = Clause("ably/docs rest-api, envelope", "status 200, with statusCode and response in the body")
SHAPING = Clause(
    "ably/docs rest-api, restructuring the response", "the parameters fields, flatten and select restructure a response"
)


@pytest.mark.parametrize(("accept", "word"), [(MSGPACK, "json"), (JSON, "msgpack")], ids=["MessagePack", "JSON"])
@requirement(
    "RSP-15",
    MUST,
    "The Accept header takes precedence over the format parameter",
    clause=ACCEPT_WINS,
    operations=[f"GET {TIME}"],
    needs={"msgpack"},
)
def test_accept_wins_over_format(target: Target, accept: str, word: str) -> None:
    answer = ask(target, TIME, accept=accept, query={"format": word})

    assert (answer.status, answer.response.media_type) == (200, accept)


@pytest.mark.parametrize(("word", "kind"), [("json", JSON), ("msgpack", MSGPACK)])
@requirement(
    "RSP-16",
    MUST,
    "The format parameter selects the response format when Accept is absent or */*",
    clause=FORMAT,
    operations=[f"GET {TIME}"],
    needs={"msgpack", "documentation"},
)
def test_format_decides_without_accept(target: Target, word: str, kind: str) -> None:
    kinds = [ask(target, TIME, accept=accept, query={"format": word}).response.media_type for accept in ("", "*/*")]

    assert kinds == [kind, kind]


@requirement(
    "RSP-17",
    MUST,
    "A response is JSON when neither Accept nor format selects a format",
    clause=ACCEPT_WINS,
    operations=[f"GET {TIME}", f"GET {CHANNEL}"],
)
def test_json_is_the_default(target: Target) -> None:
    channel = target.names.fresh("channel")
    answers = [ask(target, path, accept=accept, **how) for accept in ("", "*/*") for path, how in _reads(channel)]

    assert {answer.response.media_type for answer in answers} == {JSON}


def _reads(channel: str) -> list[tuple[str, dict[str, Json]]]:
    return [(TIME, {}), (MESSAGES, {"channel_id": channel})]


@requirement(
    "RSP-18",
    MUST,
    "JSONP history of an empty channel calls the function named by callback with []",
    clause=CALLBACK,
    operations=[f"GET {MESSAGES}"],
    needs={"html"},
)
def test_jsonp_calls_the_named_function(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = ask(target, MESSAGES, query={"format": "jsonp", "callback": "myFunction"}, channel_id=channel)

    told = (answer.response.media_type, callback_of(answer.response.body), answer.body)
    assert told == (JAVASCRIPT, "myFunction", [])


@requirement(
    "RSP-19",
    MUST,
    "A JSONP response calls the function callback when the request names no function",
    clause=CALLBACK,
    operations=[f"GET {TIME}"],
    needs={"html"},
)
def test_jsonp_calls_callback_by_default(target: Target) -> None:
    answer = ask(target, TIME, query={"format": "jsonp"})

    assert (callback_of(answer.response.body), isinstance(answer.body, list)) == ("callback", True)


@pytest.mark.parametrize(("accept", "query"), [(HTML, {}), ("", {"format": "html"})], ids=["Accept", "format"])
@requirement(
    "RSP-20",
    MUST,
    "GET /time and message history return 200 and an HTML page when HTML is requested",
    clause=HTML_BODY,
    operations=[f"GET {TIME}", f"GET {MESSAGES}"],
    needs={"html"},
)
def test_html_is_served(target: Target, accept: str, query: dict[str, str]) -> None:
    channel = target.names.fresh("channel")
    pages = [ask(target, path, accept=accept, query=query, **how) for path, how in _reads(channel)]

    assert [(page.status, page.response.media_type, bool(page.response.body)) for page in pages] == [
        (200, HTML, True)
    ] * 2


@pytest.mark.parametrize(("accept", "query"), [(MSGPACK, {}), ("", {"format": "msgpack"})], ids=["Accept", "format"])
@requirement(
    "RSP-21",
    MUST,
    "An error response is MessagePack when the request asks for MessagePack",
    clause=ERROR_BODY,
    operations=[f"GET {MESSAGES}"],
    needs={"msgpack", "documentation"},
)
def test_an_error_comes_as_asked(target: Target, accept: str, query: dict[str, str]) -> None:
    channel = target.names.fresh("channel")

    refused = ask(target, MESSAGES, accept=accept, query={**query, "limit": "abc"}, channel_id=channel)

    told = (refused.response.media_type, str(refused.error_code))
    assert told == (MSGPACK, *refused.response.lines("x-ably-errorcode"))


@requirement(
    "RSP-22",
    SHOULD,
    "A request with envelope=json gets 200 with statusCode 200 and the body in response",
    clause=ENVELOPE,
    operations=[f"GET {MESSAGES}"],
    needs={"documentation"},
)
def test_an_envelope_holds_the_answer(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = ask(target, MESSAGES, accept=JSON, query={"envelope": "json"}, channel_id=channel)

    assert (answer.status, answer.body["statusCode"], answer.body["response"]) == (200, 200, [])


@requirement(
    "RSP-23",
    SHOULD,
    "An unknown device read with envelope=json gets 200 with statusCode 404 and code 40400",
    clause=ENVELOPE,
    operations=[f"GET {DEVICE}"],
    needs={"documentation", "push"},
)
def test_an_envelope_holds_the_error(target: Target) -> None:
    device = target.names.fresh("device")

    answer = ask(target, DEVICE, accept=JSON, query={"envelope": "json"}, device_id=device)

    told = (answer.status, answer.body["statusCode"], answer.body["response"]["error"]["code"])
    assert told == (200, 404, 40400)


@requirement(
    "RSP-24",
    MAY,
    "The fields parameter limits a channel status response to the named members",
    clause=SHAPING,
    operations=[f"GET {CHANNEL}"],
    needs={"documentation"},
)
def test_fields_restrict_an_answer(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = ask(target, CHANNEL, accept=JSON, query={"fields": "channelId"}, channel_id=channel)

    assert answer.body == {"channelId": channel}


@requirement(
    "RSP-25",
    MAY,
    "The flatten parameter returns nested members under dotted names",
    clause=SHAPING,
    operations=[f"GET {CHANNEL}"],
    needs={"documentation"},
)
def test_flatten_gives_dotted_names(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = ask(target, CHANNEL, accept=JSON, query={"flatten": "true"}, channel_id=channel)

    assert (answer.body["channelId"], type(answer.body["status.isActive"])) == (channel, bool)


@requirement(
    "RSP-26",
    MAY,
    "A cross-origin request to GET /time is allowed by Access-Control-Allow-Origin",
    clause=Clause(
        "Fetch standard, CORS protocol", "Access-Control-Allow-Origin names the origins that may read the response"
    ),
    operations=[f"GET {TIME}"],
    needs={"documentation"},
)
def test_another_origin_may_read(target: Target) -> None:
    origin = "https://www.example.org"

    answer = ask(target, TIME, accept=JSON, headers=(("Origin", origin),))

    allowed = answer.response.lines("access-control-allow-origin")
    assert set(allowed) & {"*", origin}, f"access-control-allow-origin: {', '.join(allowed) or 'absent'}"
