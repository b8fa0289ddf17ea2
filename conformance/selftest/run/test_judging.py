"""Recordings are judged offline: what is judged, what is skipped and why, and what a report may conclude of them."""

from __future__ import annotations

import base64
import json
import os

import msgpack
import pytest
from click.testing import CliRunner

from conformance.checks import requirements
from conformance.cli import main
from conformance.contract import load
from conformance.har import writing
from conformance.model import MSGPACK
from conformance.proof.answers import ANSWERS, RIGHT_ALARMS
from conformance.proof.recordings import exchanges, read
from conformance.run import observation
from conformance.selftest.harness.archives import (
    ACCEPT,
    DATE,
    JSON_TYPE,
    SERVER,
    URL,
    entry,
    findings_of,
    judged,
    written,
)
from conformance.selftest.harness.journals import KEY, failing
from conformance.verdict.result import Exit

WRONG = entry(text='{"time": 1795000000000}')
HISTORY = "/channels/greetings/messages"


def status_of(report):
    return {each["id"]: _status(each) for each in report["requirements"]}


def _status(row):
    return "out of scope" if row["out_of_scope"] else "waived" if row["waived"] else row["verdict"]


# What a recording shows ----------------------------------------------------------------------------------------------


def test_a_recording_without_a_fail_is_never_conformant(tmp_path):
    run, report = judged(tmp_path / "out", written(tmp_path / "a.har", entry()))

    assert (run.exit_code, report["exit"], report["conclusion"]) == (0, 0, "no fail observed")
    assert report["selection"] == "observed, not provoked: a.har"
    assert report["selected"]["observed"] == ["a.har"]
    assert "musts were observed and passed" in run.output.splitlines()[-1]
    badge = json.loads((tmp_path / "out" / "badge.json").read_text())
    assert badge["isError"]
    assert badge["message"].startswith("partial run: no fail observed")
    assert "conformant" not in badge["message"]
    assert (tmp_path / "out" / "summary.md").read_text().startswith("## ◑ no fail observed")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h1>" in page.replace(' class="x"', "")
    assert "observed, not provoked" in page
    sarif = json.loads((tmp_path / "out" / "report.sarif").read_text())
    assert "observed" in sarif["runs"][0]["automationDetails"]["id"]


def test_a_failed_must_is_not_conformant_by_what_was_observed(tmp_path):
    run, report = judged(tmp_path / "out", written(tmp_path / "a.har", WRONG))

    assert (run.exit_code, report["conclusion"]) == (Exit.NOT_CONFORMANT.value, "not conformant")
    assert "musts that were observed failed (RSP-01)" in report["sentence"]
    assert status_of(report)["RSP-01"] == "fail"


def test_scenarios_are_out_of_scope_with_their_reason_and_checks_say_what_was_not_observed(tmp_path):
    _, report = judged(tmp_path / "out", written(tmp_path / "a.har", entry()))
    of_checks = {head.id for head in requirements()}
    scenarios = [each for each in report["requirements"] if each["id"] not in of_checks]

    assert {_status(each) for each in scenarios} == {"out of scope"}
    assert all("observed traffic" in each["out_of_scope"] or "profile" in each["out_of_scope"] for each in scenarios)
    assert status_of(report)["GEN-01"] == "out of scope"
    assert status_of(report)["PAG-01"] == "none"
    assert status_of(report)["RSP-01"] == "pass"


SECRETS = ("Bxkf7Qz0proxy", "Bxkf7Qz1apikey", "Bxkf7Qz2csrf", "Bxkf7Qz3code", "Bxkf7Qz4sig", "Bxkf7Qz5cookie")


def test_secrets_of_other_peoples_requests_are_in_no_file(tmp_path):
    proxy, key, csrf, code, sig, cookie = SECRETS
    headers = {
        "Proxy-Authorization": f"Basic {base64.b64encode(f'me:{proxy}'.encode()).decode()}",
        "X-Api-Key": key,
        "X-CSRF-Token": csrf,
        "Referer": f"https://app.example/back?code={code}",
        "Cookie": f"session={cookie}",
    }
    lines = [ACCEPT, *({"name": name, "value": value} for name, value in headers.items())]
    judged(tmp_path / "out", written(tmp_path / "a.har", entry(f"/time?sig={sig}", "{}", asked={"headers": lines})))

    for file in (each for each in (tmp_path / "out").rglob("*") if each.is_file()):
        assert [each for each in SECRETS if each.encode() in file.read_bytes()] == [], file.name


def test_a_referer_that_is_no_url_is_judged_and_its_secret_is_struck(tmp_path):
    lines = [ACCEPT, {"name": "Referer", "value": "http://[x/?code=Bxkf7Qz6odd"}]

    run, _ = judged(tmp_path / "out", written(tmp_path / "a.har", entry(asked={"headers": lines})))

    assert run.exit_code == 0, run.output
    assert "http://[x/?code=" in (tmp_path / "out" / "journal.jsonl").read_text(encoding="utf-8")
    for file in (each for each in (tmp_path / "out").rglob("*") if each.is_file()):
        assert b"Bxkf7Qz6odd" not in file.read_bytes(), file.name


def test_a_journal_that_is_judged_is_not_replaced(tmp_path):
    judged(tmp_path / "out", written(tmp_path / "a.har", entry()))
    before = (tmp_path / "out" / "journal.jsonl").read_bytes()

    run, _ = judged(tmp_path / "out", tmp_path / "out" / "journal.jsonl")

    assert run.exit_code == Exit.USAGE.value
    assert "which is judged; name another folder" in run.output
    assert (tmp_path / "out" / "journal.jsonl").read_bytes() == before


def test_the_replays_of_an_earlier_report_go(tmp_path):
    judged(tmp_path / "out", written(tmp_path / "a.har", WRONG))
    assert list((tmp_path / "out" / "replay").iterdir())

    judged(tmp_path / "out", written(tmp_path / "a.har", entry()))

    assert list((tmp_path / "out").glob("replay/*")) == []


def test_the_name_of_a_recording_may_be_any_bytes(tmp_path):
    path = tmp_path / os.fsdecode(b"\xe4.har")
    run, report = judged(tmp_path / "out", written(path, entry()))

    assert run.exit_code == 0
    assert report["selection"] == "observed, not provoked: \ufffd.har"


def test_a_pipe_is_a_sentence(tmp_path):
    os.mkfifo(tmp_path / "a.har")
    run, _ = judged(tmp_path / "out", tmp_path / "a.har")

    assert run.exit_code == Exit.USAGE.value
    assert "is a pipe; write the recording to a file first" in run.output


@pytest.mark.parametrize("url", ["http://x:99999/time", "http://[x/time", "nothing"])
def test_a_journal_with_a_malformed_url_is_judged_without_it(tmp_path, url):
    judged(tmp_path / "one", written(tmp_path / "a.har", entry(), entry("/stats", "[]")))
    journal = (tmp_path / "one" / "journal.jsonl").read_text().replace(f"{URL}/stats", url)
    (tmp_path / "journal.jsonl").write_text(journal)

    run, _ = judged(tmp_path / "two", tmp_path / "journal.jsonl")

    assert run.exit_code == 0
    assert "1 skipped: no URL of HTTP" in run.output


def test_a_journal_that_was_cut_takes_nothing_of_the_next_with_it(tmp_path):
    for name in ("one", "two"):
        judged(tmp_path / name, written(tmp_path / f"{name}.har", entry()))
    cut = tmp_path / "one" / "journal.jsonl"
    cut.write_bytes(cut.read_bytes()[:-40])

    folders = [str(tmp_path / name) for name in ("one", "two")]
    merged = CliRunner().invoke(main, ["merge", *folders, "--into", str(tmp_path / "merged"), "--har"])

    assert merged.exception is None or isinstance(merged.exception, SystemExit)
    assert len(json.loads((tmp_path / "merged" / writing.TRAFFIC).read_text())["log"]["entries"]) == 2


def test_nothing_that_could_be_judged_is_an_exit_status_of_its_own(tmp_path):
    path = written(tmp_path / "a.har", entry("https://elsewhere.example/index.html"), entry("/time", status=0))
    run, report = judged(tmp_path / "out", path)

    assert (run.exit_code, report["conclusion"]) == (Exit.NOTHING_SELECTED.value, "inconclusive")
    assert "1 skipped: another host, such as https://elsewhere.example" in run.output
    assert "1 skipped: no response was recorded" in run.output


def test_what_is_skipped_is_counted_with_examples(tmp_path):
    path = written(
        tmp_path / "a.har",
        entry(),
        entry("/internal?token=of-nobody"),
        *[entry(f"https://cdn{number}.example/x") for number in range(5)],
        entry("/time", status=302),
        entry("/time", "<h1>Bad gateway</h1>", status=502, headers=[DATE]),
        entry("wss://rest.example/time"),
    )
    run, report = judged(tmp_path / "out", path)

    told = "\n".join(report["circumstances"])
    assert "1 exchange of 1 recording was judged" in told
    assert "5 skipped: another host, such as https://cdn0.example, https://cdn1.example" in told
    assert "1 skipped: no operation of the contract, such as GET https://rest.example/internal" in told
    assert "2 skipped: not answered by the service itself" in told
    assert "1 skipped: WebSocket" in told
    assert f"base URLs by the paths of the contract that were asked: {URL} (3 requests)" in told
    assert "of-nobody" not in run.output


@pytest.mark.parametrize("base", ["https://gateway.example/api/v1", "https://gateway.example/api/v1/"])
def test_a_base_url_with_a_path_is_given(tmp_path, base):
    path = written(tmp_path / "a.har", entry("https://gateway.example/api/v1/time"), entry("/time"))
    run, report = judged(tmp_path / "out", path, "--base-url", base)

    assert run.exit_code == 0
    assert report["target"]["url"].rstrip("/") == "https://gateway.example/api/v1"
    assert "1 skipped: another host, such as https://rest.example" in run.output


def test_several_recordings_are_one_report(tmp_path):
    one, two = written(tmp_path / "a.har", entry()), written(tmp_path / "b.har", WRONG)
    _, report = judged(tmp_path / "out", one, two)

    assert report["selection"] == "observed, not provoked: a.har, b.har"
    assert report["counts"]["exchanges"] == 2
    assert "b.har, entry 1" in (tmp_path / "out" / "report.json").read_text()


def test_two_judged_recordings_that_are_merged_stay_observed(tmp_path):
    folders = []
    for name in ("a", "b"):
        judged(tmp_path / name, written(tmp_path / f"{name}.har", entry()))
        folders.append(str(tmp_path / name))
    run = CliRunner().invoke(main, ["merge", *folders, "--into", str(tmp_path / "both")])

    report = json.loads((tmp_path / "both" / "report.json").read_text())
    assert (run.exit_code, report["conclusion"]) == (0, "no fail observed")
    assert report["selection"] == "observed, not provoked: a.har, b.har"


# Bodies and headers of recorders -------------------------------------------------------------------------------------


def test_a_body_that_was_left_out_is_not_judged_and_the_headers_are(tmp_path):
    page = entry(HISTORY, None, content={"size": 99, "mimeType": "application/json"})
    _, report = judged(tmp_path / "out", written(tmp_path / "a.har", page))

    found = status_of(report)
    assert (found["RSP-01"], found["RSP-12"], found["HDR-01"]) == ("none", "none", "fail")
    assert (
        "1 exchange lacks what the recorder left out (response body); no check judges by that"
        in report["circumstances"]
    )


def test_messagepack_in_base64_is_judged(tmp_path):
    packed = msgpack.packb(["no time"])
    content = {
        "size": len(packed),
        "mimeType": MSGPACK,
        "text": base64.b64encode(packed).decode(),
        "encoding": "base64",
    }
    lines = [DATE, SERVER, {"name": "content-type", "value": MSGPACK}]
    asked = {"headers": [{"name": "accept", "value": MSGPACK}]}
    _, report = judged(
        tmp_path / "out", written(tmp_path / "a.har", entry(content=content, headers=lines, asked=asked))
    )

    assert (status_of(report)["RSP-02"], status_of(report)["RSP-05"]) == ("fail", "pass")


def test_a_compressed_body_that_the_recorder_decoded_is_judged(tmp_path):
    lines = [
        DATE,
        SERVER,
        JSON_TYPE,
        {"name": "content-encoding", "value": "br"},
        {"name": "content-length", "value": "9"},
    ]
    _, report = judged(tmp_path / "out", written(tmp_path / "a.har", entry(headers=lines)))

    assert status_of(report)["RSP-01"] == "pass"
    assert report["counts"]["fail"] == 0


def test_secrets_of_a_recording_reach_no_file_and_no_line(tmp_path):
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJl"
    credentials = {"name": "Authorization", "value": f"Basic {base64.b64encode(KEY.encode()).decode()}"}
    token = '{"token": "app.token-of-somebody-else", "keyName": "app.key"}'
    path = written(
        tmp_path / "a.har",
        entry(f"/time?access_token={jwt}", '{"echo": "very-secret-secret"}', asked={"headers": [ACCEPT, credentials]}),
        entry("/keys/app.key/requestToken", token, method="POST", status=201),
        entry("/app.token-of-somebody-else", "{}"),
    )
    run, _ = judged(tmp_path / "out", path)

    written_files = {each.name: each.read_text("utf-8") for each in (tmp_path / "out").rglob("*") if each.is_file()}
    for secret in ("very-secret-secret", "token-of-somebody-else", jwt, credentials["value"][6:]):
        assert secret not in run.output
        assert [name for name, text in written_files.items() if secret in text] == []


def test_hostile_entries_are_skipped_or_judged_and_never_an_error(tmp_path):
    deep = {"size": 2, "text": "[" * 100_000}
    odd = [
        None,
        7,
        "x",
        [],
        {"request": {}},
        entry(content=deep),
        entry("/time", "\x00"),
        entry("/channels/%00/messages"),
    ]
    run, report = judged(tmp_path / "out", written(tmp_path / "a.har", *odd, entry("/time\ud800?\ud800=1", "[1]")))

    assert run.exit_code in {0, 1}
    assert "5 skipped: not an entry of HAR 1.2" in "\n".join(report["circumstances"])


# Long recordings -----------------------------------------------------------------------------------------------------


def test_of_a_long_recording_only_what_shows_something_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(observation, "MOST_KEPT", 10)
    monkeypatch.setattr(observation, "MOST_OF_ONE", 5)
    sound, wrong = [entry()] * 50, [WRONG] * 20
    _, report = judged(tmp_path / "out", written(tmp_path / "a.har", *sound, *wrong, entry("/time?format=json")))

    told = "\n".join(report["circumstances"])
    assert "16 of the 71 exchanges are kept as evidence" in told
    assert "15 more findings of RSP-01 are like those that are kept" in told
    failed = next(each for each in report["requirements"] if each["id"] == "RSP-01")
    assert (_status(failed), failed["opportunities"], len(failed["findings"])) == ("fail", 71, 5)


def test_a_flood_of_findings_hides_no_other_one(tmp_path, monkeypatch):
    """A finding that is left out must not look like a pass."""
    monkeypatch.setattr(observation, "MOST_FINDINGS", 3)
    path = written(tmp_path / "a.har", *[WRONG] * 20, entry("/time", "no JSON"), entry("/stats", "{}"))
    _, report = judged(tmp_path / "out", path)

    assert {"RSP-01", "RSP-04"} <= {id_ for id_, _ in findings_of(report)}
    failed = next(each for each in report["requirements"] if each["id"] == "RSP-01")
    assert failed["operations"] == {"GET /stats": "fail", "GET /time": "fail"}


def test_more_different_findings_than_a_report_holds_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(observation, "MOST_DIFFERENT", 2)
    run, report = judged(
        tmp_path / "out", written(tmp_path / "a.har", WRONG, entry("/stats", "{}"), entry("/time", "no"))
    )

    assert (run.exit_code, report) == (Exit.USAGE.value, None)
    assert "more than 2 different findings" in run.output


# Input that is wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        ("{", (), "a.har is neither a HAR file nor a journal: it ends too early before its entries"),
        ('{"log": {"entries": [{}, {', (), "it ends too early at entry 2"),
        ('{"log": {"entries": []}}', ("--base-url", "rest.example"), "--base-url: expected a URL"),
        ('{"log": {"entries": []}}', ("--profile", "nobody"), "there is no such profile"),
        ('{"log": {"entries": []}}', ("--contract", "/nowhere.yaml"), "nowhere.yaml"),
        ('{"kind": "header", "format": 12}', (), "line 1: the journal has the format 12"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_status_4(tmp_path, content, arguments, words):
    path = tmp_path / "a.har"
    path.write_text(content)
    run, report = judged(tmp_path / "out", path, *arguments)

    assert (run.exit_code, report) == (Exit.USAGE.value, None)
    assert words in run.output
    assert len(run.output.strip().splitlines()) == 1


def test_the_profile_gives_gate_waivers_and_scope(tmp_path):
    profile = tmp_path / "mine.toml"
    profile.write_text(
        '[target]\nurl = "https://rest.example"\n[scope]\nwithout = ["HDR"]\n[[waiver]]\nrequirement = "RSP-01"\n'
        'reason = "known"\nissue = "https://issues.example/1"\nuntil = 2099-01-01\n'
    )
    run, report = judged(tmp_path / "out", written(tmp_path / "a.har", WRONG), "--profile", profile)

    assert run.exit_code == 0
    assert (status_of(report)["RSP-01"], status_of(report)["HDR-01"]) == ("waived", "out of scope")


# Journals, and the HAR files made of them ----------------------------------------------------------------------------


def test_a_journal_and_its_har_are_judged_alike(tmp_path):
    made = failing(tmp_path / "run")
    made.exchange("GET /time", body=b'{"time": 1}', test="a::b", sequence=2)
    made.exchange("GET /time", body=b"\xff\x00", test="a::b")
    made.exchanges = [each if each.test else type(each)(**{**fields(each), "test": "a::c"}) for each in made.exchanges]
    journal = made.write()
    writing.write([journal], tmp_path / "traffic.har")
    _, from_journal = judged(tmp_path / "one", journal)
    _, from_har = judged(tmp_path / "two", tmp_path / "traffic.har")

    assert findings_of(from_journal) == findings_of(from_har)
    assert "RSP-01" in {id_ for id_, _ in findings_of(from_har)}
    assert status_of(from_journal) == status_of(from_har)
    assert from_journal["counts"]["exchanges"] == from_har["counts"]["exchanges"] > 50


def fields(exchange):
    return {name: getattr(exchange, name) for name in exchange.__dataclass_fields__}


def test_recorded_answers_of_the_service_break_no_must_as_har(tmp_path):
    """A recorder that is not known may have left anything out; one that is known kept all that was recorded."""
    contract = load()
    genuine = [each for each in read(ANSWERS) if each.is_genuine and not each.is_empty]
    found = [each for recording in genuine for each in exchanges(recording, contract)]
    entries = [as_entry(each) for each in found if each.response and each.operation and not each.interference]
    for creator in ("mitmproxy", "a tool of somebody"):
        path = written(tmp_path / "answers.har", *entries, creator=creator)
        _, report = judged(tmp_path / creator[:4], path)
        failed = {each["id"] for each in report["requirements"] if _status(each) == "fail" and each["level"] == "must"}
        accepted = {each["requirement"] for each in json.loads(ANSWERS.with_name("exceptions.json").read_text())}
        assert failed <= accepted | RIGHT_ALARMS
        assert report["counts"]["exchanges"] > 100


def as_entry(exchange):
    body = exchange.response.body
    content = {
        "size": len(body),
        "mimeType": exchange.response.content_type,
        "text": base64.b64encode(body).decode(),
        "encoding": "base64",
    }
    lines = [{"name": name, "value": value} for name, value in exchange.response.headers]
    sent = [{"name": name, "value": value} for name, value in exchange.request.headers]
    asked = {"headers": sent, "url": exchange.request.url}
    return entry(
        exchange.request.url,
        method=exchange.request.method,
        status=exchange.response.status,
        headers=lines,
        content=content,
        asked=asked,
    )
