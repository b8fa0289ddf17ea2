"""Small runs for the tests of the report: journals written by `evidence.journal.Journal`, and nothing mocked."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack

from conformance.contract import load
from conformance.evidence.header import header_of
from conformance.evidence.journal import Journal, read
from conformance.evidence.redaction import Secrets
from conformance.model import JSON, MSGPACK, Evidence, Exchange, Finding, Origin, Outcome, Request, Response, Verdict
from conformance.report.analysis.digest import Digest, digest
from conformance.verdict.judge import Judgement, judge

STARTED = 1_795_000_000.0
URL = "http://127.0.0.1:8080"
KEY = "appid.keyid:very-secret-secret"
CONTRACT = load("none")
CORRECTED = load("all")
TIME, HISTORY, PUBLISH = "GET /time", "GET /channels/{channel_id}/messages", "POST /channels/{channel_id}/messages"
DEVICES, SUBSCRIPTIONS = "POST /push/deviceRegistrations", "GET /push/channelSubscriptions"
UNREGISTER, SUBSCRIBE = "DELETE /push/deviceRegistrations/{device_id}", "POST /push/channelSubscriptions"

REQUIREMENTS = (
    ("RSP-01", "must", "Every response has a documented status", "#/paths/~1time/get/responses", "2XX"),
    ("RSP-02", "must", "A JSON body conforms to its schema", "#/components/schemas/Message", "Message object."),
    ("RSP-03", "must", "A MessagePack body conforms to its schema", "#/components/schemas/Message", "Message object."),
    (
        "HDR-01",
        "must",
        "Every response has the header X-Ably-ServerId",
        "#/components/headers/ServerId/required",
        "true",
    ),
    (
        "HDR-02",
        "should",
        "An error response has the header X-Ably-ErrorCode",
        "#/components/headers/ErrorCode",
        "The error code.",
    ),
    ("ERR-01", "must", "An error response has an error body", "#/components/schemas/Error", "Returned error"),
    ("AUT-01", "must", "A history request without credentials is rejected", "#/security/0", "basicAuth"),
    (
        "HIS-04",
        "should",
        "History is returned newest first",
        "Ably REST documentation",
        "history is returned backwards by default",
    ),
    (
        "DEV-07",
        "must",
        "Unregistering a device deletes its channel subscriptions",
        "#/paths/~1push~1deviceRegistrations~1{device_id}/delete/description",
        "All its subscriptions for receiving push notifications through channels will also be deleted.",
    ),
    ("STT-01", "may", "Statistics are available by the hour", "#/paths/~1stats/get", "Retrieve usage statistics"),
    ("PRE-02", "must", "Presence lists the members of the fixture", "#/paths/~1channels~1{channel_id}~1presence", ""),
)


def header(**changes: Any) -> dict[str, Any]:
    """The header of a journal as JSON."""
    facts = {
        "run": "7f3a",
        "worker": "main",
        "workers": ["main"],
        "suite": "0.1.0",
        "started": STARTED,
        "target": {"url": URL},
        "profile": {
            "name": "reference",
            "description": "the embedded reference server",
            "errata": "all",
            "blast_radius": "exclusive",
            "offers": ["state", "credentials", "push"],
            "examples": 12,
        },
        "contract": {"title": CONTRACT.title, "version": CONTRACT.version, "sha256": CONTRACT.sha256},
        "errata": [
            {
                "id": "E-001",
                "effect": "repairs",
                "reason": "The default of limit is a string, but its type is integer",
                "evidence": "Validators reject it; the service accepts an integer.",
                "subject": ["#/components/parameters/filterLimit"],
                "lines": [CONTRACT.line("#/components/parameters/filterLimit/schema/default")],
            },
            {
                "id": "E-012",
                "effect": "tightens",
                "reason": "The schema of an error requires no code",
                "evidence": "Ably documents code, statusCode and message for every error.",
                "subject": ["#/components/schemas/Error"],
                "lines": [CONTRACT.line("#/components/schemas/Error")],
            },
        ],
        "seed": 7,
        "selection": "",
        "blockers": [],
        "operations": [
            {
                "label": operation.label,
                "pointer": operation.pointer,
                "line": CONTRACT.line(operation.pointer),
                "summary": CONTRACT.resolve(operation.pointer).get("summary", ""),
            }
            for operation in CONTRACT.operations
        ],
        "requirements": [requirement(*facts) for facts in REQUIREMENTS],
        "gate": {"levels": ["must"], "inconclusive": "fails", "baseline": []},
        "waivers": [],
        "reproduce": "ably-conformance run --profile reference --seed 7",
    }
    return {**facts, **changes}


def requirement(id_: str, level: str, title: str, pointer: str, text: str) -> dict[str, Any]:
    return {
        "id": id_,
        "level": level,
        "title": title,
        "clause": {"pointer": pointer, "text": text, "line": CONTRACT.line(pointer)},
        "operations": [],
        "out_of_scope": "the application has no presence fixture" if id_ == "PRE-02" else "",
    }


@dataclass
class Run:
    """A journal that is not written yet; `judged` writes it and reads it back."""

    folder: Path
    facts: dict[str, Any] = field(default_factory=header)
    exchanges: list[Exchange] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    applicable: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def exchange(self, operation: str, status: int = 200, body: bytes = b"", media: str = JSON, **facts: Any) -> str:
        """Add one exchange and return its id."""
        number = len(self.exchanges)
        method, _, path = operation.partition(" ")
        defaults = {
            "origin": Origin.VALID,
            "principal": "full",
            "request": Request(
                method,
                URL + path.replace("{channel_id}", "conf-7f3a-1").replace("{device_id}", "conf-7f3a-d1"),
                (("Accept", media), ("Authorization", f"Basic {base64.b64encode(KEY.encode()).decode()}")),
            ),
            "response": Response(
                status,
                (("Content-Type", media), ("X-Ably-ServerId", "local.1"), ("Content-Length", str(len(body)))),
                body,
            ),
            "started": STARTED + number * 0.05,
            "elapsed": 4.0 + (number * 7 % 23),
        }
        self.exchanges.append(Exchange(id=f"main-{number}", operation=operation, **{**defaults, **facts}))
        return f"main-{number}"

    def finding(self, id_: str, exchanges: tuple[str, ...], expected: str, received: str, **facts: Any) -> None:
        operation = next((each.operation for each in self.exchanges if each.id == exchanges[-1]), "")
        defaults = {"operation": operation, "test": "test_generated.py::test_case"}
        self.findings.append(Finding(expected, received, requirement=id_, exchanges=exchanges, **{**defaults, **facts}))

    def write(self, name: str = "journal.jsonl") -> Path:
        secrets = Secrets()
        secrets.add_key("full", KEY)
        path = self.folder / name
        journal = Journal(path, secrets)
        journal.write_header(header_of(self.facts))
        for exchange in self.exchanges:
            journal.write_exchange(exchange)
        for finding in self.findings:
            journal.write_finding(finding)
        for outcome in self.outcomes:
            journal.write_outcome(outcome)
        journal.write_opportunities(self.applicable, self.examples)
        journal.write_footer(STARTED + 41.25, interrupted=False)
        return path

    def judged(self) -> tuple[Evidence, Judgement]:
        return judged([self.write()])


def digested(run: Run) -> Digest:
    return digest(*run.judged(), CORRECTED)


def judged(paths: list[Path]) -> tuple[Evidence, Judgement]:
    found = read(paths)
    return found, judge(found)


MESSAGES = [{"id": "abc:0", "name": "greeting", "data": "hello", "timestamp": 1_795_000_000_123}]


def passing(folder: Path) -> Run:
    run = Run(folder)
    for operation in CONTRACT.operations:
        run.exchange(operation.label, 200, json.dumps(MESSAGES).encode(), origin=Origin.EXAMPLES)
        run.exchange(operation.label, 200, msgpack.packb(MESSAGES), MSGPACK)
        run.exchange(
            operation.label,
            404,
            b'{"error":{"code":40400,"statusCode":404,"message":"Not found"}}',
            origin=Origin.INVALID,
            defect="channel_id contains a NUL character",
        )
        for id_ in ("RSP-01", "RSP-02", "RSP-03", "HDR-01", "HDR-02", "ERR-01"):
            run.applicable[id_, operation.label] += 3
            run.examples[id_, operation.label] = run.exchanges[-1].id
    for id_, operation in (("AUT-01", HISTORY), ("HIS-04", HISTORY), ("DEV-07", UNREGISTER), ("STT-01", "GET /stats")):
        run.outcomes.append(Outcome(id_, f"test_{id_}", Verdict.PASS, operations=(operation,)))
    return run


def failing(folder: Path) -> Run:
    """A missing header, a wrong MessagePack member, a failed scenario, a waiver and an inconclusive requirement."""
    run = passing(folder)
    run.facts["waivers"] = [
        {
            "requirement": "HDR-02",
            "reason": "The gateway removes it",
            "issue": "https://issues.example/17",
            "until": "2027-01-31",
            "operation": "",
            "owner": "gateway team",
        }
    ]
    for operation in CONTRACT.operations[:9]:
        made = run.exchange(operation.label, 200, b"[]")
        run.finding("HDR-01", (made,), "header X-Ably-ServerId", "no such header", at="X-Ably-ServerId",
                    pointer="#/components/headers/ServerId/required", as_published="fails")  # fmt: skip
    _wrong_members(run)
    _rejections(run)
    _leftover_subscription(run)
    run.outcomes = [each for each in run.outcomes if each.requirement not in {"STT-01", "AUT-01"}]
    run.outcomes.append(
        Outcome("AUT-01", "test_AUT_01", Verdict.INCONCLUSIVE, "the set-up was rejected: 503", (HISTORY,))
    )
    return run


def _wrong_members(run: Run) -> None:
    body = [{**MESSAGES[0], "timestamp": "yesterday", "payload": b"\x00\x01\xfe"}, *MESSAGES]
    for _ in range(3):
        made = run.exchange(HISTORY, 200, msgpack.packb(body), MSGPACK)
        run.finding("RSP-03", (made,), "integer, int64", '"yesterday", a string', at="/0/timestamp",
                    pointer="#/components/schemas/Message/properties/timestamp/type", as_published="fails")  # fmt: skip
    made = run.exchange(TIME, 200, b'[1795000000000, {"ms": "x", "deep": {"a": [], "b": {}}}]')
    run.finding("RSP-02", (made,), "an array of one integer", "an array of 2", at="/1",
                pointer="#/paths/~1time/get/responses/2XX/content/application~1json/schema")  # fmt: skip


def _rejections(run: Run) -> None:
    made = run.exchange(PUBLISH, 400, b'{"error":{"message":"Bad"}}', origin=Origin.INVALID, defect="name is a list")
    run.finding("HDR-02", (made,), "header X-Ably-ErrorCode", "no such header", at="X-Ably-ErrorCode")
    run.finding("ERR-01", (made,), "member code, an integer", "no such member", at="/error/code",
                pointer="#/components/schemas/Error/properties/code", as_published="passes")  # fmt: skip


def _leftover_subscription(run: Run) -> None:
    steps = [
        run.exchange(DEVICES, 201, b'{"id":"conf-7f3a-d1"}', origin=Origin.SCENARIO, sequence=1),
        run.exchange(SUBSCRIBE, 201, b"", origin=Origin.SCENARIO, sequence=1),
        run.exchange(UNREGISTER, 204, b"", origin=Origin.SCENARIO, sequence=1),
    ]
    left = b'[{"channel":"conf-7f3a-news","deviceId":"conf-7f3a-d1"}]'
    steps += [run.exchange(SUBSCRIPTIONS, 200, left, origin=Origin.SCENARIO, sequence=1) for _ in range(12)]
    run.outcomes = [each for each in run.outcomes if each.requirement != "DEV-07"]
    run.outcomes.append(Outcome("DEV-07", "test_push.py::test_DEV_07", Verdict.FAIL, operations=(UNREGISTER,)))
    run.finding("DEV-07", tuple(steps), "GET /push/channelSubscriptions?deviceId=conf-7f3a-d1 returns []",
                f"200 {left.decode()}, after 10.0 s", at="", operation=UNREGISTER, as_published="")  # fmt: skip


HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\u202egnp.exe\x00\x1b[2J"


def hostile(folder: Path) -> Run:
    """A target that sends markup, direction marks and control characters in every text, and deeply nested bodies."""
    run = passing(folder)
    run.facts["target"] = {"url": f"http://127.0.0.1/{HOSTILE}"}
    run.facts["blockers"] = [HOSTILE]
    text = json.dumps({HOSTILE: [HOSTILE, "\ud800"]}).encode()
    made = run.exchange(TIME, 200, text, response=Response(200, (("Content-Type", JSON), ("X-Evil", HOSTILE)), text))
    run.finding("RSP-02", (made,), HOSTILE, f"{HOSTILE}\ud800", at=f"/{HOSTILE}")
    for body in (b"[" * 10_000 + b"]" * 10_000, b"\xff\xfe\x00<script>", b"`" * 500, b'{"a":NaN,"a":1}'):
        run.finding("RSP-02", (run.exchange(TIME, 200, body),), "an array", HOSTILE, at="/0/0")
    run.finding("RSP-03", (run.exchange(TIME, 200, b"\x91" * 5_000, MSGPACK),), "an array", "nothing", at="/0")
    return run


def large(folder: Path, exchanges: int) -> Run:
    run = failing(folder)
    labels = [operation.label for operation in CONTRACT.operations]
    for number in range(exchanges):
        body = [{**MESSAGES[0], "id": f"id-{number * 7919 % 99991}:0", "data": f"text {number}"}] * (1 + number % 5)
        is_packed = number % 3 == 0
        octets = msgpack.packb(body) if is_packed else json.dumps(body).encode()
        run.exchange(labels[number % len(labels)], 200, octets, MSGPACK if is_packed else JSON)
    return run
