"""A file is there as it was before, or whole."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from conformance.evidence.whole_files import write_whole
from conformance.report import writing
from conformance.selftest.harness.journals import CORRECTED, passing


def full_disk(*_args, **_more):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(b"before")

    write_whole(path, b"after")

    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch, step):
    path = tmp_path / "report.json"
    path.write_bytes(b"before")
    monkeypatch.setattr(Path, step, full_disk)

    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"after")

    monkeypatch.undo()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_no_half_file_of_a_report(tmp_path, monkeypatch):
    run = passing(tmp_path)
    judged = run.judged()
    monkeypatch.setattr(Path, "replace", full_disk)

    with pytest.raises(OSError, match="No space left"):
        writing.write(*judged, run.folder, CORRECTED, history_file=tmp_path / "history.sqlite")

    monkeypatch.undo()
    assert not (run.folder / "report.json").exists()
    assert not (run.folder / "report.html").exists()


def test_a_run_whose_report_was_not_written_is_not_in_the_history(tmp_path, monkeypatch):
    run = passing(tmp_path)
    judged = run.judged()
    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        writing.write(*judged, run.folder, CORRECTED, history_file=tmp_path / "history.sqlite")
    monkeypatch.undo()

    with sqlite3.connect(tmp_path / "history.sqlite") as database:
        count = database.execute("SELECT COUNT(*) FROM runs").fetchone()
    database.close()
    assert count == (0,)


@pytest.mark.parametrize(
    "value", ["'text'", "NULL", "x'00ff'", "1e300", "-1"], ids=["a text", "null", "bytes", "a huge number", "negative"]
)
def test_a_history_with_values_of_other_types_costs_no_report(tmp_path, value):
    run = passing(tmp_path)
    path = tmp_path / "history.sqlite"
    writing.write(*run.judged(), run.folder, CORRECTED, history_file=path)
    with sqlite3.connect(path) as database:
        database.execute(f"UPDATE runs SET run = 'earlier', duration = {value}")
    database.close()

    remarks = writing.write(*run.judged(), run.folder, CORRECTED, history_file=path)

    assert "this run is not in the trend" in remarks[0]
    assert (run.folder / "report.html").exists()
