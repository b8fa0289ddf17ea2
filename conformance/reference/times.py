"""Parses times: milliseconds, ISO 8601, and the interval ids of statistics."""

from datetime import UTC, datetime
from re import compile as pattern

from conformance.reference.errors import bad_value

MILLISECONDS = pattern(r"\d{1,16}\Z")
INTERVAL_ID = pattern(r"(\d{4})-(\d{2})(?:-(\d{2})(?::(\d{2})(?::(\d{2}))?)?)?\Z")

# The end of the year 9999 in milliseconds, the latest time that `datetime` can represent.
LAST_INSTANT = 253_402_300_799_999


def read_instant(text: str, name: str, now: int) -> int:
    """A time in milliseconds since the epoch. The contract's default for `end` is the word now."""
    if MILLISECONDS.match(text):
        return min(int(text), LAST_INSTANT)
    if text == "now":
        return now
    return read_date(text, name)


def read_date(text: str, name: str) -> int:
    try:
        moment = read_interval_id(text) or datetime.fromisoformat(text)
        return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise bad_value(f"{name} is not a time: {text}") from None


def read_interval_id(text: str) -> datetime | None:
    found = INTERVAL_ID.match(text)
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    return datetime(year or 0, month or 0, day or 1, hour or 0, minute or 0, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp() * 1000))


def moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, tz=UTC)
