"""SEC: what is answered to a caller who may ask holds no secret of another."""

from __future__ import annotations

import pytest

from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.run.worker import Examiner
from conformance.suite.steps.endpoints import TOKENS
from conformance.suite.steps.operations import DOORS, Door, Room, knock, operations
from conformance.suite.steps.tokens import Issuer
from conformance.target.answer import Answer
from conformance.target.client import Target

PRIVATE = Clause("ably/docs token-request-spec, API key format", "the key value is the private part, a secret")


def secrets_in(answer: Answer, secrets: dict[str, str]) -> list[str]:
    """Whose secrets stand in an answer."""
    lines = (f"{name}: {value}".encode() for name, value in answer.response.headers)
    whole = b"\n".join((*lines, answer.response.body))
    return [owner for owner, secret in secrets.items() if secret.encode() in whole]


@pytest.fixture(scope="module")
def secrets(examiner: Examiner, issuer: Issuer) -> dict[str, str]:
    """Of every key and of one token, by their owners."""
    keys = {name: key.secret for name, key in examiner.situation.keys.items()}
    return {**keys, "a token": issuer.issue()["token"]}


@pytest.mark.parametrize("door", DOORS, ids=[door.name for door in DOORS])
@requirement(
    "SEC-31",
    MUST,
    "No answer holds the secret of a key, or a token that was issued to another",
    clause=PRIVATE,
    operations=operations(DOORS),
    needs={"credentials", "state", "push"},
)
def test_no_answer_holds_a_secret(target: Target, room: Room, secrets: dict[str, str], door: Door) -> None:
    answer = knock(target, door, room, "full")

    assert secrets_in(answer, secrets) == []


@requirement(
    "SEC-32",
    MUST,
    "The details of a token hold that token and no other secret",
    clause=PRIVATE,
    operations=[f"POST {TOKENS}"],
    needs={"credentials"},
)
def test_a_token_comes_alone(issuer: Issuer, secrets: dict[str, str]) -> None:
    answer = issuer.ask(issuer.request())

    assert secrets_in(answer, secrets) == []
