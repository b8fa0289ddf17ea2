"""RSP: what each operation accepts in every request: any version, and the parameter request_id."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import status_in_words
from conformance.suite.steps.endpoints import MESSAGES, TIME
from conformance.suite.steps.messages import channel_of, published_raw
from conformance.suite.steps.operations import PROTECTED_OPERATIONS, Fixtures, ProtectedOperation, operations
from conformance.suite.steps.requests import ask
from conformance.target.answer import Answer
from conformance.target.client import Target

NEEDS = {"state", "push", "documentation"}
BUSY = 429
SERVED = [each for each in PROTECTED_OPERATIONS if each.name != "reset device"]
"""All operations but those without credentials and the reset, which a target may serve with POST."""

every = pytest.mark.parametrize("protected", SERVED, ids=[each.name for each in SERVED])


def sent(target: Target, protected: ProtectedOperation, fixtures: Fixtures, **more: Json) -> Answer:
    """A valid request of the operation, with more query parameters or headers."""
    method, _, path = protected.operation.partition(" ")
    arguments = protected.arguments(fixtures)
    query = {**arguments.pop("query", {}), **more.pop("query", {})}
    return target.request(method, path, query=query, **arguments, **more)


def is_served(answer: Answer) -> bool:
    """A 2xx, or 429, which limits parallel enumerations of channels (42912)."""
    return answer.status // 100 == 2 or answer.status == BUSY


@every
@requirement(
    "RSP-88",
    SHOULD,
    "Every operation accepts old and unknown versions in X-Ably-Version",
    clause=Clause(
        "ably/ably-python test/ably/rest/restrequest_test", "a request with the version 150 is served like any other"
    ),
    operations=operations(SERVED),
    needs=NEEDS,
)
def test_every_version_is_accepted(target: Target, fixtures: Fixtures, protected: ProtectedOperation) -> None:
    answers = [
        sent(target, protected, fixtures, headers={"X-Ably-Version": version}) for version in ("1.2", "2", "150")
    ]

    for answer in answers:
        assert is_served(answer), status_in_words(answer)


@every
@requirement(
    "RSP-89",
    MUST,
    "Every operation accepts the query parameter request_id",
    clause=Clause("ably/specification features RSC7c", "a request of any kind may have the parameter request_id"),
    operations=operations(SERVED),
    needs=NEEDS,
)
def test_a_request_id_is_accepted(target: Target, fixtures: Fixtures, protected: ProtectedOperation) -> None:
    answer = sent(target, protected, fixtures, query={"request_id": "b3f6aZ_-09"})

    assert is_served(answer), status_in_words(answer)


@requirement(
    "RSP-90",
    SHOULD,
    "Media types in Accept and Content-Type are case-insensitive",
    clause=Clause("RFC 9110 section 8.3.1", "type and subtype of a media type are case-insensitive"),
    operations=[f"GET {TIME}", f"POST {MESSAGES}"],
    needs={"state", "msgpack", "documentation"},
)
def test_media_types_are_case_insensitive(target: Target) -> None:
    time = ask(target, TIME, accept="Application/X-MsgPack")
    publish = published_raw(target, channel_of(target), b'{"data": "text"}', "Application/JSON")

    assert facts(media_type_of_the_time=time.response.media_type, status_of_the_publish=publish.status) == facts(
        media_type_of_the_time=MSGPACK, status_of_the_publish=201
    )


@requirement(
    "RSP-91",
    SHOULD,
    "Of several types in Accept a response has the first one that the operation documents",
    clause=Clause("RFC 9110 section 12.5.1", "a server chooses among the media types that Accept lists"),
    operations=[f"GET {TIME}"],
    needs={"msgpack", "documentation"},
)
def test_accept_may_list_several_types(target: Target) -> None:
    answer = ask(target, TIME, accept="image/png, application/x-msgpack")

    assert facts(status=answer.status, media_type=answer.response.media_type) == facts(status=200, media_type=MSGPACK)


@requirement(
    "RSP-92",
    SHOULD,
    "A body with the Content-Type application/json; charset=utf-8 is read as JSON",
    clause=Clause("RFC 9110 section 8.3.1", "a media type may be followed by parameters"),
    operations=[f"POST {MESSAGES}"],
    needs={"state", "documentation"},
)
def test_a_content_type_may_have_a_charset(target: Target) -> None:
    publish = published_raw(target, channel_of(target), b'{"data": "text"}', "application/json; charset=utf-8")

    assert publish.status == 201
