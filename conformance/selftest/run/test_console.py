"""The end of a run as a user reads it: a check that fails everywhere is told once, and the conclusion comes last."""

from __future__ import annotations

import re
import shlex
from xml.etree import ElementTree as ET

import pytest

from conformance.selftest.harness.runs import Run, suite


@pytest.fixture(scope="module")
def without_header(tmp_path_factory) -> Run:
    """A target that omits one header from every response, judged by two workers."""
    folder = tmp_path_factory.mktemp("without-header")
    return suite(folder, "--mutant", "server-has-no-id", "--seed", "7", "-k", "TIM-0 or STA-0", "-n", "2")


def test_a_test_is_not_red_for_what_a_check_finds(without_header):
    assert "FAILED" not in without_header.said
    assert re.search(r"^\d+ passed[ ,]", without_header.said, re.MULTILINE)


def test_the_run_fails_although_no_test_is_red(without_header):
    assert without_header.status == 1
    assert without_header.report["conclusion"] == "not conformant"
    assert without_header.verdicts["HDR-01"] == "fail"


def test_the_fault_is_one_entry(without_header):
    leads = [each for each in without_header.report["causes"] if each["level"] == "must"]

    assert [each["requirement"] for each in leads] == ["HDR-01"]
    assert leads[0]["findings"] > 10
    assert without_header.report["suspects"] == []


def test_the_console_tells_the_check_once_and_the_conclusion_last(without_header):
    lines = without_header.said.strip().splitlines()

    assert len([line for line in lines if line.startswith("HDR-01 ")]) == 1
    assert lines[-1].startswith("not conformant: 1 of ")
    assert len(lines) < 60


def test_every_format_for_machines_has_the_failed_check(without_header):
    cases = ET.parse(without_header.folder / "junit.xml").iter("testcase")
    failed = {case.get("name") for case in cases if case.find("failure") is not None}

    assert "HDR-01 GET /channels/{channel_id}" in failed
    for name in ("report.sarif", "ctrf-report.json", "summary.md", "report.html"):
        assert "HDR-01" in (without_header.folder / name).read_text(encoding="utf-8"), name


def test_the_command_of_a_failed_check_shows_it_again(without_header, tmp_path):
    (line,) = [line for line in without_header.said.splitlines() if line.startswith("  reproduce ")]

    again = suite(tmp_path, *shlex.split(line)[3:])

    assert (again.status, again.verdicts["HDR-01"]) == (1, "fail")
