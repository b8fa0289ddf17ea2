"""PUB: what may not be published is refused, and nothing of it is stored."""

from __future__ import annotations

from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import BOTH, channel_of, kept, publish, published_raw
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

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
def test_an_invalid_connection_key_is_refused(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text", "connectionKey": "should.be.wrong"})

    assert (refused.status, refused.error_code, kept(target, channel)) == (400, 40006, [])


@requirement(
    "PUB-20",
    MUST,
    "A publish with _forceNack=true is rejected with 400 and error code 40099 and not stored",
    clause=Clause(PYTHON, "a publish with the parameter _forceNack is rejected with 40099"),
    operations=BOTH,
    needs=STATE,
)
def test_a_forced_refusal_stores_nothing(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text"}, query={"_forceNack": "true"})

    assert (refused.status, refused.error_code, kept(target, channel)) == (400, 40099, [])


@requirement(
    "PUB-22",
    MUST,
    "A publish with malformed JSON is rejected with a 4xx status and stores nothing",
    clause=Clause("ably/ably-common errors/codes/40001", "the body of the request cannot be parsed"),
    operations=BOTH,
    needs=STATE,
)
def test_a_body_that_is_no_json_is_refused(target: Target) -> None:
    channel = channel_of(target)

    refused = published_raw(target, channel, b'{"data": "cut sho')

    assert (is_rejected(refused), kept(target, channel)) == (True, [])


@requirement(
    "PUB-23",
    MUST,
    "A publish body that is not an object or an array of objects is rejected with a 4xx status",
    clause=OBJECT,
    operations=BOTH,
    needs=STATE,
)
def test_a_body_that_is_no_message_is_refused(target: Target) -> None:
    channel = channel_of(target)

    refused = [publish(target, channel, body) for body in ("text", 7, True, ["text"])]

    assert ([is_rejected(each) for each in refused], kept(target, channel)) == ([True] * 4, [])


@requirement(
    "PUB-24",
    SHOULD,
    "A message whose name is not a string is rejected with 400",
    clause=Clause("#/components/schemas/Message/properties/name/type", "string"),
    operations=PUBLISH,
    needs=STATE,
)
def test_a_name_that_is_no_text_is_refused(target: Target) -> None:
    refused = publish(target, channel_of(target), {"name": {"not": "a text"}, "data": "text"})

    assert refused.status == 400


@requirement(
    "PUB-27",
    SHOULD,
    "A message whose clientId is not a string is rejected with 400",
    clause=Clause("#/components/schemas/Message/properties/clientId/type", "string"),
    operations=PUBLISH,
    needs=STATE,
)
def test_a_client_id_that_is_no_text_is_refused(target: Target) -> None:
    refused = publish(target, channel_of(target), {"clientId": {"not": "a text"}, "data": "text"})

    assert refused.status == 400


@requirement(
    "PUB-25",
    MUST,
    "A message with an unknown extras key is rejected with 400 and code 40032 and not stored",
    clause=Clause("ably/ably-common errors/codes/40032", "a key of extras is unknown, or its value has the wrong type"),
    operations=BOTH,
    needs=STATE,
)
def test_unknown_extras_are_refused(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text", "extras": {"somethingElse": {"key": "value"}}})

    assert (refused.status, refused.error_code, kept(target, channel)) == (400, 40032, [])


@requirement(
    "PUB-28",
    MUST,
    "A message whose extras are not an object is rejected with 400 and not stored",
    clause=Clause("#/components/schemas/Extras/type", "object"),
    operations=BOTH,
    needs=STATE,
)
def test_extras_that_are_no_object_are_refused(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text", "extras": "push"})

    assert (refused.status, kept(target, channel)) == (400, [])


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

    refused = publish(target, channel, {"data": "text"}, principal="subscriber")

    assert (refused.status, refused.error_code, kept(target, channel)) == (401, 40160, [])


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

    refused = publish(target, channel, {"data": "text"}, principal=NOBODY)

    assert (refused.status, kept(target, channel)) == (401, [])


@requirement(
    "PUB-65",
    MUST,
    "A publish to a channel name with a leading colon or a newline is rejected with 400",
    clause=Clause("ably/docs channels", "a channel name does not start with a colon and holds no newline"),
    operations=PUBLISH,
)
def test_an_impossible_channel_name_is_refused(target: Target) -> None:
    name = channel_of(target)

    refused = [publish(target, each, {"data": "text"}).status for each in (f":{name}", f"{name}\nsecond line")]

    assert refused == [400, 400]
