"""PUB: invalid and unauthorized publishes are rejected and not stored."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MAY, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import BOTH, channel_of, kept, publish, published_raw
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

NO_MESSAGES: tuple[Json, ...] = ("text", 7, True, ["text"])
NULLS = (b"null", b"[null]", b"[{}, null]")
OBJECT = Clause("#/components/schemas/Message/type", "object")
PYTHON = "ably/ably-python test/ably/rest/restchannelpublish_test"
PUBLISH = [f"POST {MESSAGES}"]
STATE = ("state",)


@requirement(
    "PUB-19",
    MUST,
    "A message with an invalid connectionKey is rejected with 400 and code 40006 and not stored",
    clause=Clause(PYTHON, "an invalid connectionKey is refused: 40006"),
    operations=BOTH,
    needs=STATE,
)
def test_an_invalid_connection_key_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", "connectionKey": "should.be.wrong"})

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40006), stored_messages=0
    )


@requirement(
    "PUB-20",
    MAY,
    "A publish with _forceNack=true is rejected with 400 and error code 40099 and not stored",
    clause=Clause("ably/ably-common errors/codes/40099", "reserved for artificial errors produced during testing"),
    operations=BOTH,
    needs=(*STATE, "forced-nack"),
)
def test_a_publish_with_force_nack_stores_nothing(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text"}, query={"_forceNack": "true"})

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40099), stored_messages=0
    )


@requirement(
    "PUB-22",
    MUST,
    "A publish with malformed JSON is rejected with a 4xx status and stores nothing",
    clause=Clause("ably/ably-common errors/codes/40001", "the body of the request cannot be parsed"),
    operations=BOTH,
    needs=STATE,
)
def test_a_body_with_malformed_json_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = published_raw(target, channel, b'{"data": "cut sho')

    stored = len(kept(target, channel))
    assert facts(rejected=is_rejected(rejected), stored_messages=stored) == facts(rejected=True, stored_messages=0)


@requirement(
    "PUB-23",
    MUST,
    "A publish body that is not an object or an array of objects is rejected with a 4xx status",
    clause=OBJECT,
    operations=BOTH,
    needs=STATE,
)
def test_a_body_that_is_no_message_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    answers = [publish(target, channel, body) for body in NO_MESSAGES]

    stored = len(kept(target, channel))
    assert facts(bodies_not_rejected=bodies_not_rejected(answers), stored_messages=stored) == facts(
        bodies_not_rejected=(), stored_messages=0
    )


@pytest.mark.parametrize("body", NULLS, ids=["null", "array with null", "message and null"])
@requirement(
    "PUB-99",
    MUST,
    "A publish body of null, or with null in an array, is rejected with a 4xx status",
    clause=OBJECT,
    operations=BOTH,
    needs=STATE,
)
def test_null_is_no_message(target: Target, body: bytes) -> None:
    channel = channel_of(target)

    rejected = published_raw(target, channel, body)

    stored = len(kept(target, channel))
    assert facts(rejected=is_rejected(rejected), stored_messages=stored) == facts(rejected=True, stored_messages=0)


@requirement(
    "PUB-24",
    SHOULD,
    "A message whose name is not a string is rejected with 400",
    clause=Clause("#/components/schemas/Message/properties/name/type", "string"),
    operations=PUBLISH,
    needs=STATE,
)
def test_a_name_that_is_no_text_is_rejected(target: Target) -> None:
    rejected = publish(target, channel_of(target), {"name": {"not": "a text"}, "data": "text"})

    assert rejected.status == 400


@requirement(
    "PUB-27",
    SHOULD,
    "A message whose clientId is not a string is rejected with 400",
    clause=Clause("#/components/schemas/Message/properties/clientId/type", "string"),
    operations=PUBLISH,
    needs=STATE,
)
def test_a_client_id_that_is_no_text_is_rejected(target: Target) -> None:
    rejected = publish(target, channel_of(target), {"clientId": {"not": "a text"}, "data": "text"})

    assert rejected.status == 400


@requirement(
    "PUB-25",
    MUST,
    "A message with an unknown extras key is rejected with 400 and code 40032 and not stored",
    clause=Clause("ably/ably-common errors/codes/40032", "a key of extras is unknown, or its value has the wrong type"),
    operations=BOTH,
    needs=STATE,
)
def test_unknown_extras_are_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", "extras": {"somethingElse": {"key": "value"}}})

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40032), stored_messages=0
    )


@requirement(
    "PUB-28",
    MUST,
    "A message whose extras are not an object is rejected with 400 and not stored",
    clause=Clause("#/components/schemas/Extras/type", "object"),
    operations=BOTH,
    needs=STATE,
)
def test_extras_that_are_no_object_are_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", "extras": "push"})

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=400, stored_messages=0)


@requirement(
    "PUB-63",
    MUST,
    "A publish by a key without publish capability is rejected with 401 and error code 40160",
    clause=Clause(
        "ably/ably-ruby spec/acceptance/rest/channel_spec",
        "a key without the publish capability is rejected with 401 and 40160",
    ),
    operations=BOTH,
    needs=(*STATE, "credentials", "provisioning"),
)
def test_a_publish_without_capability_stores_nothing(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text"}, principal="subscriber")

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(401, 40160), stored_messages=0
    )


@requirement(
    "PUB-64",
    MUST,
    "A publish without credentials is rejected with 401 and stores nothing",
    clause=Clause("#/components/securitySchemes/basicAuth/description", "Basic Authentication using an [API key]"),
    operations=BOTH,
    needs=(*STATE, "credentials"),
)
def test_a_publish_without_credentials_stores_nothing(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text"}, principal=NOBODY)

    stored = len(kept(target, channel))
    assert facts(status=rejected.status, stored_messages=stored) == facts(status=401, stored_messages=0)


@requirement(
    "PUB-65",
    MUST,
    "A publish to a channel name with a leading colon or a newline is rejected with 400",
    clause=Clause("ably/docs channels", "a channel name does not start with a colon and holds no newline"),
    operations=PUBLISH,
)
def test_an_invalid_channel_name_is_rejected(target: Target) -> None:
    name = channel_of(target)

    colon = publish(target, f":{name}", {"data": "text"})
    newline = publish(target, f"{name}\nsecond line", {"data": "text"})

    assert facts(status_with_a_leading_colon=colon.status, status_with_a_newline=newline.status) == facts(
        status_with_a_leading_colon=400, status_with_a_newline=400
    )


@pytest.mark.parametrize("first", [",", " "], ids=["comma", "blank"])
@requirement(
    "PUB-106",
    SHOULD,
    "A publish to a channel name with a leading comma or blank is rejected with 400",
    clause=Clause("ably/docs issue 1416", "the first character of a channel name is no colon, comma, blank or bracket"),
    operations=PUBLISH,
)
def test_a_leading_comma_or_blank_is_rejected(target: Target, first: str) -> None:
    rejected = publish(target, f"{first}{channel_of(target)}", {"data": "text"})

    assert rejected.status == 400


def bodies_not_rejected(answers: list[Answer]) -> tuple[Json, ...]:
    """Those of NO_MESSAGES to which the answer is not a 4xx."""
    return tuple(body for body, answer in zip(NO_MESSAGES, answers, strict=True) if not is_rejected(answer))
