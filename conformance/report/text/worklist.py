"""The sentence of an entry of the work list, with the header, the member or the status in it.

Pure. Names are between backticks, which the page sets as code; text from the target has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.model import Requirement
from conformance.report.analysis.symptoms import Kind, Symptom
from conformance.report.analysis.worklist import Entry
from conformance.report.text.counts import counted
from conformance.report.text.safe_text import legible, shortened
from conformance.report.text.steps import operation_name

_LONGEST = 90
_MOST_NAMES = 3


def sentence(entry: Entry) -> str:
    """One sentence: what deviates, on which operations, in how many answers."""
    return f"{_deviation(entry)}, {counted(entry.answers, 'answer')}"


def _deviation(entry: Entry) -> str:
    symptom, places = entry.symptom, _places(entry.operations)
    expected, received = _short(symptom.expected), _short(symptom.received)
    match symptom.kind:
        case Kind.NO_HEADER:
            return f"The header {_names(entry.names)} is missing on {places}"
        case Kind.STATUS:
            return f"{_status(symptom)} on {places}"
        case Kind.NO_MEMBER:
            are = "are" if len(entry.names) > 1 else "is"
            return f"{_names(entry.names)} {are} missing in the body on {places}"
        case Kind.MEMBER:
            return f"{_member(entry)} is {received} instead of {expected} on {places}"
        case Kind.MEDIA_TYPE:
            return f"{received[:1].upper()}{received[1:]} instead of {expected} on {places}"
        case Kind.ORDER:
            return f"The items are in another order than expected on {places}"
        case Kind.FACT:
            return f"{places}: received {received}; expected {_without_title(entry, expected)}"
        case Kind.OTHER:
            return f"{_capital(received)} instead of {expected} on {places}"


def _status(symptom: Symptom) -> str:
    if symptom.received >= "500":
        return f"Status {symptom.received}, an error of the server itself,"
    if symptom.expected.startswith("2") and symptom.received >= "400":
        return f"A valid request is rejected with status {symptom.received}"
    if symptom.expected >= "400" and symptom.received < "300":
        return f"Status {symptom.received} where status {symptom.expected} is expected, an invalid request is accepted,"
    return f"Status {symptom.received} instead of {symptom.expected}"


def _member(entry: Entry) -> str:
    return "The body" if entry.names[:1] == ("the body",) else f"The member {_names(entry.names)}"


def _without_title(entry: Entry, expected: str) -> str:
    """Some tests expect what the title of their requirement says, which the page shows anyway."""
    title = entry.lead.result.requirement.title
    return "what the title says" if expected == _short(title) else expected


def titles(requirements: Iterable[Requirement]) -> list[str]:
    return [f"{each.id} {each.title}" for each in requirements]


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(f"`{_plain(each)}`" for each in names[:_MOST_NAMES]) + more


def _places(operations: tuple[str, ...]) -> str:
    """The operation with most answers, and how many more there are."""
    more = len(operations) - 1
    first = f"`{_plain(operation_name(operations[0]))}`" if operations[0] else "requests outside of the contract"
    if not more:
        return first
    kind = {name.partition(" ")[0] for name in operations} == {"GET"}
    noun = "GET operation" if kind else "operation"
    return f"{first} and {more} more {noun}{'s' if more > 1 else ''}"


def _short(text: str) -> str:
    return _plain(shortened(re.sub(r"\s+", " ", text), _LONGEST))


def _plain(text: str) -> str:
    return legible(text).replace("`", "'")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
