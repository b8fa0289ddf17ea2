"""SEC: what is answered to a caller who may ask holds no secret of another."""

from __future__ import annotations

import pytest

from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.endpoints import TOKENS
from conformance.suite.steps.operations import PROTECTED_OPERATIONS, Fixtures, ProtectedOperation, operations, send
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
def secrets(worker: Worker, issuer: Issuer) -> dict[str, str]:
    """Of every key and of one token, by their owners."""
    keys = {name: key.secret for name, key in worker.run_config.keys.items()}
    return {**keys, "a token": issuer.issue()["token"]}


@pytest.mark.parametrize("protected", PROTECTED_OPERATIONS, ids=[protected.name for protected in PROTECTED_OPERATIONS])
@requirement(
    "SEC-31",
    MUST,
    "A response does not contain an API key secret or another caller's token",
    clause=PRIVATE,
    operations=operations(PROTECTED_OPERATIONS),
    needs={"credentials", "state", "push"},
)
def test_no_answer_holds_a_secret(
    target: Target, fixtures: Fixtures, secrets: dict[str, str], protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, "full")

    assert secrets_in(answer, secrets) == []


@requirement(
    "SEC-32",
    MUST,
    "A token response contains no API key secret and no previously issued token",
    clause=PRIVATE,
    operations=[f"POST {TOKENS}"],
    needs={"credentials"},
)
def test_a_token_comes_alone(issuer: Issuer, secrets: dict[str, str]) -> None:
    answer = issuer.ask(issuer.request())

    assert secrets_in(answer, secrets) == []
