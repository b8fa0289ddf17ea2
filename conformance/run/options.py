"""The options of a run, resolved once from the command line, the environment and the profile.

A new option is declared in `plugin`, read into `Options`, and resolved here into the `RunConfig` that travels.
"""

from __future__ import annotations

import math
import os
import secrets
import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from conformance import profile
from conformance.command_line import destination
from conformance.errors import UsageError
from conformance.profile import Profile, Start
from conformance.run.config import RunConfig, run_folder
from conformance.target.credentials import Key, parse_key
from conformance.target.pacer import UNLIMITED_TIME, Budget
from conformance.verdict.baseline import read_baseline

KEY_VARIABLE = "ABLY_API_KEY"
_PLACEHOLDER = "placeholder.key:that-opens-nothing"
"""Placeholder key for targets that ignore credentials but require the header, such as mocks."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line as the user typed it, and the key of the environment; "" and None stand for "not given"."""

    profile: str
    target: str
    key: str
    parent: Path
    seed: int | None
    examples: int | None
    mutant: str
    journal_only: bool = False
    compare_to: Path | None = None
    ca_file: str = ""
    is_key_from_environment: bool = False
    max_time: float | None = None


def options_of(config: pytest.Config) -> Options:
    here = config.invocation_params.dir

    def option(name: str) -> Any:
        return config.getoption(destination(name))

    def path(name: str) -> Path | None:
        return here / option(name) if option(name) else None

    return Options(
        profile=option("--profile") or "",
        target=option("--target") or "",
        key=option("--key") or os.environ.get(KEY_VARIABLE, ""),
        is_key_from_environment=not option("--key"),
        parent=here / option("--report-dir"),
        seed=option("--seed"),
        examples=option("--examples"),
        mutant=option("--mutant") or "",
        journal_only=option("--journal-only"),
        compare_to=path("--compare-to"),
        ca_file=str(path("--ca-file") or ""),
        max_time=option("--max-time"),
    )


def resolve(options: Options) -> RunConfig:
    """The run that the options ask for. Raises UsageError where they contradict each other or lack something."""
    chosen = choose_profile(options)
    if options.examples is not None and options.examples < 1:
        raise UsageError(f"--examples: expected a number, more than 0, received {options.examples}")
    run, started, moment = secrets.token_hex(3), time.time(), time.monotonic()
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    return RunConfig(
        run=run,
        profile=chosen,
        url=chosen.target.url,
        seed=seed,
        examples=options.examples if options.examples is not None else chosen.pace.examples,
        parent=options.parent,
        folder=run_folder(options.parent, run, started),
        started=started,
        reproduce=_reproduce(options, chosen, seed),
        keys=_keys(options, chosen),
        notes=_notes(options, chosen),
        baseline=_baseline(chosen),
        mutant=options.mutant,
        journal_only=options.journal_only,
        compare_to=options.compare_to,
        budget=_budget(options, chosen, moment),
        clock=started - moment,
    )


def _budget(options: Options, chosen: Profile, now: float) -> Budget:
    """now: on the monotonic clock. Raises UsageError for a time that is no time."""
    seconds = options.max_time if options.max_time is not None else chosen.pace.max_time
    if not (math.isfinite(seconds) and seconds >= 0):
        raise UsageError(f"--max-time: expected seconds, 0 or more, received {seconds:g}")
    return Budget(seconds, now + seconds) if seconds else UNLIMITED_TIME


def choose_profile(options: Options) -> Profile:
    """The named profile; without a name, the one that fits what else was given. Raises UsageError."""
    name = options.profile or ("reference" if not options.target else "live" if options.key else "sandbox")
    chosen = profile.load(name)
    start = _start(chosen, options)
    ca_file = options.ca_file or chosen.target.ca_file
    target = replace(chosen.target, start=start, url=options.target or chosen.target.url, ca_file=ca_file)
    if start is not Start.EMBEDDED and not target.url:
        raise UsageError(f"profile {name}: give the base URL of the target with --target URL")
    if options.target:
        profile.check_url("--target", options.target)
    if ca_file:
        profile.check_ca_file("--ca-file" if options.ca_file else f"profile {name}: [target] ca_file", ca_file)
    if options.mutant and start is not Start.EMBEDDED:
        raise UsageError("--mutant works only with the embedded reference server; remove --target")
    chosen = replace(chosen, target=target)
    profile.refuse_contradiction(chosen)
    return chosen


def _start(chosen: Profile, options: Options) -> Start:
    """A URL turns the embedded server off; then the run creates its application there."""
    start = chosen.target.start
    return Start.PROVISION if options.target and start is Start.EMBEDDED else start


def _notes(options: Options, chosen: Profile) -> tuple[str, ...]:
    """A profile that creates its own application uses no key: one of the environment is unused, one that was typed is a
    contradiction. Raises UsageError.
    """
    if not options.key or chosen.target.start is Start.GIVEN:
        return ()
    why = f"the profile {chosen.name} creates its own application"
    if not options.is_key_from_environment:
        raise UsageError(f"--key: {why}; remove --key, or judge an existing application with --profile live")
    return (f"{KEY_VARIABLE} is not used: {why}",)


def _keys(options: Options, chosen: Profile) -> dict[str, Key]:
    if chosen.target.start is not Start.GIVEN:
        return {}
    if "credentials" in chosen.target.offers and not options.key:
        raise UsageError(f"profile {chosen.name}: give a key with --key or in ${KEY_VARIABLE}")
    return {"full": parse_key(options.key or _PLACEHOLDER)}


def _baseline(chosen: Profile) -> tuple[str, ...]:
    """The accepted findings of an earlier report. Raises UsageError when that cannot be read."""
    if not chosen.gate.baseline:
        return ()
    where = f"profile {chosen.name}: [gate] baseline: {chosen.gate.baseline}"
    try:
        return read_baseline(Path(chosen.gate.baseline))
    except OSError as error:
        raise UsageError(f"{where}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{where}: is not a report.json") from error


def _reproduce(options: Options, chosen: Profile, seed: int) -> str:
    parts = ["pytest", f"--profile {shlex.quote(options.profile or chosen.name)}", f"--seed {seed}"]
    parts += [f"--target {shlex.quote(options.target)}"] if options.target else []
    parts += [f"--ca-file {shlex.quote(options.ca_file)}"] if options.ca_file else []
    parts += [f"--examples {options.examples}"] if options.examples is not None else []
    parts += [f"--max-time {options.max_time:g}"] if options.max_time is not None else []
    parts += [f"--mutant {options.mutant}"] if options.mutant else []
    return " ".join(parts)
