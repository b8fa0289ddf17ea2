"""The frozen dataclasses of a run: exchanges, findings, outcomes, requirements, evidence.

Pure: no wire, no pytest, no clock, no files. All other modules use these nouns; docs/architecture.md has the table of
words.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum
from typing import Any

from conformance.series import LoadStep, Soak

Json = Any
"""A value decoded from JSON or MessagePack."""

JSON = "application/json"
MSGPACK = "application/x-msgpack"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html"
JAVASCRIPT = "application/javascript"

Headers = tuple[tuple[str, str], ...]
"""Header lines in the order and spelling of the wire; a name may repeat."""


class Level(Enum):
    """The level of a requirement (RFC 2119). The clause decides it; only the gate uses it."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


MUST, SHOULD, MAY = Level


class Verdict(IntEnum):
    """The verdicts of ISO 9646 in order; the worst one wins."""

    NONE = 0  # not exercised
    PASS = 1
    INCONCLUSIVE = 2  # could not be judged: set-up failed or there was no response
    FAIL = 3  # the target deviates
    ERROR = 4  # the suite itself failed

    def __str__(self) -> str:
        return self.name.lower()


class Origin(Enum):
    """Why a request was sent."""

    SETUP = "set-up"
    EXAMPLES = "examples"
    COVERAGE = "coverage"
    VALID = "valid"
    INVALID = "invalid"
    SCENARIO = "scenario"
    OBSERVED = "observed"  # by a client that the suite does not know


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a requirement comes from.

    pointer: JSON pointer into the published contract ("#/paths/~1time/get"), or the name of a public document.
    text: for the contract the words found there, for any other document what it says, in our words. is_found: whether
    the contract of the run has those words there.
    """

    pointer: str
    text: str
    is_found: bool = True

    @property
    def is_in_contract(self) -> bool:
        return self.pointer.startswith("#/")

    @property
    def is_verbatim(self) -> bool:
        """Whether the text is a quotation; only those into the contract are, and each of them is looked up."""
        return self.is_in_contract and self.is_found


@dataclass(frozen=True, slots=True)
class Requirement:
    """A numbered, levelled sentence with its clause.

    operations: labels of the contract that it speaks of; empty means every operation.
    needs: what a target has to offer before it can be judged; a profile lists what its target offers.
    """

    id: str
    level: Level
    title: str
    clause: Clause
    operations: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()

    @property
    def area(self) -> str:
        return self.id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted fail. until: the last day, in UTC, on which it holds; past it the waiver itself fails the run."""

    requirement: str
    reason: str
    issue: str
    until: date
    operation: str = ""
    owner: str = ""
    fingerprint: str = ""


def lines_of(headers: Headers, name: str) -> tuple[str, ...]:
    """Every line of one header, in order; its name is compared without regard to case."""
    wanted = name.lower()
    return tuple([value for key, value in headers if key.lower() == wanted])


class _Message:
    """What a request and a response have in common."""

    __slots__ = ()
    headers: Headers

    def lines(self, name: str) -> tuple[str, ...]:
        """Every line of one header, in order: a repeated header is judged line by line."""
        return lines_of(self.headers, name)

    @property
    def content_type(self) -> str:
        """The first Content-Type line as it crossed the wire, or ""."""
        return next(iter(self.lines("content-type")), "")

    @property
    def media_type(self) -> str:
        """Content-Type without its parameters, in lower case, or ""."""
        return self.content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Request(_Message):
    """What was sent. url is absolute and percent-encoded as it went out; body is b"" when there was none."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response(_Message):
    """What came back, undecoded."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class Part(Enum):
    """A part of an exchange that a recording may lack; no check judges by a part that was not recorded."""

    REQUEST_HEADERS = "request headers"  # those that are there are right, and others may be missing
    REQUEST_BODY = "request body"
    CREDENTIALS = "credentials"  # struck
    RESPONSE_HEADERS = "response headers"  # as for a request
    HEADER_LINES = "header lines"  # several lines of a response may be written as one
    RESPONSE_BODY = "response body"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response.

    id: unique in the run. operation: a label of the contract ("GET /time"), or "" for a request outside of it.
    principal: the caller's name. test: the pytest node id. sequence: a number that the exchanges of one scenario
    share. defect: for an invalid case, what is invalid, in words. started: seconds since the epoch. elapsed: ms.
    failure: why there is no response, in a sentence; "" when there is one. interference: what answered instead of the
    service, in a sentence; such an exchange is evidence and is not judged. unrecorded: what a recording lacks.
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
    interference: str = ""
    unrecorded: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation. The check fills in the deviation; the runner adds the requirement, operation and test.

    expected, received: sentences or values for people. pointer: the concrete clause in the published contract, if
    one exists. at: JSON pointer into the body, or the name of a header, that deviates.
    as_published: how the same answer stands under the contract without errata: "passes", "fails", or "" where the
    contract without errata has no say. subject: what a scenario compared ("status, error code"); a check leaves it
    empty, because its `expected` holds no value of the run.
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
    subject: str = ""

    @property
    def fingerprint(self) -> str:
        """A hash that names the cause, stable from run to run: no value that a target or a run made is part of it."""
        parts = (self.requirement, self.operation, self.pointer, generalise(self.at), self.fault)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def fault(self) -> str:
        """What deviates, without the values of this occasion."""
        return self.subject or generalise(self.expected)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended for its requirement. out_of_scope: why the run must not ask what the test asks, or "".
    seconds: how long the test took, with its set-up.
    """

    requirement: str
    test: str
    verdict: Verdict
    reason: str = ""
    operations: tuple[str, ...] = ()
    out_of_scope: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What a profile said of a run. examples: random cases for each operation and kind."""

    name: str
    description: str = ""
    errata: str = "all"
    blast_radius: str = ""
    offers: tuple[str, ...] = ()
    examples: int = 0


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """file: the name of another contract than the one that the suite was written for, or ""."""

    title: str
    version: str
    sha256: str
    file: str = ""

    @property
    def document(self) -> str:
        """The name of the file that lines refer to."""
        return self.file or "openapi.yaml"

    @property
    def name(self) -> str:
        """For a sentence: "moved.yaml (Platform API 1.2.0)"."""
        return f"{self.document} ({self.title} {self.version})"


@dataclass(frozen=True, slots=True)
class ErratumFacts:
    """One erratum that was applied. subject: JSON pointers into the published contract; lines: theirs."""

    id: str
    effect: str
    reason: str
    evidence: str
    subject: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """One operation of the contract. line: where it stands in openapi.yaml."""

    label: str
    pointer: str
    line: int
    summary: str


@dataclass(frozen=True, slots=True)
class ScopedRequirement:
    """A requirement of a run. line: of its clause in openapi.yaml, 0 for another document. out_of_scope: why the run
    leaves it out, "" when it does not. file: the module of its test or check.
    """

    requirement: Requirement
    line: int = 0
    out_of_scope: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """The way that the requests of a run took. The files are PEM; proxy: a URL without credentials, "environment" for
    what its variables name, "" for none. headers: those of the user, each with its value, or with the variable of the
    environment that has it.
    """

    ca_file: str = ""
    cert: str = ""
    cert_key: str = ""
    proxy: str = ""
    headers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GateSettings:
    """levels: whose fails close the gate. inconclusive: "fails" or "passes". baseline: the findings that are accepted
    because an earlier report has them, by fingerprint.
    """

    levels: tuple[Level, ...] = (MUST,)
    inconclusive: str = "fails"
    baseline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The part of the suite that the user chose, as data.

    keyword, markers: the expressions of -k and -m. only, without: tests and files. shards: such as "2/4"; a merged
    report has several, and none where they are the whole. observed: recordings that were judged without any request.
    rates: of a load, requests a second.
    """

    keyword: str = ""
    markers: str = ""
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    shards: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()

    @property
    def is_observed(self) -> bool:
        """Whether answers were judged as they came, and no test asked for them."""
        return bool(self.observed or self.rates)


@dataclass(frozen=True, slots=True)
class RunHeader:
    """The facts of a run, as the journal of each of its processes states them.

    worker: the process that wrote this journal; workers: those that should have written one. started: seconds since
    the epoch. selection: the part of the suite that was chosen, by the user or by a plugin, "" for all. blockers: why
    nothing could be judged, a sentence each. reproduce: the command that makes the same run. tests, deselected: node
    ids of tests in scope that were selected, and that were not. catalogue: how many requirements the suite has.
    circumstances: what the run found about the key, the application and the way to the target, a sentence each.
    chosen: the part that the user chose, as data. labels: what the user said of the target, such as its commit. soak:
    the rounds of a soak, None for one run. load: the rates at which a load asked the target, the lowest first.
    """

    run: str
    worker: str
    workers: tuple[str, ...]
    suite: str
    started: float
    url: str
    profile: ProfileFacts
    contract: ContractFacts
    errata: tuple[ErratumFacts, ...] = ()
    seed: int = 0
    selection: str = ""
    blockers: tuple[str, ...] = ()
    operations: tuple[OperationFacts, ...] = ()
    requirements: tuple[ScopedRequirement, ...] = ()
    gate: GateSettings = GateSettings()
    waivers: tuple[Waiver, ...] = ()
    reproduce: str = ""
    tests: tuple[str, ...] = ()
    deselected: tuple[str, ...] = ()
    catalogue: int = 0
    circumstances: tuple[str, ...] = ()
    chosen: Selection = Selection()
    labels: tuple[tuple[str, str], ...] = ()
    route: RouteFacts = RouteFacts()
    soak: Soak | None = None
    load: tuple[LoadStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Credential:
    """How a credential can be made again, without any secret in it.

    name: what stands for its secret in the exchanges of its owner. owner: how the names begin that its process made.
    key_name: of a key of the run, "appId.keyId". text: of a credential, with `<name:KEY>` and `<secret:NAME>` in it.
    header, claims: of a JWT. signed_by: the key that signed it, or a token request. is_encoded: sent in base64.
    """

    name: str
    owner: str = ""
    key_name: str = ""
    text: str = ""
    header: Json = None
    claims: Json = None
    signed_by: str = ""
    is_encoded: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the journals of a run hold.

    header: the first worker's, whose facts of the run all workers share. opportunities: how often a check was
    applicable, by (requirement, operation). examples: the id of an exchange that the check passed, by the same. cut:
    why the evidence is not whole, a sentence each; empty when it is. credentials: how those that the run sent are made.
    """

    header: RunHeader
    exchanges: tuple[Exchange, ...]
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    opportunities: Counter[tuple[str, str]]
    finished: float
    cut: tuple[str, ...] = ()
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    credentials: tuple[Credential, ...] = ()


_VOLATILE = re.compile(r"conf-[0-9a-z]+(?:-[0-9a-z]+)*|\d+")


def generalise(text: str) -> str:
    """Replace names made by the run, and numbers, by "#", so that one cause has the same text in every run."""
    return _VOLATILE.sub("#", text)


@dataclass(frozen=True, slots=True)
class Call(_Message):
    """One request before it has a URL. body: bytes as they go out; operation: a label, "" outside of the contract."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    operation: str = ""
    origin: Origin = Origin.SCENARIO
    defect: str = ""
