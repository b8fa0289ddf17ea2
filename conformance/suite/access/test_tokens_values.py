"""TOK: single members of a token request: absent, empty, of a wrong type, just above a limit."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_accepted, is_rejected, rejection, status_and_code, status_in_words
from conformance.suite.steps.endpoints import TOKENS
from conformance.suite.steps.tokens import HOUR, MINUTE, Issuer, issuer_of
from conformance.target.capability import granted

CREDENTIALS = {"credentials"}
REQUEST = [f"POST {TOKENS}"]
SPEC = "ably/docs token-request-spec"
REQUIRED = Clause("#/components/schemas/TokenRequest/required", "timestamp")


@requirement(
    "TOK-141",
    MUST,
    "A ttl of one millisecond above 24 hours is rejected with 400 and error code 40003",
    clause=Clause("ably/ably-common protocol/errors.json", "40003: the ttl of a token exceeds the maximum"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_ttl_just_above_a_day_is_rejected(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(ttl=24 * HOUR + 1))

    assert status_and_code(answer) == rejection(400, 40003)


@pytest.mark.parametrize("member", ["timestamp", "keyName"])
@requirement(
    "TOK-142",
    SHOULD,
    "An unsigned token request without timestamp or keyName is rejected with a 4xx status",
    clause=REQUIRED,
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_required_members_are_required(issuer: Issuer, member: str) -> None:
    request = issuer.request()
    del request[member]

    answer = issuer.ask(request)

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "TOK-143",
    SHOULD,
    "An unsigned token request with a timestamp off by 30 minutes gets 401 and code 40104",
    clause=Clause(SPEC, "the timestamp must be within 2 minutes of the current time: 40104"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_timestamp_of_an_unsigned_request_is_checked(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(timestamp=issuer.now - 30 * MINUTE))

    assert status_and_code(answer) == rejection(401, 40104)


@requirement(
    "TOK-144",
    MUST,
    "A token request for an empty capability does not get the capability of its key",
    clause=Clause(
        "ably/ably-js test/rest/capability.test",
        "the capability of a token is the intersection of the request's and the key's",
    ),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_an_empty_capability_is_not_that_of_the_key(issuer: Issuer) -> None:
    """It may be rejected, or give a token that allows nothing."""
    answer = issuer.ask(issuer.request(capability="{}"))

    given = granted(answer.body) if is_accepted(answer) else {}
    assert facts(capability=given) == facts(capability={})


@requirement(
    "TOK-145",
    SHOULD,
    "A token request whose clientId is not a text is rejected with a 4xx status",
    clause=Clause("#/components/schemas/TokenRequest/properties/clientId/type", "string"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_a_client_id_is_a_text(issuer: Issuer) -> None:
    answer = issuer.ask(issuer.request(clientId=7))

    assert is_rejected(answer), status_in_words(answer)


@requirement(
    "TOK-146",
    MUST,
    "A signed token request is rejected with 401 and 40105 however often it is replayed",
    clause=Clause(SPEC, "a nonce/timestamp combination that was used before is refused: 40105"),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_every_replay_is_rejected(issuer: Issuer) -> None:
    request = issuer.signed()

    first, *replays = (issuer.ask_signed(request) for _ in range(4))

    assert is_accepted(first), f"{status_in_words(first)} for the first request"
    for replay in replays:
        assert status_and_code(replay) == rejection(401, 40105)


@requirement(
    "TOK-147",
    SHOULD,
    "A ttl above one hour is rejected with 400 and error code 40003 for a revocable key",
    clause=Clause("ably/ably-common errors/codes/40003", "tokens of a key with revocable tokens last at most one hour"),
    operations=REQUEST,
    needs={"credentials", "provisioning"},
)
def test_a_revocable_token_lasts_an_hour(worker: Worker) -> None:
    issuer = issuer_of(worker, "revocable")

    answer = issuer.ask(issuer.request(ttl=2 * HOUR))

    assert status_and_code(answer) == rejection(400, 40003)


@requirement(
    "TOK-148",
    MUST,
    "A token is issued at the time of the service, whatever the timestamp of the request is",
    clause=Clause("#/components/schemas/TokenDetails/properties/issued/description", "Timestamp of token creation."),
    operations=REQUEST,
    needs=CREDENTIALS,
)
def test_the_timestamp_is_not_the_time_of_issue(issuer: Issuer) -> None:
    timestamp = issuer.now - MINUTE

    details = issuer.issue(timestamp=timestamp)

    # The clocks of one service may differ by seconds, and not by half a minute.
    is_later = details["issued"] >= timestamp + MINUTE // 2
    assert facts(issued_after_the_timestamp=is_later) == facts(issued_after_the_timestamp=True)
