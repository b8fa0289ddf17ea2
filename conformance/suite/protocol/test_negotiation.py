"""RSP: the format and the shape of a response are those that the request asks for."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import HTML, JAVASCRIPT, JSON, MAY, MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import CHANNEL, DEVICE, MESSAGES, TIME, pointer
from conformance.suite.steps.requests import ask
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY
from conformance.wire.codec import callback_of

FORMATS = "ably/docs rest-api, response format"
ACCEPT_WINS = Clause(FORMATS, "the Accept header takes precedence, then the format parameter, then JSON")
FORMAT = Clause("#/components/parameters/responseFormat/description", "The response format you would like")
CALLBACK = Clause(FORMATS, "callback names the function in a JSONP response; its default is callback")
HTML_BODY = Clause(pointer("get", TIME, "responses/2XX/content/text~1html"), "text/html")
ERROR_BODY = Clause("#/components/responses/Error/content/application~1x-msgpack", "application/x-msgpack")
ENVELOPE = Clause("ably/docs rest-api, envelope", "status 200, with statusCode and response in the body")
CORS = Clause(
    "Fetch standard, CORS protocol", "Access-Control-Allow-Origin names the origins that may read the response"
)
ORIGIN = "https://www.example.org"
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
def test_accept_takes_precedence_over_format(target: Target, accept: str, word: str) -> None:
    answer = ask(target, TIME, accept=accept, query={"format": word})

    assert facts(status=answer.status, media_type=answer.response.media_type) == facts(status=200, media_type=accept)


@pytest.mark.parametrize(("word", "kind"), [("json", JSON), ("msgpack", MSGPACK)])
@requirement(
    "RSP-16",
    MUST,
    "The format parameter selects the response format when Accept is absent or */*",
    clause=FORMAT,
    operations=[f"GET {TIME}"],
    needs={"msgpack", "documentation"},
)
def test_format_selects_the_format_without_accept(target: Target, word: str, kind: str) -> None:
    without, wildcard = (
        ask(target, TIME, accept=accept, query={"format": word}).response.media_type for accept in ("", "*/*")
    )

    assert facts(media_type_without_Accept=without, media_type_with_a_wildcard_as_Accept=wildcard) == facts(
        media_type_without_Accept=kind, media_type_with_a_wildcard_as_Accept=kind
    )


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

    for answer in answers:
        assert answer.response.media_type == JSON


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

    function = callback_of(answer.response.body)
    assert facts(media_type=answer.response.media_type, function=function, argument=answer.body) == facts(
        media_type=JAVASCRIPT, function="myFunction", argument=[]
    )


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

    function = callback_of(answer.response.body)
    assert facts(function=function, argument_is_a_list=isinstance(answer.body, list)) == facts(
        function="callback", argument_is_a_list=True
    )


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

    for page in pages:
        is_empty = not page.response.body
        assert facts(status=page.status, media_type=page.response.media_type, empty_body=is_empty) == facts(
            status=200, media_type=HTML, empty_body=False
        )


@pytest.mark.parametrize(("accept", "query"), [(MSGPACK, {}), ("", {"format": "msgpack"})], ids=["Accept", "format"])
@requirement(
    "RSP-21",
    MUST,
    "An error response is MessagePack when the request asks for MessagePack",
    clause=ERROR_BODY,
    operations=[f"GET {MESSAGES}"],
    needs={"msgpack", "documentation"},
)
def test_an_error_has_the_requested_format(target: Target, accept: str, query: dict[str, str]) -> None:
    channel = target.names.fresh("channel")

    rejected = ask(target, MESSAGES, accept=accept, query={**query, "limit": "abc"}, channel_id=channel)

    code = "none" if rejected.error_code is None else str(rejected.error_code)
    assert facts(media_type=rejected.response.media_type, error_code_of_the_body=(code,)) == facts(
        media_type=MSGPACK, error_code_of_the_body=rejected.response.lines("x-ably-errorcode")
    )


@requirement(
    "RSP-22",
    SHOULD,
    "A request with envelope=json gets 200 with statusCode 200 and the body in response",
    clause=ENVELOPE,
    operations=[f"GET {MESSAGES}"],
    needs={"documentation"},
)
def test_an_envelope_contains_the_response(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = ask(target, MESSAGES, accept=JSON, query={"envelope": "json"}, channel_id=channel)

    envelope = answer.body
    assert facts(status=answer.status, statusCode=envelope["statusCode"], response=envelope["response"]) == facts(
        status=200, statusCode=200, response=[]
    )


@requirement(
    "RSP-23",
    SHOULD,
    "An unknown device read with envelope=json gets 200 with statusCode 404 and code 40400",
    clause=ENVELOPE,
    operations=[f"GET {DEVICE}"],
    needs={"documentation", "push"},
)
def test_an_envelope_contains_the_error(target: Target) -> None:
    device = target.names.fresh("device")

    answer = ask(target, DEVICE, accept=JSON, query={"envelope": "json"}, device_id=device)

    code = answer.body["response"]["error"]["code"]
    assert facts(status=answer.status, statusCode=answer.body["statusCode"], error_code=code) == facts(
        status=200, statusCode=404, error_code=40400
    )


@requirement(
    "RSP-24",
    MAY,
    "The fields parameter limits a channel status response to the named members",
    clause=SHAPING,
    operations=[f"GET {CHANNEL}"],
    needs={"documentation"},
)
def test_fields_limits_the_members(target: Target) -> None:
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

    active_type = type(answer.body["status.isActive"])
    assert facts(channelId=answer.body["channelId"], type_of_isActive=active_type) == facts(
        channelId=channel, type_of_isActive=bool
    )


@pytest.mark.parametrize("rest", [JSON, "*/*"], ids=["JSON", "anything"])
@requirement(
    "RSP-50",
    MUST,
    "A response is JSON, not MessagePack, if Accept excludes MessagePack with q=0",
    clause=Clause("RFC 9110 section 12.4.2", "a weight of 0 means not acceptable"),
    operations=[f"GET {TIME}"],
    needs={"msgpack", "documentation"},
)
def test_an_excluded_format_is_not_sent(target: Target, rest: str) -> None:
    answer = ask(target, TIME, accept=f"{MSGPACK};q=0, {rest}")

    assert facts(status=answer.status, media_type=answer.response.media_type) == facts(status=200, media_type=JSON)


@requirement(
    "RSP-51",
    SHOULD,
    "A response is MessagePack if Accept names it and excludes JSON with q=0",
    clause=Clause("RFC 9110 section 12.5.1", "the preferences of a request are honoured"),
    operations=[f"GET {TIME}"],
    needs={"msgpack", "documentation"},
)
def test_the_format_that_is_not_excluded_is_sent(target: Target) -> None:
    answer = ask(target, TIME, accept=f"{JSON};q=0, {MSGPACK}")

    assert facts(status=answer.status, media_type=answer.response.media_type) == facts(status=200, media_type=MSGPACK)


@requirement(
    "RSP-26",
    MAY,
    "A cross-origin request to GET /time is allowed by Access-Control-Allow-Origin",
    clause=CORS,
    operations=[f"GET {TIME}"],
    needs={"documentation"},
)
def test_another_origin_may_read(target: Target) -> None:
    answer = ask(target, TIME, accept=JSON, headers=(("Origin", ORIGIN),))

    assert is_readable(answer), f"{allowance(answer)} Access-Control-Allow-Origin"


@requirement(
    "RSP-52",
    SHOULD,
    "An error response to a cross-origin request is allowed by Access-Control-Allow-Origin",
    clause=CORS,
    operations=[f"GET {MESSAGES}"],
    needs={"documentation", "credentials"},
)
def test_another_origin_may_read_an_error(target: Target) -> None:
    channel = target.names.fresh("channel")

    rejected = target.get(MESSAGES, headers={"Origin": ORIGIN}, principal=NOBODY, channel_id=channel)

    assert is_readable(rejected), f"{allowance(rejected)} Access-Control-Allow-Origin, with status {rejected.status}"


@requirement(
    "RSP-53",
    SHOULD,
    "A cross-origin response exposes the headers Link, X-Ably-ErrorCode and X-Ably-ErrorMessage",
    clause=Clause(
        "Fetch standard, CORS protocol", "a page reads only the headers that Access-Control-Expose-Headers names"
    ),
    operations=[f"GET {MESSAGES}"],
    needs={"documentation", "credentials"},
)
def test_another_origin_may_read_links_and_errors(target: Target) -> None:
    origin, channel = {"Origin": ORIGIN}, target.names.fresh("channel")

    page = target.get(MESSAGES, headers=origin, channel_id=channel)
    rejected = target.get(MESSAGES, headers=origin, principal=NOBODY, channel_id=channel)

    assert facts(
        hidden_headers_of_a_page={"link"} - exposed(page),
        hidden_headers_of_an_error={"x-ably-errorcode", "x-ably-errormessage"} - exposed(rejected),
    ) == facts(hidden_headers_of_a_page=set(), hidden_headers_of_an_error=set())


def allowed(answer: Answer) -> tuple[str, ...]:
    return answer.response.lines("access-control-allow-origin")


def is_readable(answer: Answer) -> bool:
    """Whether the page of another origin may read the response."""
    return bool(set(allowed(answer)) & {"*", ORIGIN})


def allowance(answer: Answer) -> str:
    return f"a header with the value {', '.join(allowed(answer))}" if allowed(answer) else "no header"


def exposed(answer: Answer) -> set[str]:
    """The headers of a response that the page of another origin may read, in lower case; all of them for *."""
    named = {
        name.strip().lower()
        for line in answer.response.lines("access-control-expose-headers")
        for name in line.split(",")
    }
    return {name.lower() for name, _ in answer.response.headers} if "*" in named else named
