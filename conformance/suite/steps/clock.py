"""Times as answers tell them, and how far two clocks may be apart. All in milliseconds."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from conformance.target.answer import Answer

ACCURACY = 10_000
"""As far as an SDK lets the service and its own clock differ (ably-python, resttime_test)."""

NEARLY = 1_000
"""As far as two machines of one service may differ."""

ZONE = 25 * 60 * 1000
"""A clock may be wrong by minutes; the next time zone is half an hour away."""


def time_of(answer: Answer) -> int:
    """What GET /time told."""
    told: int = answer.body[0]
    return told


def date_of(answer: Answer) -> int:
    """When the answer was made, by its own Date; without one by our clock, as SDKs do."""
    date = next(iter(answer.response.lines("date")), "")
    return int(parsedate_to_datetime(date).timestamp() * 1000) if date else int(answer.exchange.started * 1000)
