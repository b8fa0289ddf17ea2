"""PUB: the clientId of a message: which callers may set it, and which clientId is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.facts import Facts, facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import (
    BOTH,
    channel_of,
    history,
    kept,
    members,
    publish,
    published_raw,
    single_message,
)
from conformance.suite.steps.tokens import Issuer
from conformance.target.client import Target
from conformance.target.credentials import Principal, identified

CLIENT, OTHER = "conf-client", "conf-other"
PHP = "ably/ably-php tests/ClientIdTest"
RUBY = "ably/ably-ruby spec/acceptance/rest/channel_spec"
PUBLISHER = Clause("#/components/schemas/Message/properties/clientId/description", "of the publisher of this message")
ONLY_ITSELF = Clause(
    "ably/specification uts/rest/integration/publish RSL1m4", "a message with another clientId is rejected: 40012"
)
NO_CLIENT = Clause(PHP, "a token without clientId may not publish a message that has one: 40012 (RSA8f2)")
ANY_CLIENT = Clause(PHP, "a token for the clientId * may publish as any client (RSA8f4)")
BASIC_CLIENT = Clause(
    "ably/specification features RSA7e2", "X-Ably-ClientId: the base64-encoded clientId, for Basic authentication only"
)
NEEDS = ("state", "credentials")
Query = dict[str, str]
QUERIES: tuple[Query, ...] = ({"clientId": OTHER}, {"clientId": OTHER, "enveloped": "false"})


@pytest.fixture(scope="module")
def client_token(issuer: Issuer) -> Principal:
    return issuer.bearer("a token with a clientId", clientId=CLIENT)


@pytest.fixture(scope="module")
def anonymous_token(issuer: Issuer) -> Principal:
    return issuer.bearer("a token without a clientId")


@pytest.fixture(scope="module")
def wildcard_token(issuer: Issuer) -> Principal:
    return issuer.bearer("a token with the clientId *", clientId="*")


def stored_client(target: Target, channel: str) -> Facts:
    """The clientId of the message in history, as a fact beside the number of messages."""
    return single_message(history(target, channel).body, "clientId")


def key_with_client_id(target: Target, client_id: str) -> Principal:
    """The key that may do everything, with the header X-Ably-ClientId."""
    return replace(
        identified(target.principals["full"], client_id), name=f"a key that sends X-Ably-ClientId {client_id}"
    )


@requirement(
    "PUB-50",
    MUST,
    "A message published with a token that has a clientId is stored with that clientId",
    clause=Clause(RUBY, "a message without clientId is attributed to the client of the token"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_gets_the_client_id_of_the_token(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=client_token)

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=CLIENT
    )


@requirement(
    "PUB-51",
    MUST,
    "A message with the same clientId as its token is accepted with 201 and stored",
    clause=Clause(RUBY, "a message may contain the clientId of its token"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_may_have_the_client_id_of_the_token(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text", "clientId": CLIENT}, principal=client_token)

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=CLIENT
    )


@requirement(
    "PUB-07",
    MUST,
    "A message whose clientId differs from the token's is rejected with 400 and code 40012",
    clause=ONLY_ITSELF,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_with_another_client_id_than_the_token_is_rejected(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", "clientId": OTHER}, principal=client_token)

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40012), stored_messages=0
    )


@requirement(
    "PUB-52",
    MUST,
    "A message with a clientId is rejected with 400 and code 40012 if the token has none",
    clause=NO_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_token_without_client_id_may_not_publish_as_a_client(target: Target, anonymous_token: Principal) -> None:
    channel = channel_of(target)

    rejected = publish(target, channel, {"data": "text", "clientId": CLIENT}, principal=anonymous_token)

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40012), stored_messages=0
    )


@requirement(
    "PUB-53",
    MUST,
    "A message published with a token without clientId is stored without a clientId",
    clause=PUBLISHER,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_token_without_client_id_adds_none(target: Target, anonymous_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=anonymous_token)

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=None
    )


@requirement(
    "PUB-54",
    MUST,
    "A token with clientId * can publish messages with any clientId",
    clause=ANY_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_wildcard_token_may_publish_as_any_client(target: Target, wildcard_token: Principal) -> None:
    channel = channel_of(target)
    as_two = [{"data": "a", "clientId": CLIENT}, {"data": "b", "clientId": OTHER}]

    answer = publish(target, channel, as_two, principal=wildcard_token)

    client_ids = members(history(target, channel, 2), "clientId")
    assert facts(status=answer.status, clientIds=client_ids) == facts(status=201, clientIds=[CLIENT, OTHER])


@requirement(
    "PUB-55",
    MUST,
    "A message without clientId is stored without one if the token has clientId *",
    clause=Clause(
        "ably/ably-python test/ably/rest/restchannelpublish_test", "a wildcard clientId does not identify a publisher"
    ),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_wildcard_token_adds_no_client_id(target: Target, wildcard_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=wildcard_token)

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=None
    )


@requirement(
    "PUB-56",
    MUST,
    "With Basic authentication, X-Ably-ClientId sets the clientId of a message",
    clause=BASIC_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_gets_the_client_id_of_the_header(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=key_with_client_id(target, CLIENT))

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=CLIENT
    )


@requirement(
    "PUB-57",
    MUST,
    "A message whose clientId differs from X-Ably-ClientId is rejected with 400 and code 40012",
    clause=Clause("ably/ably-js test/rest/message.test", "a clientId other than that of the SDK instance is rejected"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_with_another_client_id_than_the_header_is_rejected(target: Target) -> None:
    channel = channel_of(target)

    rejected = publish(
        target, channel, {"data": "text", "clientId": OTHER}, principal=key_with_client_id(target, CLIENT)
    )

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40012), stored_messages=0
    )


@requirement(
    "PUB-58",
    MUST,
    "An API key can publish messages with any clientId",
    clause=Clause("ably/specification features RSL1m", "a clientId set in a message is published to the channel"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_key_may_publish_as_any_client(target: Target) -> None:
    channel = channel_of(target)
    as_two = [{"data": "a", "clientId": CLIENT}, {"data": "b", "clientId": OTHER}]

    answer = publish(target, channel, as_two)

    client_ids = members(history(target, channel, 2), "clientId")
    assert facts(status=answer.status, clientIds=client_ids) == facts(status=201, clientIds=[CLIENT, OTHER])


@requirement(
    "PUB-59",
    MUST,
    "A message published with an API key and no clientId is stored without a clientId",
    clause=PUBLISHER,
    operations=BOTH,
    needs=("state",),
)
def test_a_key_adds_no_client_id(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"})

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=None
    )


@requirement(
    "PUB-60",
    SHOULD,
    "A message with clientId * is rejected with 400",
    clause=Clause(RUBY, "a wildcard is refused as the clientId of a message"),
    operations=[f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_a_message_with_a_wildcard_client_id_is_rejected(target: Target) -> None:
    rejected = publish(target, channel_of(target), {"data": "text", "clientId": "*"})

    assert rejected.status == 400


@requirement(
    "PUB-61",
    MUST,
    "An array with one mismatched clientId is rejected whole with 400 and error code 40012",
    clause=Clause("ably/ably-go ably/rest_channel_spec_integration_test", "one mismatched clientId fails all (RSL1g3)"),
    operations=BOTH,
    needs=NEEDS,
)
def test_an_array_with_one_mismatched_client_id_is_rejected(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)
    mixed = [{"data": "mine"}, {"data": "theirs", "clientId": OTHER}, {"data": "mine", "clientId": CLIENT}]

    rejected = publish(target, channel, mixed, principal=client_token)

    stored = len(kept(target, channel))
    assert facts(**status_and_code(rejected), stored_messages=stored) == facts(
        **rejection(400, 40012), stored_messages=0
    )


@requirement(
    "PUB-62",
    MUST,
    "Every message of a published array is stored with the clientId of the token",
    clause=PUBLISHER,
    operations=BOTH,
    needs=NEEDS,
)
def test_all_messages_of_an_array_get_the_client_id_of_the_token(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    publish(target, channel, [{"data": "a"}, {"data": "b"}, {"data": "c"}], principal=client_token)

    client_ids = members(history(target, channel, 3), "clientId")
    assert facts(clientIds=client_ids) == facts(clientIds=[CLIENT] * 3)


@requirement(
    "PUB-66",
    SHOULD,
    "A non-ASCII clientId in X-Ably-ClientId is decoded from base64 as UTF-8",
    clause=BASIC_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_id_in_the_header_may_be_any_text(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": "text"}, principal=key_with_client_id(target, "Zoë ☃ 😀"))

    assert stored_client(target, channel) == facts(stored_messages=1, clientId="Zoë ☃ 😀")


@pytest.mark.parametrize("query", QUERIES, ids=["a message", "a body that is the data"])
@requirement(
    "PUB-100",
    MUST,
    "A clientId in the query of a publish never replaces the clientId of the token",
    clause=ONLY_ITSELF,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_id_in_the_query_replaces_none(target: Target, client_token: Principal, query: Query) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": "text"}, query=query, principal=client_token)

    others = {message.get("clientId") for message in kept(target, channel)} - {CLIENT}
    assert facts(other_clientIds=others) == facts(other_clientIds=set())


@requirement(
    "PUB-101",
    SHOULD,
    "With enveloped=false, the clientId in the query becomes the clientId of the message",
    clause=Clause("ably/docs rest-api, unenveloped publish", "the members of the message may be query parameters"),
    operations=BOTH,
    needs=("state",),
)
def test_a_client_id_may_be_in_the_query(target: Target) -> None:
    channel = channel_of(target)

    answer = published_raw(target, channel, b"text", "text/plain", query=tuple(QUERIES[1].items()))

    assert facts(status=answer.status, **stored_client(target, channel)) == facts(
        status=201, stored_messages=1, clientId=OTHER
    )


@requirement(
    "PUB-102",
    SHOULD,
    "A publish whose X-Ably-ClientId is not base64 is rejected with a 4xx status",
    clause=BASIC_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_id_that_is_no_base64_is_rejected(target: Target) -> None:
    channel = channel_of(target)
    key = target.principals["full"]
    header = ("X-Ably-ClientId", "not base64!")
    principal = replace(key, name="a key with an invalid X-Ably-ClientId", headers=(*key.headers, header))

    rejected = publish(target, channel, {"data": "text"}, principal=principal)

    stored = len(kept(target, channel))
    assert facts(rejected=is_rejected(rejected), stored_messages=stored) == facts(rejected=True, stored_messages=0)
