"""A secret that a target puts anywhere in its answers is in no file of a run and not on its console.

The canary is learned last, from the answer to a token request, so that all before was written without knowing it.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from urllib.parse import quote

import msgpack
import pytest

from conformance.contract import load
from conformance.evidence.journal import Journal, read, strike_again
from conformance.evidence.redaction import Secrets
from conformance.model import HTML, JAVASCRIPT, MSGPACK, Exchange, Finding, Outcome, Verdict
from conformance.report import writing
from conformance.report.formats import console
from conformance.selftest.evidence.test_journal import HEADER
from conformance.selftest.harness.exchanges import exchange
from conformance.selftest.harness.journals import CORRECTED, judged

CANARY = "appid.Canary7Zq0vWx3Tj9Kc5Rb1Ns8Lh4Pd6"
JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"typ":"JWT","alg":"HS256"}', b'{"sub":"canary","iat":1795000000}', bytes(range(32)))
)


def _json_escaped(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in base64": _base64,
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "in base64 behind one byte": lambda text: _base64(f":{text}:"),
    "in base64 behind two bytes": lambda text: _base64(f"a:{text}:b"),
    "in hex": lambda text: text.encode().hex(),
    "in hex in capitals": lambda text: text.encode().hex().upper(),
    "in escapes of JSON": _json_escaped,
    "in escapes of JSON in capitals": lambda text: "".join(f"\\u{ord(each):04X}" for each in text),
    "in some escapes of JSON": lambda text: f"{_json_escaped(text[:6])}{text[6:]}",
    "in escapes of JSON in JSON": lambda text: _json_escaped(text).replace("\\", "\\\\"),
    "in escapes of C": lambda text: "".join(f"\\x{ord(each):02x}" for each in text),
    "in percents": lambda text: "".join(f"%{ord(each):02X}" for each in text),
    "in a URL": lambda text: quote(text, safe=""),
    "in references of HTML": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "in hexadecimal references of HTML": lambda text: "".join(f"&#x{ord(each):x};" for each in text),
    "cut at its end": lambda text: f"{text[:20]}...",
    "cut at its beginning": lambda text: f"…{text[-20:]}",
}


def _in_header(name: str, write: Callable[[str], str], text: str) -> Exchange:
    return exchange(body=[1], lines=((name, write(text)),))


def _in_body(write: Callable[[str], str], text: str) -> Exchange:
    return exchange(body=f'{{"x": "{write(text)}"}}'.encode())


PLACES: dict[str, Callable[[str], Exchange | Finding | Outcome]] = {
    **{f"a header, {form}": partial(_in_header, "X-Echo", write) for form, write in FORMS.items()},
    **{f"a body, {form}": partial(_in_body, write) for form, write in FORMS.items() if not form.startswith("cut")},
    "a Link": partial(_in_header, "Link", str),
    "a challenge": partial(_in_header, "WWW-Authenticate", str),
    "an error message in a header": partial(_in_header, "X-Ably-ErrorMessage", str),
    "the name of a header": lambda text: exchange(body=[1], lines=((f"X-{text}", "1"),)),
    "the name of a member": lambda text: exchange(body={text: 1}),
    "a nested member": lambda text: exchange(body=[{"a": {"b": [text]}}]),
    "a member of MessagePack": lambda text: exchange(body={"a": text}, media=MSGPACK),
    "binary data of MessagePack": lambda text: exchange(body={"a": b"\xff" + text.encode() + b"\xfe"}, media=MSGPACK),
    "JSONP": lambda text: exchange(body=f'f("{text}")'.encode(), media=JAVASCRIPT),
    "HTML": lambda text: exchange(body=f"<pre>{html.escape(text)}</pre>", media=HTML),
    "bytes that are no text": lambda text: exchange(body=b"\xff\xfe" + text.encode(), media="image/png"),
    "the URL": lambda text: exchange(query={"echo": text}, body=[1]),
    "the body of a request": lambda text: exchange("POST /push/publish", sent={"a": text}),
    "a failure": lambda text: replace(exchange(), response=None, failure=f"the answer began with {text}"),
    "what answered instead": lambda text: replace(exchange(body=[1]), interference=f"it redirects to {text}"),
    "the end of what is kept of a body": lambda text: exchange(body=b"x" * (16 * 1024 - 12) + text.encode()),
    "a received value": lambda text: Finding("an integer", f'"{text}"', requirement="RSP-01", exchanges=()),
    "an expected value": lambda text: Finding(f"not {text}", "1", requirement="RSP-01", exchanges=()),
    "a place": lambda text: Finding("an integer", "1", at=f"/{text}", requirement="RSP-01", exchanges=()),
    "the reason of an outcome": lambda text: Outcome("DEV-07", "t", Verdict.INCONCLUSIVE, f"the key {text} is refused"),
}


def written(folder, secrets: Secrets, *records: Exchange | Finding | Outcome) -> None:
    """A run with these records, of which the last but one teaches the canary."""
    path = folder / "journal-main.jsonl"
    journal = Journal(path, secrets)
    journal.write_header(replace(HEADER, blockers=()))
    for each in records:
        if isinstance(each, Exchange):
            journal.write_exchange(each)
        elif isinstance(each, Finding):
            journal.write_finding(each)
        else:
            journal.write_outcome(each)
    journal.write_exchange(exchange("POST /keys/{keyName}/requestToken", 201, {"token": CANARY}))
    journal.write_opportunities(Counter({("RSP-01", ""): 1}))
    journal.write_footer(1_795_000_041.25, interrupted=False)
    strike_again(path, secrets)


def traces(content: bytes, secret: str) -> list[str]:
    """The forms in which a text still has a secret, also inside base64 bodies of its records."""
    inside = [base64.b64decode(found) for found in re.findall(rb'"base64": "([^"]*)"', content)]
    whole = b"\n".join([content, *inside])
    cores = {form: write(secret).encode()[6:-6] for form, write in FORMS.items() if not form.startswith("cut")}
    shown = {form: core for form, core in cores.items() if core in whole}
    pieces = {f"piece {at}": secret[at : at + 12].encode() for at in range(6, len(secret) - 12, 4)}
    return [*shown, *(name for name, piece in pieces.items() if piece in whole)]


def test_there_are_forty_places():
    assert len(PLACES) >= 40


@pytest.mark.parametrize("form", [form for form in FORMS if not form.startswith("cut")])
def test_a_form_of_the_secret_would_be_found(form):
    assert traces(FORMS[form](CANARY).encode(), CANARY) != []


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_that_is_learned_later_is_in_no_record(tmp_path, place):
    written(tmp_path, Secrets(), PLACES[place](CANARY))

    assert traces((tmp_path / "journal-main.jsonl").read_bytes(), CANARY) == []


@pytest.mark.parametrize("place", [place for place in PLACES if "cut" not in place and "base64" not in place])
def test_a_jwt_is_struck_by_its_shape_wherever_it_is(tmp_path, place):
    """Its encodings have no shape of their own: those that are one text with it are struck, base64 of base64 is not."""
    if "hex" in place and "references" not in place:
        pytest.skip("hex of an unknown value has no shape")
    written(tmp_path, Secrets(), PLACES[place](JWT))

    assert JWT.split(".")[2].encode()[4:-4] not in (tmp_path / "journal-main.jsonl").read_bytes()


@pytest.mark.parametrize("between", ["", "-", "a.b", " ", "."])
def test_two_jwts_side_by_side_are_struck_as_a_line_is_written(between):
    """A third begins nowhere: their payloads are no tokens."""
    first, second = JWT, JWT.replace(JWT.split(".")[1], base64.urlsafe_b64encode(b'{"sub":"another1"}').decode())
    struck = Secrets().strike_text(f"before {first}{between}{second} behind")

    assert struck.startswith("before <secret:token>")
    assert struck.endswith(" behind")
    assert not [part for part in (*first.split("."), *second.split(".")) if part in struck]


def test_a_record_stays_readable_without_its_secret(tmp_path):
    written(tmp_path, Secrets(), PLACES["a member of MessagePack"](CANARY), PLACES["a nested member"](CANARY))

    found = read([tmp_path / "journal-main.jsonl"])

    assert msgpack.unpackb(found.exchanges[0].response.body)["a"].startswith("<token>***")
    assert json.loads(found.exchanges[1].response.body)[0]["a"]["b"][0].startswith("<token>***")
    assert found.cut == ()


def test_a_secret_that_another_worker_learned_is_struck(tmp_path):
    written(tmp_path, Secrets(), PLACES["a header, as it is"]("another-secret-of-another-worker"))
    secrets = Secrets()
    secrets.add("token", "another-secret-of-another-worker")

    strike_again(tmp_path / "journal-main.jsonl", secrets)

    assert b"another-secret" not in (tmp_path / "journal-main.jsonl").read_bytes()


def test_no_file_of_a_report_and_no_line_of_the_console_has_the_secret(tmp_path):
    made = [make(CANARY) for make in PLACES.values()]
    records = [replace(each, exchanges=(made[0].id,)) if isinstance(each, Finding) else each for each in made]
    written(tmp_path, Secrets(), *records)

    evidence, judgement = judged([tmp_path / "journal-main.jsonl"])
    writing.write(evidence, judgement, tmp_path, CORRECTED, history_file=tmp_path / "history.sqlite")
    said = "\n".join(console.render(evidence, judgement, load("none")))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name: traces(path.read_bytes(), CANARY) for path in files} == {path.name: [] for path in files}
    assert traces(said.encode(), CANARY) == []


def test_a_body_that_resembles_a_secret_stays_readable(tmp_path):
    """Its base64 text has all characters of that of the secret but the outermost, which depend on their neighbours."""
    alike = b"\xff" + CANARY[:-1].encode() + b"\xfe"
    written(tmp_path, Secrets(), exchange(body=alike, media="image/png"))
    secrets = Secrets()
    secrets.add("token", CANARY)
    strike_again(tmp_path / "journal-main.jsonl", secrets)

    assert len(read([tmp_path / "journal-main.jsonl"]).exchanges[0].response.body) == len(alike)
