"""Runs the shell lines of the CI recipes in docs/recipes, as the CI system would, in a folder of a user."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from conformance.paths import ROOT
from conformance.selftest.harness.runs import FOREIGN

RECIPES = ROOT / "docs" / "recipes"


@dataclass(frozen=True)
class Step:
    """One shell line, or several. is_always: it is run even if a step before it failed."""

    lines: str
    is_always: bool = False


@dataclass(frozen=True)
class Ran:
    step: Step
    status: int
    said: str


def jobs_of(name: str) -> dict[str, list[Step]]:
    """The jobs of a recipe by name; a Jenkinsfile has one."""
    text = (RECIPES / name).read_text(encoding="utf-8")
    if name == "Jenkinsfile":
        return {"pipeline": list(_of_jenkins(text))}
    recipe = yaml.safe_load(text)
    if name.startswith("github"):
        return {job: list(_of_github(facts["steps"])) for job, facts in recipe["jobs"].items()}
    jobs = {job: facts for job, facts in recipe.items() if isinstance(facts, dict) and "script" in facts}
    return {job: list(_of_gitlab(facts)) for job, facts in jobs.items()}


def _of_github(steps: list[dict]) -> Iterator[Step]:
    yield from (Step(each["run"], "always()" in str(each.get("if", ""))) for each in steps if "run" in each)


def _of_gitlab(job: dict) -> Iterator[Step]:
    yield from (Step(line) for line in job["script"])
    yield from (Step(line, is_always=True) for line in job.get("after_script", []))


def _of_jenkins(text: str) -> Iterator[Step]:
    stages, _, post = text.partition("post {")
    yield from (Step(line) for line in re.findall(r"sh '(.*)'", stages))
    yield from (Step(line, is_always=True) for line in re.findall(r"sh '(.*)'", post))


def follow(steps: list[Step], folder: Path, **variables: str) -> list[Ran]:
    """Run the steps in a folder with the installed command; the suite is there already, as the recipe asks for it.

    variables: those that the CI system sets, and those of the recipe that a user would change.
    """
    commands = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment = {**kept, "PATH": f"{commands}:{os.environ['PATH']}", "NO_COLOR": "1", "SUITE": "ably-conformance"}
    ran: list[Ran] = []
    for step in steps:
        if step.is_always or not any(each.status for each in ran):
            done = subprocess.run(
                ["bash", "-e", "-c", step.lines],
                cwd=folder,
                env={**environment, **variables},
                capture_output=True,
                text=True,
                check=False,
            )
            ran.append(Ran(step, done.returncode, done.stdout + done.stderr))
    return ran
