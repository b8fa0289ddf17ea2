"""The nouns of a run, frozen.

Pure: no wire, no pytest, no clock, no files. Every other module speaks in these words; the table of words is in
docs/architecture.md.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any

Json = Any
"""Whatever JSON or MessagePack decodes to."""

JSON = "application/json"
MSGPACK = "application/x-msgpack"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html"
JAVASCRIPT = "application/javascript"

Headers = tuple[tuple[str, str], ...]
"""Header lines in the order and the spelling in which they crossed the wire; a name may repeat."""


class Level(Enum):
    """How much a requirement binds (RFC 2119). The clause decides, and only the gate looks at it."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


MUST, SHOULD, MAY = Level


class Verdict(IntEnum):
    """The words of ISO 9646 in their order; the worst one wins."""

    NONE = 0  # not exercised
    PASS = 1
    INCONCLUSIVE = 2  # the circumstances did not let us look
    FAIL = 3  # the target deviates
    ERROR = 4  # the suite is wrong

    def __str__(self) -> str:
        return self.name.lower()


class Origin(Enum):
    """Why an exchange was made."""

    SETUP = "set-up"
    EXAMPLES = "examples"
    COVERAGE = "coverage"
    VALID = "valid"
    INVALID = "invalid"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a requirement comes from.

    pointer: JSON pointer into the published contract ("#/paths/~1time/get"), or the name of a document of Ably's.
    quote: the words found there.
    """

    pointer: str
    quote: str

    @property
    def is_in_contract(self) -> bool:
        return self.pointer.startswith("#/")


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent. url is absolute and percent-encoded as it went out; body is b"" when there was none."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, undecoded."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def lines(self, name: str) -> tuple[str, ...]:
        """Every line of one header, in order: a repeated header is judged line by line."""
        return lines_of(self.headers, name)

    @property
    def content_type(self) -> str:
        """The Content-Type line as received, or ""."""
        return next(iter(self.lines("content-type")), "")

    @property
    def media_type(self) -> str:
        """Content-Type without its parameters, in lower case, or ""."""
        return self.content_type.partition(";")[0].strip().lower()


def lines_of(headers: Headers, name: str) -> tuple[str, ...]:
    return tuple(value for key, value in headers if key.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response.

    id: unique in the run, "<worker>-<n>". operation: a label of the contract ("GET /time") or "" outside of it.
    test: the pytest node that made it. sequence: counts scenarios within a run; exchanges of one share it.
    defect: for an invalid case, what was broken in words. started: seconds since the epoch. elapsed: ms.
    failure: why there is no response, in a sentence; "" when there is one.
    """

    id: str
    operation: str
    origin: Origin
    principal: str
    request: Request
    response: Response | None
    started: float
    elapsed: float
    test: str = ""
    sequence: int = 0
    defect: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation. A check says what and where; the judge adds whose (requirement, operation, exchanges, test).

    expected, received: sentences or values for people. pointer: the concrete clause in the published contract, if
    one exists. at: JSON pointer into the body, or the name of a header, that deviates.
    as_published: how the same answer stands under the contract without errata: "passes", "fails", or "" where the
    contract without errata has no say.
    """

    expected: str
    received: str
    pointer: str = ""
    at: str = ""
    as_published: str = ""
    requirement: str = ""
    operation: str = ""
    exchanges: tuple[str, ...] = field(default=())
    test: str = ""

    @property
    def fingerprint(self) -> str:
        """Names the cause and not the occasion: values that change from run to run are taken out first."""
        parts = (
            self.requirement,
            self.operation,
            self.pointer,
            generalise(self.at),
            generalise(self.expected),
        )
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario ended for the requirement that it carries."""

    requirement: str
    test: str
    verdict: Verdict
    reason: str = ""
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the journals of a run hold.

    header: the first worker's, whose facts of the run all workers share. opportunities: how often a check met what it
    speaks of, by (requirement, operation). cut: why the evidence is not whole, a sentence each; empty when it is.
    """

    header: Json
    exchanges: tuple[Exchange, ...]
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    opportunities: Counter[tuple[str, str]]
    finished: float
    cut: tuple[str, ...] = ()


_VOLATILE = re.compile(r"conf-[0-9a-z]+(?:-[0-9a-z]+)*|\d+")


def generalise(text: str) -> str:
    """Names made for the run and numbers become "#", so that two runs give one cause the same words."""
    return _VOLATILE.sub("#", text)


@dataclass(frozen=True, slots=True)
class Call:
    """One request before it has a URL. body: bytes as they go out; operation: a label, "" outside of the contract."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    operation: str = ""
    origin: Origin = Origin.SCENARIO
    defect: str = ""
