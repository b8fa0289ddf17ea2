"""What the tests of all areas ask of an answer, as facts with names."""

from __future__ import annotations

from conformance.facts import Facts, facts
from conformance.model import Json
from conformance.target.answer import Answer


def status_and_code(answer: Answer) -> Facts:
    """The status, and the error code of the body or none."""
    return facts(status=answer.status, error_code=answer.error_code)


def rejection(status: int, error_code: int) -> Facts:
    """What `status_and_code` says of a request that was rejected so."""
    return facts(status=status, error_code=error_code)


def items_of(answer: Answer) -> list[Json]:
    """The items of a list; another body fails the test, because nothing can be said of what is in it."""
    body = answer.body
    assert isinstance(body, list), f"status {answer.status} and a body that is not a list"
    return body


def is_rejected(answer: Answer) -> bool:
    """Whether the status is a 4xx."""
    return 400 <= answer.status < 500


def status_in_words(answer: Answer) -> str:
    """The status and the error code, for the message of an assertion: "status 401 and error code 40160"."""
    return f"status {answer.status} and error code {'none' if answer.error_code is None else answer.error_code}"


def is_accepted(answer: Answer) -> bool:
    """Whether the status is a 2xx."""
    return answer.status // 100 == 2
