"""PUB: on whose behalf a message may be published, and whose name it bears."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import BOTH, channel_of, history, kept, members, publish
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


@pytest.fixture(scope="module")
def client_token(issuer: Issuer) -> Principal:
    return issuer.bearer("token of a client", clientId=CLIENT)


@pytest.fixture(scope="module")
def anonymous_token(issuer: Issuer) -> Principal:
    return issuer.bearer("token of nobody")


@pytest.fixture(scope="module")
def wildcard_token(issuer: Issuer) -> Principal:
    return issuer.bearer("token of anybody", clientId="*")


def stored_clients(target: Target, channel: str) -> list[Json]:
    return members(history(target, channel), "clientId")


@requirement(
    "PUB-50",
    MUST,
    "A message published with a token that has a clientId is stored with that clientId",
    clause=Clause(RUBY, "a message without clientId is attributed to the client of the token"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_message_bears_the_client_of_the_token(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=client_token)

    assert (answer.status, stored_clients(target, channel)) == (201, [CLIENT])


@requirement(
    "PUB-51",
    MUST,
    "A message with the same clientId as its token is accepted with 201 and stored",
    clause=Clause(RUBY, "a message may contain the clientId of its token"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_may_name_itself(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text", "clientId": CLIENT}, principal=client_token)

    assert (answer.status, stored_clients(target, channel)) == (201, [CLIENT])


@requirement(
    "PUB-07",
    MUST,
    "A message whose clientId differs from the token's is rejected with 400 and code 40012",
    clause=ONLY_ITSELF,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_may_not_publish_as_another(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text", "clientId": OTHER}, principal=client_token)

    assert facts(**status_and_code(refused), stored=kept(target, channel)) == facts(**rejection(400, 40012), stored=[])


@requirement(
    "PUB-52",
    MUST,
    "A message with a clientId is rejected with 400 and code 40012 if the token has none",
    clause=NO_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_an_anonymous_token_may_not_publish_as_a_client(target: Target, anonymous_token: Principal) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text", "clientId": CLIENT}, principal=anonymous_token)

    assert facts(**status_and_code(refused), stored=kept(target, channel)) == facts(**rejection(400, 40012), stored=[])


@requirement(
    "PUB-53",
    MUST,
    "A message published with a token without clientId is stored without a clientId",
    clause=PUBLISHER,
    operations=BOTH,
    needs=NEEDS,
)
def test_an_anonymous_message_has_no_client(target: Target, anonymous_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=anonymous_token)

    assert (answer.status, stored_clients(target, channel)) == (201, [None])


@requirement(
    "PUB-54",
    MUST,
    "A token with clientId * can publish messages with any clientId",
    clause=ANY_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_wildcard_token_publishes_as_others(target: Target, wildcard_token: Principal) -> None:
    channel = channel_of(target)
    as_two = [{"data": "a", "clientId": CLIENT}, {"data": "b", "clientId": OTHER}]

    answer = publish(target, channel, as_two, principal=wildcard_token)

    assert (answer.status, members(history(target, channel, 2), "clientId")) == (201, [CLIENT, OTHER])


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
def test_a_wildcard_is_no_client(target: Target, wildcard_token: Principal) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=wildcard_token)

    assert (answer.status, stored_clients(target, channel)) == (201, [None])


@requirement(
    "PUB-56",
    MUST,
    "With Basic authentication, X-Ably-ClientId sets the clientId of a message",
    clause=BASIC_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_key_may_speak_as_a_client(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"}, principal=speaking_as(target, CLIENT))

    assert (answer.status, stored_clients(target, channel)) == (201, [CLIENT])


@requirement(
    "PUB-57",
    MUST,
    "A message whose clientId differs from X-Ably-ClientId is rejected with 400 and code 40012",
    clause=Clause("ably/ably-js test/rest/message.test", "a clientId other than that of the SDK instance is rejected"),
    operations=BOTH,
    needs=NEEDS,
)
def test_a_key_that_speaks_as_a_client_is_bound_to_it(target: Target) -> None:
    channel = channel_of(target)

    refused = publish(target, channel, {"data": "text", "clientId": OTHER}, principal=speaking_as(target, CLIENT))

    assert facts(**status_and_code(refused), stored=kept(target, channel)) == facts(**rejection(400, 40012), stored=[])


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

    assert (answer.status, members(history(target, channel, 2), "clientId")) == (201, [CLIENT, OTHER])


@requirement(
    "PUB-59",
    MUST,
    "A message published with an API key and no clientId is stored without a clientId",
    clause=PUBLISHER,
    operations=BOTH,
    needs=("state",),
)
def test_a_key_names_no_client(target: Target) -> None:
    channel = channel_of(target)

    answer = publish(target, channel, {"data": "text"})

    assert (answer.status, stored_clients(target, channel)) == (201, [None])


@requirement(
    "PUB-60",
    SHOULD,
    "A message with clientId * is rejected with 400",
    clause=Clause(RUBY, "a wildcard is refused as the clientId of a message"),
    operations=[f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_a_wildcard_is_refused_in_a_message(target: Target) -> None:
    refused = publish(target, channel_of(target), {"data": "text", "clientId": "*"})

    assert refused.status == 400


@requirement(
    "PUB-61",
    MUST,
    "An array with one mismatched clientId is rejected whole with 400 and error code 40012",
    clause=Clause("ably/ably-go ably/rest_channel_spec_integration_test", "one mismatched clientId fails all (RSL1g3)"),
    operations=BOTH,
    needs=NEEDS,
)
def test_one_foreign_message_spoils_an_array(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)
    mixed = [{"data": "mine"}, {"data": "theirs", "clientId": OTHER}, {"data": "mine", "clientId": CLIENT}]

    refused = publish(target, channel, mixed, principal=client_token)

    assert facts(**status_and_code(refused), stored=kept(target, channel)) == facts(**rejection(400, 40012), stored=[])


@requirement(
    "PUB-62",
    MUST,
    "Every message of a published array is stored with the clientId of the token",
    clause=PUBLISHER,
    operations=BOTH,
    needs=NEEDS,
)
def test_all_messages_of_an_array_bear_the_client(target: Target, client_token: Principal) -> None:
    channel = channel_of(target)

    publish(target, channel, [{"data": "a"}, {"data": "b"}, {"data": "c"}], principal=client_token)

    assert members(history(target, channel, 3), "clientId") == [CLIENT] * 3


@requirement(
    "PUB-66",
    SHOULD,
    "A non-ASCII clientId in X-Ably-ClientId is decoded from base64 as UTF-8",
    clause=BASIC_CLIENT,
    operations=BOTH,
    needs=NEEDS,
)
def test_a_client_id_in_a_header_may_be_any_text(target: Target) -> None:
    channel = channel_of(target)

    publish(target, channel, {"data": "text"}, principal=speaking_as(target, "Zoë ☃ 😀"))

    assert stored_clients(target, channel) == ["Zoë ☃ 😀"]


def speaking_as(target: Target, client_id: str) -> Principal:
    return identified(target.principals["full"], client_id)
