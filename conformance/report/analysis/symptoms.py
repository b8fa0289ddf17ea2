"""What deviates in a finding, without the requirement that it breaks: a header, a member, a status, an order.

Pure. One mistake of a server breaks many requirements, whose findings then show the same symptom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from conformance.model import Finding, generalise

_ASKED = re.compile(r", for ([A-Z]+ \S+) asked with .*", re.DOTALL)
_STATUS = re.compile(r"\bstatus(?:es)?\b[^,:;\d]*:?\s(\d{3})\b")
_OF_STATUS = re.compile(r"\b(?:status(?:es)?|error code)\b")
_BARE_STATUS = re.compile(r"(?:status )?(\d{3})\b")
_BELONGS = re.compile(r"which belongs to status (\d{3})")
_MEMBER = re.compile(r'(?:the )?member "?([^",\s]+)"?')
_VALUES = re.compile(r'"[^"]*"|“[^”]*”|\d+ bytes \([^)]*\)|[^\s,"“]+')
_PLACE = re.compile(r" (?:at /.*|as the body)$", re.DOTALL)

_SHAPE = "shape of the answer"
"""The subject of a test that could not read a body because it has another structure."""


class Kind(Enum):
    NO_HEADER = "no header"
    STATUS = "status"
    NO_MEMBER = "no member"
    MEMBER = "member"
    MEDIA_TYPE = "media type"
    ORDER = "order"
    FACT = "fact"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Symptom:
    """key: what findings with the same symptom have in common. Only kind and key are compared.

    name: the header or the path of the member. operation: "" where the symptom is the same on every operation.
    """

    kind: Kind
    key: tuple[str, ...]
    name: str = field(default="", compare=False)
    expected: str = field(default="", compare=False)
    received: str = field(default="", compare=False)
    operation: str = field(default="", compare=False)


def symptoms_of(finding: Finding) -> tuple[Symptom, ...]:
    """What a finding shows, at least one symptom."""
    found = _asserted(finding) if finding.subject else _checked(finding)
    return tuple(dict.fromkeys(found)) or (_other(finding),)


def operation_of(finding: Finding) -> str:
    """The operation whose answer deviates. A test that fails names it; its requirement may be about another one."""
    asked = _ASKED.search(finding.received)
    return asked[1] if asked and finding.subject else finding.operation


# What checks found ---------------------------------------------------------------------------------------------------


def _checked(finding: Finding) -> Iterator[Symptom]:
    at, received = finding.at, finding.received
    if at == "status":
        yield from _wrong_status(finding)
    elif received.startswith(("no header ", "no such header", "an empty header ")):
        yield Symptom(Kind.NO_HEADER, (at.lower(),), at, finding.expected, received)
    elif at.lower() == "content-type":
        yield Symptom(Kind.MEDIA_TYPE, (finding.expected, received), at, finding.expected, received)
    elif at.startswith("/"):
        yield _member(finding)
    elif not at and received.endswith(" as the body"):
        yield _body(finding.operation, finding.expected, _PLACE.sub("", received))


def _wrong_status(finding: Finding) -> Iterator[Symptom]:
    expected = _BARE_STATUS.match(finding.expected) or _BELONGS.search(finding.received)
    received = _STATUS.match(finding.received)
    if received and (expected or received[1] >= "500"):
        yield _status(expected[1] if expected else "", received[1], finding)
    elif received and finding.expected == "a success":
        yield _status("2xx", received[1], finding)


def _body(operation: str, expected: str, received: str) -> Symptom:
    return Symptom(Kind.MEMBER, ("", operation), "the body", expected, received, operation)


def _member(finding: Finding) -> Symptom:
    """A missing member is known by the object that lacks it: what lacks one usually lacks several."""
    at, missing = generalise(finding.at), _MEMBER.match(finding.expected)
    if missing and not finding.at.endswith(f"/{missing[1]}"):
        return Symptom(Kind.NO_MEMBER, (at, finding.operation), path(f"{at}/{missing[1]}"), operation=finding.operation)
    received = _PLACE.sub("", finding.received)
    if missing and received.startswith(("no member", "no such member")):
        return Symptom(Kind.NO_MEMBER, (at, ""), path(at))
    return Symptom(Kind.MEMBER, (at,), path(at), finding.expected, received)


def path(pointer: str) -> str:
    """A pointer into a body as people write it: "/error/statusCode" is error.statusCode, "/#/timestamp" timestamp."""
    return ".".join(part for part in pointer.split("/") if part and part != "#") or "the body"


# What tests asserted -------------------------------------------------------------------------------------------------


def _asserted(finding: Finding) -> Iterator[Symptom]:
    received, where = _ASKED.sub("", finding.received), operation_of(finding)
    if finding.subject == _SHAPE:
        yield _body(where, finding.expected, received)
        return
    wanted, got = _STATUS.findall(finding.expected), _STATUS.findall(received)
    differing = [pair for pair in zip(wanted, got, strict=False) if pair[0] != pair[1]]
    yield from (_status(*pair, finding) for pair in differing)
    if not wanted and got and got[0] >= "500":
        yield _status("", got[0], finding)
    elif not wanted and got and got[0] >= "400" and finding.subject.startswith("is "):
        yield _status("2xx", got[0], finding)
    elif is_in_another_order(_STATUS.sub("", finding.expected), _STATUS.sub("", received)):
        yield Symptom(Kind.ORDER, (where.partition(" ")[2],), operation=where)
    else:
        yield from (_fact(name, finding) for name in _facts(finding, is_of_status=bool(differing)))


def _facts(finding: Finding, *, is_of_status: bool) -> list[str]:
    """The facts that differ: only these are in what was expected. Statuses are symptoms of their own."""
    names = finding.subject.split(", ")
    differing = [each for each in names if each in finding.expected and not _OF_STATUS.search(each)]
    return differing or ([] if is_of_status else [finding.subject])


def _fact(name: str, finding: Finding) -> Symptom:
    """Named as a person would: what pytest gives for a call ("is_allowed(answer)") names nothing."""
    where, thing = operation_of(finding), generalise(name.removeprefix("number of ")).removesuffix("s")
    spoken = name if name.replace(" ", "").replace("-", "").isalnum() else ""
    return Symptom(Kind.FACT, (where, thing), spoken, finding.expected, _ASKED.sub("", finding.received), where)


def is_in_another_order(expected: str, received: str) -> bool:
    if "the same in another order" in received:
        return True
    wanted, got = _VALUES.findall(expected), _VALUES.findall(received)
    return len(wanted) > 3 and wanted != got and sorted(wanted) == sorted(got)


def _status(expected: str, received: str, finding: Finding) -> Symptom:
    """A server that confuses two statuses of one class does so everywhere; what it accepts or rejects wrongly is a
    matter of the operation, and what it accepts a matter of the rule as well.
    """
    if received >= "500":
        return Symptom(Kind.STATUS, ("", "5xx"), "", expected, received)
    if expected[0] == received[0]:
        return Symptom(Kind.STATUS, (expected, received), "", expected, received)
    where = operation_of(finding)
    key = ("2xx", received, where) if expected[0] == "2" else (expected, received, where, finding.requirement)
    return Symptom(Kind.STATUS, key, "", expected, received, where)


def _other(finding: Finding) -> Symptom:
    key = (finding.requirement, generalise(finding.at), finding.fault)
    return Symptom(Kind.OTHER, key, finding.at, finding.expected, _ASKED.sub("", finding.received))
