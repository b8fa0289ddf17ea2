"""One small run, in one process and in several: both have the same result, and neither leaves a secret."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import msgpack
import pytest

from conformance.contract import load
from conformance.model import MSGPACK, generalise
from conformance.selftest.harness.loopback import forwarding, loopback
from conformance.selftest.harness.runs import Run, suite
from conformance.target.embedded import reference_server
from conformance.wire.codec import decode

SOME = "generated or DEV-0 or TOK-0 or PSH-0"
"""A part of the suite: every generated request, and scenarios with devices, tokens and pushes."""

ARGS = ("--seed", "7", "--examples", "1", "-k", SOME)


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture(scope="module")
def wire(reference):
    """A proxy before the reference server, and every message that it forwarded."""
    crossed: list[bytes] = []
    with loopback(forwarding(reference, crossed)) as proxy:
        yield proxy.url, crossed


@pytest.fixture(scope="module")
def alone(wire, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("alone")
    return suite(
        folder / "reports", "--target", wire[0], *ARGS, HYPOTHESIS_STORAGE_DIRECTORY=str(folder / "hypothesis")
    )


@pytest.fixture(scope="module")
def shared(reference, tmp_path_factory) -> Run:
    return suite(tmp_path_factory.mktemp("shared"), "--target", reference, "-n", "2", *ARGS)


def test_a_run_of_several_workers_gives_one_report(shared):
    """The journals of its processes are joined and do not lie beside the whole one."""
    assert [path.name for path in shared.folder.glob("journal*")] == ["journal.jsonl"]
    assert shared.report["complete"] is True
    assert {each["worker"] for each in shared.records if each["kind"] == "header"} == {"controller", "gw0", "gw1"}


def test_a_run_of_several_workers_has_the_result_of_a_run_of_one(alone, shared):
    assert shared.verdicts == alone.verdicts
    assert (shared.status, shared.report["conclusion"]) == (alone.status, alone.report["conclusion"])


def test_two_runs_with_one_seed_send_the_same_generated_requests(alone, shared):
    first, second = generated(alone), generated(shared)

    assert first.keys() == second.keys()
    assert {
        test: (first[test] - second[test], second[test] - first[test]) for test in first if first[test] != second[test]
    } == {}


def generated(run: Run) -> dict[str, Counter]:
    """The requests of each test of generated requests, without names and times."""
    found: dict[str, Counter] = {}
    for record in run.records:
        if record["kind"] == "exchange" and "test_generated.py" in record["test"] and record["origin"] != "set-up":
            found.setdefault(record["test"], Counter())[told(run, record["request"])] += 1
    return found


def told(run: Run, request: dict) -> str:
    headers = [line for line in request["headers"] if line[0] in {"Accept", "Content-Type"}]
    text = json.dumps([request["method"], request["url"], headers, repr(body_of(request))])
    fresh = rf"conf-?{run.report['run']}\w*"
    key = r"[\w-]{6}(?:\.|%2E)[\w-]{6}"
    struck = r"<[a-zA-Z :]+(?: \d+)?>\**"  # as long as the secret: the longer the number, the fewer stars
    return generalise(re.sub(f"{fresh}|{key}|{struck}", "conf-x", text))


def body_of(request: dict):
    raw = base64.b64decode(request["base64"]) if "base64" in request else request["text"].encode()
    kind = dict(request["headers"]).get("Content-Type", "")
    return decode(kind, raw).value if kind == MSGPACK else raw.decode()


def media_type_of(headers: list[list[str]]) -> str:
    """The media type of a response; a server may spell the names of its headers in any case."""
    stated = next((value for name, value in headers if name.lower() == "content-type"), "")
    return stated.partition(";")[0]


def test_every_operation_is_judged_in_both_formats(alone):
    """Even a small run judges a success of each operation, in JSON and in MessagePack."""
    judged = {
        (record["operation"], media_type_of(record["response"]["headers"]))
        for record in alone.records
        if record["kind"] == "exchange" and record["response"] and record["response"]["status"] < 300
    }
    operations = {each.label for each in load("none").operations}

    assert {operation for operation, _ in judged} >= operations
    without_body = {each for each in operations if each.startswith("DELETE")} | {"POST /push/publish"}
    for media in ("application/json", MSGPACK):
        assert operations - {operation for operation, kind in judged if kind == media} <= without_body


# Secrets -------------------------------------------------------------------------------------------------------------

MEMBERS = {"token", "deviceSecret", "updateToken", "mac", "keySecret", "keyStr", "ablyKey"}
SHORTEST = 8


@pytest.fixture(scope="module")
def secrets(alone, wire) -> set[str]:
    """Every secret of the run, found on the wire and not by the code that removes them."""
    found = {secret for message in wire[1] for secret in secrets_in(message)}
    return {secret for secret in found if len(secret) >= SHORTEST}


def secrets_in(message: bytes) -> Iterator[str]:
    head, _, body = message.partition(b"\r\n\r\n")
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() in {"authorization", "x-ably-devicetoken", "x-ably-devicesecret"}:
            yield from credentials(value.rpartition(" ")[2])
    for name, value in parse_qsl(urlsplit(head.decode("latin-1").split(" ")[1]).query):
        if name in {"key", "access_token"}:
            yield from credentials(value)
    yield from secrets_of(body)


def credentials(text: str) -> Iterator[str]:
    yield text
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        plain = text
    yield plain
    yield plain.partition(":")[2]


def secrets_of(body: bytes) -> Iterator[str]:
    try:
        yield from members_of(json.loads(body))
    except ValueError:
        try:
            yield from members_of(msgpack.unpackb(body, strict_map_key=False))
        except (ValueError, TypeError, msgpack.UnpackException):
            text = html.unescape(body.decode("utf-8", "replace"))
            yield from re.findall(rf'"(?:{"|".join(MEMBERS)})"\s*:\s*"([^"\\\\]+)"', text)


def members_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name in MEMBERS and isinstance(each, str))
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from members_of(each)


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    plain = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], html.escape(secret)}
    return plain | {
        encoded,
        encoded.rstrip("="),
        quote(encoded, safe=""),
        base64.urlsafe_b64encode(secret.encode()).decode(),
    }


def left_behind(run: Run) -> dict[str, str]:
    """Every text that a run leaves, with its encoded and compressed parts decoded."""
    paths = [path for path in run.parent.rglob("*") if path.is_file()]
    files = {path.name: path.read_bytes().decode("utf-8", "replace") for path in paths}
    return {name: f"{text}\n{unpacked(text)}" for name, text in {**files, "its output": run.said}.items()}


def unpacked(text: str) -> str:
    """Bodies that the journal keeps in base64, and the archive inside the page."""
    return "\n".join(map(_unpacked, re.findall(r"[0-9A-Za-z+/]{24,}={0,2}", text)))


def _unpacked(packed: str) -> str:
    try:
        raw = base64.b64decode(packed)
    except binascii.Error:
        return ""
    try:
        return zlib.decompress(raw).decode("utf-8", "replace")
    except zlib.error:
        return raw.decode("utf-8", "replace")


def test_the_run_uses_secrets_of_every_kind(alone, secrets, wire):
    """Otherwise the next test would prove nothing."""
    heads = b"".join(message.partition(b"\r\n\r\n")[0].lower() for message in wire[1])

    assert len(secrets) > 20
    assert b"authorization: basic " in heads
    assert b"authorization: bearer " in heads
    for member in (b"deviceSecret", b"deviceIdentityToken", b"keyStr", b'"token"', b"ablyKey"):
        assert any(member in message for message in wire[1]), member


def test_no_secret_is_in_anything_that_a_run_leaves(alone, secrets):
    texts = left_behind(alone)
    wanted = {form: secret for secret in secrets for form in forms(secret)}

    leaks = {(name, wanted[form]) for name, text in texts.items() for form in wanted if form in text}

    assert leaks == set()
    assert {"journal.jsonl", "report.html", "report.json", "junit.xml", "summary.md", "its output"} <= set(texts)


def test_no_drawn_example_is_kept(alone):
    """A database of examples would hold requests, and might be committed."""
    kept = [path for path in (alone.parent.parent / "hypothesis").rglob("*") if "examples" in path.parts]

    assert kept == []


def test_the_journal_has_a_marker_in_place_of_a_secret(alone):
    assert "<secret:full>" in (alone.folder / "journal.jsonl").read_text()


def test_a_failure_shows_no_secret(reference, tmp_path):
    """Pytest prints the values of variables; this mutant fails a test with a key and a token among them."""
    run = suite(tmp_path, "--mutant", "tokens-name-only-their-application", "-k", "TOK-03", "-vv", "--showlocals")

    issued = [each for each in run.records if each["kind"] == "exchange" and "requestToken" in each["operation"]]
    assert run.status == 1
    assert issued
    assert "<secret:token>" in run.said
    shown = re.sub(r"\btest_[a-z0-9_]+\b", "", run.said.partition("conformance ===")[0])  # names as long as a token
    assert not re.search(r"secret='|[\w-]{40,}", shown)
