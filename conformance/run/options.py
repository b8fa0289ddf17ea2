"""The options of a run, resolved once from the command line, the environment and the profile."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conformance import profile
from conformance.errors import UsageError
from conformance.profile import Profile, Start
from conformance.run.config import Situation, run_folder
from conformance.target.credentials import parse_key

KEY_VARIABLE = "ABLY_API_KEY"


_PLACEHOLDER = "placeholder.key:that-opens-nothing"
"""Sent where a profile says that nobody looks at credentials: a mock may still want some."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The command line, as the user typed it."""

    profile: str
    target: str
    key: str
    folder: Path
    seed: int | None
    examples: int | None
    mutant: str
    journal_only: bool = False
    compare_to: Path | None = None
    ca_file: str = ""


def wishes_of(config: pytest.Config) -> Wishes:
    option = config.getoption
    return Wishes(
        profile=option("--profile") or "",
        target=option("--target") or "",
        key=option("--key") or os.environ.get(KEY_VARIABLE, ""),
        folder=config.invocation_params.dir / option("--report-dir"),
        seed=option("--seed"),
        examples=option("--examples"),
        mutant=option("--mutant") or "",
        journal_only=option("--journal-only"),
        compare_to=config.invocation_params.dir / option("--compare-to") if option("--compare-to") else None,
        ca_file=str(config.invocation_params.dir / option("--ca-file")) if option("--ca-file") else "",
    )


def choose_profile(wishes: Wishes) -> Profile:
    """The named profile; without a name, the one that fits what else was given. Raises UsageError."""
    name = wishes.profile or ("reference" if not wishes.target else "live" if wishes.key else "sandbox")
    chosen = profile.load(name)
    start = _start(chosen, wishes)
    ca_file = wishes.ca_file or chosen.target.ca_file
    target = replace(chosen.target, start=start, url=wishes.target or chosen.target.url, ca_file=ca_file)
    if start is not Start.EMBEDDED and not target.url:
        raise UsageError(f"profile {name}: say which target with --target URL")
    if wishes.target:
        profile.check_url("--target", wishes.target)
    if ca_file:
        profile.check_ca_file("--ca-file" if wishes.ca_file else f"profile {name}: [target] ca_file", ca_file)
    if wishes.mutant and start is not Start.EMBEDDED:
        raise UsageError("--mutant is a lie told by the embedded reference server; it cannot be told to another target")
    chosen = replace(chosen, target=target)
    profile.refuse_contradiction(chosen)
    return chosen


def _start(chosen: Profile, wishes: Wishes) -> Start:
    """A URL turns the embedded server off, and a key makes an application of its own needless."""
    start = chosen.target.start
    if wishes.target and start is Start.EMBEDDED:
        start = Start.PROVISION
    return Start.GIVEN if wishes.key and wishes.target and start is Start.PROVISION else start


def situation(wishes: Wishes, chosen: Profile) -> Situation:
    run, started = secrets.token_hex(3), time.time()
    needs_key = chosen.target.start is Start.GIVEN and "credentials" in chosen.target.offers
    if needs_key and not wishes.key:
        raise UsageError(f"profile {chosen.name}: give a key with --key or in ${KEY_VARIABLE}")
    if wishes.examples is not None and wishes.examples < 1:
        raise UsageError(f"--examples: expected a number, more than 0, received {wishes.examples}")
    seed = wishes.seed if wishes.seed is not None else secrets.randbelow(2**31)
    return Situation(
        run=run,
        profile=chosen,
        url=chosen.target.url,
        seed=seed,
        examples=wishes.examples if wishes.examples is not None else chosen.pace.examples,
        folder=run_folder(wishes.folder, run, started),
        started=started,
        baseline=_baseline(chosen),
        reproduce=_reproduce(wishes, chosen, seed),
        keys={"full": parse_key(wishes.key or _PLACEHOLDER)} if chosen.target.start is Start.GIVEN else {},
    )


def _baseline(chosen: Profile) -> tuple[str, ...]:
    """Fingerprints of the findings of an earlier report. Raises UsageError when that cannot be read."""
    if not chosen.gate.baseline:
        return ()
    where = f"profile {chosen.name}: [gate] baseline: {chosen.gate.baseline}"
    try:
        earlier = json.loads(Path(chosen.gate.baseline).read_text(encoding="utf-8"))
        return tuple(sorted({each["fingerprint"] for row in earlier["requirements"] for each in row["findings"]}))
    except OSError as flaw:
        raise UsageError(f"{where}: cannot be read: {flaw.strerror}") from flaw
    except (ValueError, KeyError, TypeError) as flaw:
        raise UsageError(f"{where}: is no report.json") from flaw


def _reproduce(wishes: Wishes, chosen: Profile, seed: int) -> str:
    parts = ["pytest", f"--profile {shlex.quote(wishes.profile or chosen.name)}", f"--seed {seed}"]
    parts += [f"--target {shlex.quote(wishes.target)}"] if wishes.target else []
    parts += [f"--ca-file {shlex.quote(wishes.ca_file)}"] if wishes.ca_file else []
    parts += [f"--examples {wishes.examples}"] if wishes.examples is not None else []
    parts += [f"--mutant {wishes.mutant}"] if wishes.mutant else []
    return " ".join(parts)
