"""docs/own-requirements.md does what it says: a team's requirements are judged beside the suite's."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import catalogue
from conformance.errors import UsageError
from conformance.paths import ROOT
from conformance.selftest.harness.runs import environment
from conformance.target.embedded import reference_server

PAGE = (ROOT / "docs" / "own-requirements.md").read_text(encoding="utf-8")
((FILE, CODE),) = re.findall(r"^```python (\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def url():
    with reference_server() as url:
        yield url


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    path.write_text(CODE, encoding="utf-8")
    return tmp_path


def said(command: str, folder: Path, *more: str) -> str:
    words = [str(Path(sys.executable).parent / "ably-conformance"), *shlex.split(command)[1:]]
    words = words if command.startswith("ably") else [sys.executable, *shlex.split(command)[1:]]
    done = subprocess.run(
        [*words, *more], cwd=folder, env=environment(), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("command", "workers"),
    [(COMMANDS[0], ("-n", "2")), (COMMANDS[1], ())],
    ids=["command, distributed", "pytest, alone"],
)
def test_the_page_does_what_it_says(command, workers, folder, url):
    said(command, folder, "--target", url, "-k", "ACM", "--seed", "1", *workers)

    report = json.loads((folder / "reports" / "latest" / "report.json").read_text())
    verdicts = {each["id"]: each["verdict"] for each in report["requirements"]}
    assert (verdicts["ACM-01"], verdicts["ACM-02"]) == ("pass", "fail")
    journal = (folder / "reports" / "latest" / "journal.jsonl").read_text()
    assert '"tests/own/test_gateway.py::test_a_response_names_its_region"' in journal


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "holds no requirement; attach one to a test"),
        (CODE.replace("ACM-01", "DEV-01"), r"DEV-01: the area DEV \(Push devices\) is the suite's"),
    ],
)
def test_what_holds_no_requirement_of_a_team_is_refused(tmp_path, code, sentence):
    path = tmp_path / "test_own.py"
    path.write_text(code, encoding="utf-8")

    with pytest.raises(UsageError, match=sentence):
        catalogue.own_places([path])


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"--also: .*nowhere does not exist"):
        catalogue.own_places([tmp_path / "nowhere"])
