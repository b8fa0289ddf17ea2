"""A journal reads back as it was written, reports what is missing, and holds no secret."""

from __future__ import annotations

import base64
import errno
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.evidence.journal import NOT_SELECTED, Journal, merge, read
from conformance.evidence.records import LONGEST_BODY
from conformance.evidence.redaction import Secrets
from conformance.model import (
    JSON,
    MSGPACK,
    MUST,
    Clause,
    ContractFacts,
    Evidence,
    Finding,
    Outcome,
    ProfileFacts,
    Requirement,
    RunHeader,
    ScopedRequirement,
    Verdict,
)
from conformance.selftest.harness.exchanges import exchange, unanswered, with_line

HEADER = RunHeader(
    run="7f3a",
    worker="main",
    workers=("main",),
    suite="0.1.0",
    started=1_795_000_000.5,
    url="http://127.0.0.1:8080",
    profile=ProfileFacts("reference"),
    contract=ContractFacts("Ably", "1.1.0", "0" * 64),
)
SECRET = "app.key:a-very-secret-secret"

EXCHANGES = (
    exchange(body=[1_795_000_000_000]),
    exchange(body=[{"data": b"\x00\xff"}], media=MSGPACK),
    with_line(with_line(exchange(body={"a": "ü"}), "Link", "<a>; rel=first"), "link", "<b>; rel=next"),
    exchange(
        "POST /push/publish", 204, sent={"a": 1}, sent_as=MSGPACK, defect="a is no name", test="test_x", sequence=3
    ),
    unanswered(),
)
FINDING = Finding(
    "an integer", '"text"', "#/paths/~1time", "/0", "fails", "RSP-01", "GET /time", ("main-1", "main-2"), "test_x"
)
OUTCOME = Outcome("DEV-07", "test_y", Verdict.INCONCLUSIVE, "set-up was rejected", ("GET /time", "GET /stats"))
MET = Counter({("RSP-01", "GET /time"): 4, ("RSP-01", ""): 1})


def journal(path: Path, *, exchanges=EXCHANGES, interrupted=False, out_of_time="", **facts) -> Path:
    written = Journal(path, Secrets())
    written.write_header(replace(HEADER, **facts))
    for each in exchanges:
        written.write_exchange(each)
    written.write_finding(FINDING)
    written.write_outcome(OUTCOME)
    written.write_opportunities(MET)
    written.write_footer(1_795_000_041.25, interrupted=interrupted, out_of_time=out_of_time)
    return path


@pytest.fixture
def whole(tmp_path):
    return journal(tmp_path / "journal-main.jsonl")


def test_a_journal_reads_back_as_it_was_written(whole):
    found = read([whole])

    assert found.exchanges == EXCHANGES
    assert found.findings == (FINDING,)
    assert found.outcomes == (OUTCOME,)
    assert found.opportunities == MET
    assert found.finished == 1_795_000_041.25
    assert found.header == HEADER
    assert found.cut == ()


@given(body=st.binary(max_size=60), text=st.text(), status=st.integers(100, 599))
def test_any_exchange_reads_back_as_it_was_written(tmp_path_factory, body, text, status):
    made = exchange(body=body, status=status)
    made = replace(made, failure=text, request=replace(made.request, body=body, headers=(("X", text),)))

    found = read([journal(tmp_path_factory.mktemp("any") / "journal.jsonl", exchanges=[made])])

    assert found.exchanges == (made,)


def test_a_journal_is_lines_of_plain_ascii(whole):
    lines = whole.read_bytes().decode("ascii").splitlines()

    assert [json.loads(line)["kind"] for line in lines] == [
        "header", *["exchange"] * 5, "finding", "outcome", "opportunities", "opportunities", "footer"
    ]  # fmt: skip


def test_a_long_body_is_cut_and_its_full_length_is_stated(tmp_path):
    body = json.dumps(["ü" * LONGEST_BODY], ensure_ascii=False).encode()

    path = journal(tmp_path / "journal.jsonl", exchanges=[exchange(body=body)])

    record = json.loads(path.read_text().splitlines()[1])["response"]
    assert record["bytes"] == len(body)
    assert read([path]).exchanges[0].response.body == body[:LONGEST_BODY]


# Secrets -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", [JSON, MSGPACK])
def test_no_secret_reaches_the_file(tmp_path, media):
    secrets = Secrets()
    secrets.add("full", SECRET)
    made = exchange(body={"data": SECRET, "token": "a-token-of-its-own"}, media=media)
    made = replace(
        made,
        request=replace(made.request, headers=(("Authorization", f"Basic {_base64(SECRET)}"),), url=f"/?key={SECRET}"),
    )
    path = tmp_path / "journal.jsonl"
    written = Journal(path, secrets)
    written.write_header(replace(HEADER, reproduce=SECRET))
    written.write_exchange(made)
    written.write_finding(replace(FINDING, received=f"{SECRET} and a-token-of-its-own"))
    written.write_outcome(replace(OUTCOME, reason=SECRET))
    written.write_footer(1.0, interrupted=False)

    stored = path.read_text()

    for form in (
        SECRET,
        _base64(SECRET),
        "a-token-of-its-own",
        _base64("a-token-of-its-own"),
        _base64(msgpack.packb(SECRET)),
    ):
        assert form not in stored
    assert "<secret:full>" in stored


def _base64(secret: str | bytes) -> str:
    return base64.b64encode(secret.encode() if isinstance(secret, str) else secret).decode()


# Incomplete journals -------------------------------------------------------------------------------------------------


def test_a_cut_journal_never_looks_complete(whole):
    lines = whole.read_text().splitlines(keepends=True)

    for kept in range(1, len(lines)):
        whole.write_text("".join(lines[:kept]))
        assert read([whole]).cut == ("the journal of worker main has no footer: that worker was cut short",)


def test_a_journal_cut_within_a_record_keeps_the_records_before_it(whole):
    text = whole.read_text()
    whole.write_text(text[: text.index('"kind": "finding"') + 30])

    found = read([whole])

    assert len(found.exchanges) == len(EXCHANGES)
    assert found.findings == ()
    assert found.cut != ()


@pytest.mark.parametrize("lost", range(1, 10))
def test_a_lost_record_is_reported(whole, lost):
    lines = whole.read_text().splitlines(keepends=True)
    whole.write_text("".join(lines[:lost] + lines[lost + 1 :]))

    assert read([whole]).cut == ("the journal of worker main has lost records",)


def test_a_damaged_record_is_reported(whole):
    lines = whole.read_text().splitlines(keepends=True)
    whole.write_text("".join([*lines[:2], lines[2][:20] + "\n", *lines[3:]]))

    assert read([whole]).cut == ("the journal of worker main has lost records",)


def test_a_run_whose_time_was_used_up_is_not_whole(tmp_path):
    path = journal(tmp_path / "journal.jsonl", out_of_time="the 60 s of the run were used up")

    assert read([path]).cut == ("not every test was run: the 60 s of the run were used up",)


def test_an_interrupted_run_is_reported(tmp_path):
    path = journal(tmp_path / "journal.jsonl", interrupted=True)

    assert read([path]).cut == ("the run was interrupted",)


def test_a_missing_worker_is_named(tmp_path):
    """Three of four shards look like a whole run unless they are counted."""
    path = journal(tmp_path / "journal-gw0.jsonl", worker="gw0", workers=("gw0", "gw1"))

    assert read([path]).cut == ("the journal of worker gw1 is missing",)


def test_a_worker_that_died_before_its_header_is_missing(tmp_path):
    path = journal(tmp_path / "journal-gw0.jsonl", worker="gw0", workers=("gw0", "gw1"))
    dead = tmp_path / "journal-gw1.jsonl"

    for written in ("", '{"kind": "hea'):
        dead.write_text(written)
        assert read([path, dead]).cut == ("the journal of worker gw1 is missing",)


def test_a_duplicate_journal_is_reported(whole, tmp_path):
    copy = tmp_path / "journal-copy.jsonl"
    copy.write_text(whole.read_text())

    assert read([whole, copy]).cut == ("the journal of worker main is there 2 times",)


def test_workers_with_the_same_name_in_two_runs_are_counted_separately(tmp_path):
    paths = [journal(tmp_path / f"{run}.jsonl", run=run) for run in ("7f3a", "99bc")]

    assert read(paths).cut == ()


@pytest.mark.parametrize(
    "content", [b"", b"hello\n", b"5\n", b'{"kind": "exchange"}\n', b"\xff\xfe", b"{}\n", b'{"kind": "header"}\n']
)
def test_a_file_that_is_not_a_journal_is_rejected(tmp_path, content):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="journal"):
        read([path])


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("header", "worker"),
        ("exchange", "request"),
        ("finding", "expected"),
        ("outcome", "verdict"),
        ("opportunities", "count"),
        ("footer", "finished"),
    ],
)
def test_a_record_that_lacks_a_member_is_rejected(whole, kind, member):
    lines = whole.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    record = json.loads(lines[number])
    del record[member]
    whole.write_text("".join([*lines[:number], json.dumps(record) + "\n", *lines[number + 1 :]]))

    with pytest.raises(UsageError, match=r"is not a journal: a record is malformed \("):
        read([whole])


def test_a_missing_file_and_an_empty_list_of_files_are_rejected(tmp_path):
    with pytest.raises(UsageError, match="no journal to read"):
        read([])
    with pytest.raises(UsageError, match="is not a journal"):
        read([tmp_path / "absent.jsonl"])


# Merging -------------------------------------------------------------------------------------------------------------


def scoped(id_: str, out_of_scope: str) -> ScopedRequirement:
    return ScopedRequirement(Requirement(id_, MUST, "something holds", Clause("RFC 9110", "")), 0, out_of_scope)


@pytest.fixture
def two_workers(tmp_path):
    scopes = {"gw0": ("not selected", ""), "gw1": ("", "")}
    return [
        journal(
            tmp_path / f"journal-{worker}.jsonl",
            worker=worker,
            workers=("gw0", "gw1"),
            requirements=tuple(scoped(id_, why) for id_, why in zip(("DEV-07", "SUB-01"), scopes[worker], strict=True)),
        )
        for worker in scopes
    ]


def test_journals_of_workers_merge_into_one_run(two_workers):
    found = read(two_workers)

    assert len(found.exchanges) == 2 * len(EXCHANGES)
    assert found.findings == (FINDING, FINDING)
    assert found.opportunities == MET + MET
    assert found.cut == ()


def test_the_order_of_files_does_not_matter(two_workers):
    assert read(two_workers) == read(reversed(two_workers))


def test_a_requirement_is_in_scope_if_it_was_for_any_worker(two_workers):
    scopes = {each.requirement.id: each.out_of_scope for each in read(two_workers).header.requirements}

    assert scopes == {"DEV-07": "", "SUB-01": ""}


def test_concatenated_journals_read_as_their_parts(two_workers, tmp_path):
    """`cat` merges shards."""
    whole = tmp_path / "journal.jsonl"
    whole.write_bytes(b"".join(path.read_bytes() for path in two_workers))

    assert read([whole]) == read(two_workers)


def test_a_cut_journal_within_a_concatenation_is_reported(two_workers, tmp_path):
    first, second = (path.read_bytes() for path in two_workers)
    whole = tmp_path / "journal.jsonl"

    for cut in (len(first) - 1, len(first) - 40, len(first) // 2, first.index(b"\n") + 1):
        whole.write_bytes(first[:cut] + second)
        assert read([whole]).cut != ()


ONE, TWO = "only -k 'one'", "only -k 'two'"


def part(run: str = "one", *, outcomes: tuple[str, ...] = (), **facts) -> Evidence:
    """What one journal holds. outcomes: the tests that ended."""
    ended = tuple(Outcome("DEV-01", test, Verdict.PASS) for test in outcomes)
    return Evidence(replace(HEADER, run=run, **facts), (), (), ended, Counter(), 1.0)


def shard(run: str, *reasons: str, **facts) -> Evidence:
    """The journal of a shard. reasons: why DEV-01 and SUB-01 are out of its scope."""
    ids = ("DEV-01", "SUB-01")
    requirements = tuple(scoped(id_, why) for id_, why in zip(ids, reasons, strict=False))
    return part(run, selection=f"only -k '{run}'", requirements=requirements, **facts)


def test_shards_that_together_select_everything_are_the_whole_suite():
    merged = merge([shard("one", "", NOT_SELECTED), shard("two", NOT_SELECTED, "")])

    assert merged.header.selection == ""


def test_shards_that_leave_a_requirement_out_name_their_selections():
    merged = merge([shard("one", "", NOT_SELECTED), shard("two", NOT_SELECTED, NOT_SELECTED)])

    assert merged.header.selection == f"{ONE} and {TWO}"


def test_shards_that_leave_a_test_out_name_their_selections():
    """One of several parametrized tests of a requirement may be left out."""
    first = shard("one", "", NOT_SELECTED, tests=("test_a",), deselected=("test_b", "test_c"), outcomes=("test_a",))
    second = shard("two", NOT_SELECTED, "", tests=("test_b",), deselected=("test_a", "test_c"), outcomes=("test_b",))

    merged = merge([first, second])

    assert merged.header.selection == f"{ONE} and {TWO}"
    assert merged.header.tests == ("test_a", "test_b")
    assert merged.header.deselected == ("test_c",)


def test_shards_that_collected_a_part_of_the_catalogue_name_their_selections():
    """A file that no shard collects leaves no trace of its requirements."""
    parts = [shard("one", "", NOT_SELECTED, catalogue=3), shard("two", NOT_SELECTED, "", catalogue=3)]

    assert merge(parts).header.selection == f"{ONE} and {TWO}"


def test_the_selection_of_one_run_is_kept():
    assert merge([shard("one", "", "")]).header.selection == ONE


# Tests that did not end ----------------------------------------------------------------------------------------------


def test_a_run_whose_tests_all_ended_is_complete():
    assert merge([part(tests=("test_a", "test_b"), outcomes=("test_a", "test_b"))]).cut == ()


def test_a_test_that_another_worker_ran_has_ended():
    workers = ("gw0", "gw1")
    parts = [
        part(worker="gw0", workers=workers, tests=("test_a", "test_b"), outcomes=("test_a",)),
        part(worker="gw1", workers=workers, tests=("test_a", "test_b"), outcomes=("test_b",)),
    ]

    assert merge(parts).cut == ()


def test_a_selected_test_without_outcome_is_reported():
    """A run may be stopped by a signal, by -x, or by another plugin; none of them marks the journal."""
    merged = merge([part(tests=("test_a", "test_b", "test_c"), outcomes=("test_b",))])

    assert merged.cut == ("2 of 3 tests did not run to their end, test_a among them",)


def test_the_outcome_of_another_run_does_not_count():
    parts = [part("one", tests=("test_a",)), part("two", tests=("test_a",), outcomes=("test_a",))]

    assert merge(parts).cut == ("1 of 1 tests did not run to their end, test_a among them",)


def test_a_deselected_test_needs_no_outcome():
    assert merge([part(tests=("test_a",), deselected=("test_b",), outcomes=("test_a",))]).cut == ()


def test_a_journal_that_meets_a_full_disk_says_so_and_is_cut(tmp_path, monkeypatch):
    path = tmp_path / "journal-main.jsonl"
    written = Journal(path, Secrets())
    written.write_header(HEADER)
    monkeypatch.setattr(written, "_file", FullDisk(written._file))  # noqa: SLF001

    for each in EXCHANGES:
        written.write_exchange(each)
    written.write_footer(1_795_000_041.25, interrupted=False)

    assert written.failure == f"the journal {path} cannot be written any more: No space left on device"
    assert len(path.read_text().split("\n")) == 2, "nothing follows what was written in part"
    assert read([path]).cut == ("the journal of worker main has no footer: that worker was cut short",)


class FullDisk:
    """Takes ten bytes more, and then nothing."""

    def __init__(self, file: IO[bytes]) -> None:
        self.name = file.name
        self._file = file
        self._free = 10

    def write(self, content: bytes) -> int:
        if not self._free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken, self._free = self._free, 0
        return self._file.write(content[:taken])

    def close(self) -> None:
        self._file.close()
