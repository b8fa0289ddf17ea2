"""Records of a journal that are not what they should be are refused with file and line, and never with a traceback."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.cli import main
from conformance.errors import UsageError
from conformance.evidence.journal import read
from conformance.selftest.evidence.test_journal import journal
from conformance.selftest.harness.journals import passing
from conformance.verdict.result import Exit

MALFORMED = {
    "a number as workers": ("header", {"workers": 5}),
    "a text as the time of the start": ("header", {"started": "today"}),
    "a time that no calendar has": ("header", {"started": 1e300}),
    "a list as the URL": ("header", {"target": {"url": []}}),
    "a text as the time of the end": ("footer", {"finished": "later"}),
    "an end that is no number": ("footer", {"finished": float("nan")}),
    "a list as counts": ("footer", {"counts": []}),
    "a text as a status": ("exchange", {"response": {"status": "200", "headers": [], "text": ""}}),
    "a header line of three parts": (
        "exchange",
        {"response": {"status": 200, "headers": [["a", "b", "c"]], "text": ""}},
    ),
    "a number as a header": ("exchange", {"response": {"status": 200, "headers": [["a", 1]], "text": ""}}),
    "base64 that is none": ("exchange", {"response": {"status": 200, "headers": [], "base64": "%"}}),
    "a number as a body": ("exchange", {"response": {"status": 200, "headers": [], "text": 1}}),
    "an unknown origin": ("exchange", {"origin": "elsewhere"}),
    "a member that no exchange has": ("exchange", {"more": 1}),
    "a number as what was expected": ("finding", {"expected": 1}),
    "numbers as exchanges": ("finding", {"exchanges": [1]}),
    "an unknown verdict": ("outcome", {"verdict": "splendid"}),
    "a number as a verdict": ("outcome", {"verdict": 1}),
    "a text as operations": ("outcome", {"operations": 5}),
    "a text as a count": ("opportunities", {"count": "many"}),
    "a list as a requirement": ("opportunities", {"requirement": []}),
}


def altered(path, kind, members) -> int:
    """Alter the first record of a kind; the number of its line."""
    lines = path.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    lines[number] = json.dumps({**json.loads(lines[number]), **members})
    path.write_text("\n".join([*lines, ""]))
    return number + 1


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_record_is_refused_with_its_file_and_line(tmp_path, name):
    path = journal(tmp_path / "journal-main.jsonl")
    line = altered(path, *MALFORMED[name])

    with pytest.raises(UsageError, match=rf"journal-main\.jsonl, line {line} is not a journal: a record is malformed"):
        read([path])


@pytest.mark.parametrize("name", MALFORMED)
def test_merging_a_malformed_record_is_a_usage_error(tmp_path, name):
    altered(journal(tmp_path / "journal-main.jsonl"), *MALFORMED[name])

    run = CliRunner().invoke(main, ["merge", str(tmp_path), "--into", str(tmp_path / "merged")])

    assert run.exit_code == Exit.USAGE.value
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("stated", [0, 3, 99, "2", None, [2]])
def test_a_journal_of_another_format_is_refused(tmp_path, stated):
    path = journal(tmp_path / "journal-main.jsonl")
    altered(path, "header", {"format": stated})

    with pytest.raises(UsageError, match=r"line 1: the journal has the format .*, and this version reads the formats"):
        read([path])


def test_what_is_whole_of_a_cut_journal_is_used(tmp_path):
    path = journal(tmp_path / "journal-main.jsonl")
    text = path.read_text()
    path.write_text(text[:-20])

    found = read([path])

    assert len(found.exchanges) == 5
    assert found.cut == ("the journal of worker main has no footer: that worker was cut short",)


def test_a_merged_report_has_its_journal_and_can_be_merged_again(tmp_path):
    shard = passing(tmp_path / "one").write("journal-main.jsonl").parent
    once, twice = tmp_path / "once", tmp_path / "twice"

    first = CliRunner().invoke(main, ["merge", str(shard), "--into", str(once)])
    second = CliRunner().invoke(main, ["merge", str(once), "--into", str(twice)])

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (once / "journal.jsonl").read_bytes() == (shard / "journal-main.jsonl").read_bytes()
    assert (twice / "report.json").read_bytes() == (once / "report.json").read_bytes()


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path):
    shard = passing(tmp_path / "one").write("journal-main.jsonl").parent
    (tmp_path / "file").write_text("no folder")

    run = CliRunner().invoke(main, ["merge", str(shard), "--into", str(tmp_path / "file")])

    assert run.exit_code == Exit.USAGE.value
    assert "--into" in run.output


def end_of_reading(path) -> str:
    """Any other exception is the test's."""
    try:
        read([path])
    except UsageError:
        return "refused"
    return "read"


LINES = st.sampled_from(range(9))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(line=LINES, data=st.data(), value=VALUES)
def test_any_value_of_any_member_is_read_or_refused(tmp_path, line, data, value):
    path = journal(tmp_path / "journal-main.jsonl")
    lines = path.read_text().splitlines()
    record = json.loads(lines[line])
    record[data.draw(st.sampled_from(sorted(record)))] = value
    lines[line] = json.dumps(record)
    path.write_text("\n".join([*lines, ""]))

    assert end_of_reading(path) in {"read", "refused"}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 4000), put=st.binary(max_size=6))
def test_any_bytes_anywhere_are_read_or_refused(tmp_path, at, put):
    path = journal(tmp_path / "journal-main.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + put + whole[at + len(put) :])

    assert end_of_reading(path) in {"read", "refused"}
