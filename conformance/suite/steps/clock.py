"""Reads GET /time and the Date header, and says how far two clocks may differ. All values are in milliseconds."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from conformance.target.answer import Answer

ACCURACY = 10_000
"""The difference between the service and its own clock that an SDK test accepts (ably-python, resttime_test)."""

NEARLY = 1_000
"""The difference that the clocks of two machines of one service may have."""

ZONE = 25 * 60 * 1000
"""A difference that only a wrong time zone explains: neighbouring zones differ by at least half an hour."""


def time_of(answer: Answer) -> int:
    """The time in a response of GET /time."""
    time: int = answer.body[0]
    return time


def date_of(answer: Answer) -> int:
    """The Date header; without one that can be read the local time of the request, which SDKs use too."""
    date = next(iter(answer.response.lines("date")), "")
    try:
        return int(parsedate_to_datetime(date).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return int(answer.exchange.started * 1000)
