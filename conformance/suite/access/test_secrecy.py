"""SEC: responses contain no secret of another caller."""

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


def exposed_secrets(answer: Answer, secrets: dict[str, str]) -> list[str]:
    """The names of the secrets that the headers or the body contain."""
    lines = (f"{name}: {value}".encode() for name, value in answer.response.headers)
    whole = b"\n".join((*lines, answer.response.body))
    return [name for name, secret in secrets.items() if secret.encode() in whole]


@pytest.fixture(scope="module")
def secrets(worker: Worker, issuer: Issuer) -> dict[str, str]:
    """The secret of every key, and one token, by their names in findings."""
    keys = {f"secret of the key {name}": key.secret for name, key in worker.run_config.keys.items()}
    return {**keys, "token of another caller": issuer.issue()["token"]}


@pytest.mark.parametrize("protected", PROTECTED_OPERATIONS, ids=[protected.name for protected in PROTECTED_OPERATIONS])
@requirement(
    "SEC-31",
    MUST,
    "A response does not contain an API key secret or another caller's token",
    clause=PRIVATE,
    operations=operations(PROTECTED_OPERATIONS),
    needs={"credentials", "state", "push"},
)
def test_no_response_contains_a_secret(
    target: Target, fixtures: Fixtures, secrets: dict[str, str], protected: ProtectedOperation
) -> None:
    answer = send(target, protected, fixtures, "full")

    assert exposed_secrets(answer, secrets) == []


@requirement(
    "SEC-32",
    MUST,
    "A token response contains no API key secret and no previously issued token",
    clause=PRIVATE,
    operations=[f"POST {TOKENS}"],
    needs={"credentials"},
)
def test_a_token_response_contains_no_other_secret(issuer: Issuer, secrets: dict[str, str]) -> None:
    answer = issuer.ask(issuer.request())

    assert exposed_secrets(answer, secrets) == []
