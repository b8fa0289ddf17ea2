"""The wheel, installed elsewhere beside plugins of other people, does what docs/ci.md and the three journeys say, each
from an empty folder.

    pytest conformance/selftest/outside/outside_wheel.py

It needs the package index: the dependencies are installed into a fresh environment.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.paths import ROOT
from conformance.selftest.harness import pages
from conformance.selftest.harness.recipes import follow, jobs_of
from conformance.target.embedded import reference_server

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
PLUGINS = ["pytest-asyncio", "pytest-profiling", "pytest-randomly", "pytest-timeout"]
"""pytest-profiling has an option --profile, too; pytest-asyncio warns; pytest-randomly changes the order."""


def commands_of_the_page() -> list[str]:
    """Every command of ours in the order of the page, without the prompts and keys of a CI."""
    lines = (re.sub(r"^\s*(?:- )?(?:run: |commands = )?", "", line) for line in PAGE.splitlines())
    return [line.replace("{posargs}", "") for line in lines if line.startswith("ably-conformance ")]


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory) -> Path:
    """A fresh environment with the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    wheelhouse, environment = folder / "wheelhouse", folder / "environment"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", wheelhouse, ROOT], check=True)
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", wheel_beside(environment), *PLUGINS], check=True)
    return environment / "bin"


def wheel_beside(environment: Path) -> Path:
    (wheel,) = (environment.parent / "wheelhouse").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def reference():
    with reference_server() as url:
        yield url


@pytest.fixture
def outside(tmp_path, reference) -> Path:
    """A folder of the user's own with a profile in it, and with settings of pytest that are not ours."""
    target = f'[target]\nstart = "provision"\nblast_radius = "exclusive"\nurl = "{reference}"\n'
    (tmp_path / "staging.toml").write_text(f'description = "Our staging cluster"\n{target}', encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_functions = check_*\naddopts = -W error\n", encoding="utf-8")
    return tmp_path


def said(bin_folder: Path, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    environment = {**os.environ, "ABLY_API_KEY": "another.application:key", "NO_COLOR": "1"}
    environment = {name: value for name, value in environment.items() if not name.startswith(("PYTEST_", "COV_"))}
    return subprocess.run(
        [bin_folder / program, *arguments], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )


def test_every_command_of_the_page_works_from_a_folder_of_the_users(bin_folder, outside):
    commands = commands_of_the_page()
    assert len(commands) >= 4

    for command in commands:
        done = said(bin_folder, outside, command)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        assert "Warning" not in done.stderr, done.stderr[-2000:]
    assert re.search(r"^conformant: (\d{3,}) of \1 musts passed, 0 waived$", done.stdout, re.MULTILINE), done.stdout
    assert (outside / "merged" / "report.html").exists()


def test_the_recipe_of_jenkins_makes_its_environment_and_judges(bin_folder, outside):
    (steps,) = jobs_of("Jenkinsfile").values()
    with (outside / "staging.toml").open("a", encoding="utf-8") as profile:
        profile.write('[scope]\nonly = ["TIM"]\n')
    path = f"{bin_folder}:{os.environ['PATH']}"

    ran = follow(steps, outside, PATH=path, SUITE=str(wheel_beside(bin_folder.parent)), GIT_COMMIT="4f2a91c")

    assert [(each.step.lines, each.status, each.said) for each in ran if each.status] == []
    assert (outside / "report" / "junit.xml").exists()


@contextmanager
def serving(bin_folder: Path, folder: Path, *options: str) -> Iterator[str]:
    """The server of a journey: an application as `live` judges most of, with the key of the page."""
    (folder / "app.json").write_text(
        '{"keys": [{}], "namespaces": [{"id": "persisted", "persisted": true}, '
        '{"id": "pushenabled", "pushEnabled": true}]}',
        encoding="utf-8",
    )
    command = [
        bin_folder / "ably-conformance",
        "serve",
        "--app",
        folder / "app.json",
        "--key",
        "app.key:secret",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().split()[1]
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("page", "options", "narrowed"),
    [
        ("journey-gateway.md", ("--mutant", "unregister-keeps-subscriptions"), "-k 'DEV-07 or TIM-0'"),
        ("journey-production.md", (), "-k TIM-0"),
        ("journey-client.md", (), ""),
    ],
)
def test_a_journey_does_what_its_page_says(bin_folder, tmp_path, page, options, narrowed):
    """narrowed: the options of pytest that make its runs short; what a command says by itself goes before them."""
    folder, elsewhere = tmp_path / "empty", tmp_path / "server"
    folder.mkdir()
    elsewhere.mkdir()
    with serving(bin_folder, elsewhere, *options) as url:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "ABLY_"))}
        more = {"GATEWAY": url, "SERVER": url, "NO_COLOR": "1", "PYTEST_ADDOPTS": narrowed}
        environment = {**kept, **more, "PATH": f"{bin_folder}:{os.environ['PATH']}"}

        assert list(pages.follow((ROOT / "docs" / page).read_text(encoding="utf-8"), folder, environment)) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("ably-conformance requirements", "DEV-07"),
        ("ably-conformance mutants", "unregister-keeps-subscriptions"),
        ("ably-conformance run --profile smoke --target {url} --key wrong.key:secret", "the key is rejected"),
        ("ably-conformance run --profile refrence", "did you mean 'reference'?"),
        ("ably-conformance run --profile reference -k DEV-07", "conformant"),
        ("ably-conformance run --profile reference -k DEV-07 --report-dir .", "conformant"),
    ],
)
def test_commands_and_named_profiles_work_without_a_checkout(bin_folder, outside, reference, command, words):
    done = said(bin_folder, outside, command.format(url=reference))

    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_project_of_others_is_left_alone(bin_folder, outside):
    """Their pytest loads nothing of ours, and their --profile is theirs."""
    (outside / "pytest.ini").unlink()
    (outside / "test_theirs.py").write_text("def test_theirs():\n    pass\n", encoding="utf-8")

    done = said(bin_folder, outside, "pytest -q")
    shown = said(bin_folder, outside, "pytest --help")

    assert done.returncode == 0
    assert "ably-conformance" not in done.stdout + shown.stdout
