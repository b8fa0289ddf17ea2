"""What the tests of all areas ask of an answer, as facts with names."""

from __future__ import annotations

from conformance.facts import Facts, facts
from conformance.target.answer import Answer


def status_and_code(answer: Answer) -> Facts:
    """The status, and the error code of the body or none."""
    return facts(status=answer.status, error_code=answer.error_code)


def rejection(status: int, error_code: int) -> Facts:
    """What `status_and_code` says of a request that was rejected so."""
    return facts(status=status, error_code=error_code)


def is_rejected(answer: Answer) -> bool:
    """Whether the status is a 4xx."""
    return 400 <= answer.status < 500
