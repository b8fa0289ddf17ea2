"""The options of a run, resolved once from the command line, the environment and the profile.

A new option is declared in `command_line`, read into `Options`, and resolved here into the `RunConfig` that travels.
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
from conformance.command_line import KEY_VARIABLE, destination, own_tests
from conformance.contract import Contract, load
from conformance.errors import UsageError
from conformance.evidence.redaction import SHORTEST
from conformance.profile import OwnHeader, Profile, Start, TargetSection
from conformance.profile.way import check_ca_file, check_cert, check_header, check_proxy, check_url
from conformance.run.config import Aim, RunConfig, run_folder
from conformance.run.shard import parse_shard
from conformance.target.credentials import Key, parse_key
from conformance.target.pacer import UNLIMITED_TIME, Budget
from conformance.target.proxy import check_variable_of_proxy
from conformance.verdict.baseline import Rewriting, read_baseline

_PLACEHOLDER = "placeholder.key:that-opens-nothing"
"""Placeholder key for targets that ignore credentials but require the header, such as mocks."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line as the user typed it, and the key of the environment; "" and None stand for "not given"."""

    profile: str
    target: str
    key: str
    parent: Path
    seed: int | None = None
    examples: int | None = None
    mutant: str = ""
    journal_only: bool = False
    compare_to: Path | None = None
    ca_file: str = ""
    cert: str = ""
    cert_key: str = ""
    proxy: str = ""
    contract: str = ""
    is_key_from_environment: bool = False
    shard: str = ""
    labels: tuple[str, ...] = ()
    updates_baseline: bool = False
    prunes_baseline: bool = False
    also: tuple[Path, ...] = ()
    max_time: float | None = None
    rps: float | None = None
    aim: Aim = Aim.JUDGE
    har: bool = False


def contract_of(chosen: Profile) -> Contract:
    section = chosen.contract
    return load(section.errata.value, Path(section.path)) if section.path else load(section.errata.value)


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
        seed=_number("--seed", option("--seed")),
        examples=_number("--examples", option("--examples")),
        mutant=option("--mutant") or "",
        journal_only=option("--journal-only"),
        compare_to=path("--compare-to"),
        ca_file=str(path("--ca-file") or ""),
        shard=option("--shard") or "",
        labels=tuple(option("--label") or ()),
        updates_baseline=option("--baseline-update"),
        prunes_baseline=option("--baseline-prune"),
        cert=str(path("--cert") or ""),
        cert_key=str(path("--cert-key") or ""),
        proxy=option("--proxy") or "",
        also=own_tests(config),
        contract=str(path("--contract") or ""),
        max_time=_seconds("--max-time", option("--max-time"), "seconds"),
        rps=_seconds("--rps", option("--rps"), "a number"),
        aim=_aim(config),
        har=option("--har"),
    )


def _aim(config: pytest.Config) -> Aim:
    if config.option.collectonly:
        return Aim.LIST
    return Aim.ANNOUNCE if config.getoption(destination("--dry-run")) else Aim.JUDGE


def _number(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{option}: expected a whole number, received {text}") from None


def _seconds(option: str, text: str | None, expected: str) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        raise UsageError(f"{option}: expected {expected}, received {text}") from None


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
        parent=options.parent,
        folder=run_folder(options.parent, run, started),
        started=started,
        reproduce=_reproduce(options, chosen, seed),
        keys=_keys(options, chosen),
        notes=_notes(options, chosen),
        baseline=_baseline(chosen, options),
        rewriting=_rewriting(chosen, options),
        mutant=options.mutant,
        journal_only=options.journal_only,
        har=options.har,
        compare_to=options.compare_to,
        shard=parse_shard(options.shard),
        labels=tuple(dict(map(_label, options.labels)).items()),
        also=options.also,
        budget=_budget(options, chosen, moment),
        clock=started - moment,
        aim=options.aim,
        headers=tuple(_with_value(chosen.name, each) for each in chosen.target.headers),
    )


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals or not name.isprintable() or any(character.isspace() for character in name):
        raise UsageError(f"--label: expected a name and a value, like commit=4f2a91c, received {text!r}")
    return name, value


def _budget(options: Options, chosen: Profile, now: float) -> Budget:
    """now: on the monotonic clock. Raises UsageError for a time that is no time."""
    seconds = options.max_time if options.max_time is not None else chosen.pace.max_time
    if not (math.isfinite(seconds) and seconds >= 0):
        raise UsageError(f"--max-time: expected seconds, 0 or more, received {seconds:g}")
    return Budget(seconds, now + seconds) if seconds else UNLIMITED_TIME


def _with_value(profile_name: str, header: OwnHeader) -> OwnHeader:
    """The header with the value of its variable, which is a secret. Raises UsageError for a variable without one."""
    if not header.variable:
        return header
    where = f"profile {profile_name}: [target] headers {header.name}: the variable {header.variable}"
    value = os.environ.get(header.variable, "").strip()
    if len(value) < SHORTEST:
        raise UsageError(f"{where} has to be set, to {SHORTEST} characters or more: a shorter secret cannot be removed")
    check_header(where, header.name, value)
    return replace(header, value=value)


def choose_profile(options: Options) -> Profile:
    """The named profile; without a name, the one that fits what else was given. Raises UsageError."""
    name = options.profile or ("reference" if not options.target else "live" if options.key else "sandbox")
    chosen = profile.load(name)
    start = _start(chosen, options)
    target = _with_route(replace(chosen.target, start=start, url=options.target or chosen.target.url), options)
    if start is not Start.EMBEDDED and not target.url:
        raise UsageError(f"profile {name}: give the base URL of the target with --target URL")
    if options.target:
        check_url("--target", options.target)
    _check_route(options, name, target)
    if options.mutant and start is not Start.EMBEDDED:
        raise UsageError("--mutant works only with the embedded reference server; remove --target")
    contract = replace(chosen.contract, path=options.contract or chosen.contract.path)
    rps = chosen.pace.requests_per_second if options.rps is None else options.rps
    if not (math.isfinite(rps) and rps >= 0):
        raise UsageError(f"--rps: expected requests a second, 0 or more, received {rps:g}")
    pace = replace(chosen.pace, examples=options.examples or chosen.pace.examples, requests_per_second=rps)
    chosen = replace(chosen, target=target, contract=contract, pace=pace)
    profile.refuse_contradiction(chosen)
    return chosen


def _with_route(target: TargetSection, options: Options) -> TargetSection:
    """Options go before the profile; a certificate of the command line has no key of the profile."""
    return replace(
        target,
        ca_file=options.ca_file or target.ca_file,
        cert=options.cert or target.cert,
        cert_key=options.cert_key or ("" if options.cert else target.cert_key),
        proxy=options.proxy or target.proxy,
    )


def _check_route(options: Options, name: str, target: TargetSection) -> None:
    """Raises UsageError for files that cannot be used, and for a proxy that is no URL."""
    where = f"profile {name}: [target]"
    if target.ca_file:
        check_ca_file("--ca-file" if options.ca_file else f"{where} ca_file", target.ca_file)
    check_cert("--cert" if options.cert or options.cert_key else f"{where} cert", target.cert, target.cert_key)
    check_proxy("--proxy", options.proxy)
    check_variable_of_proxy("--proxy" if options.proxy else f"{where} proxy", target.proxy)


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
    variable = chosen.target.key_variable
    is_typed = bool(options.key) and not options.is_key_from_environment
    key = os.environ.get(variable, "") if variable and not is_typed else options.key
    if "credentials" in chosen.target.offers and not key:
        raise UsageError(f"profile {chosen.name}: give a key with --key or in ${variable or KEY_VARIABLE}")
    return {"full": parse_key(key or _PLACEHOLDER)}


def _rewriting(chosen: Profile, options: Options) -> Rewriting | None:
    """Raises UsageError for a profile that names no baseline, and for both options at once."""
    if not (options.updates_baseline or options.prunes_baseline):
        return None
    if options.updates_baseline and options.prunes_baseline:
        raise UsageError("--baseline-update removes what is fixed, too; remove --baseline-prune")
    name = "--baseline-update" if options.updates_baseline else "--baseline-prune"
    if options.shard:
        raise UsageError(
            f"{name}: a shard is a part of the suite; give {name} FILE to `ably-conformance merge` instead"
        )
    if not chosen.gate.baseline:
        raise UsageError(
            f'{name}: the profile {chosen.name} names no file; add baseline = "baseline.json" under [gate]'
        )
    return Rewriting.UPDATE if options.updates_baseline else Rewriting.PRUNE


def _baseline(chosen: Profile, options: Options) -> tuple[str, ...]:
    """An update may write the first one."""
    is_first = options.updates_baseline and not Path(chosen.gate.baseline).exists()
    return () if is_first else baseline_of(chosen)


def baseline_of(chosen: Profile) -> tuple[str, ...]:
    """The accepted findings of an earlier report. Raises UsageError when that cannot be read."""
    if not chosen.gate.baseline:
        return ()
    where = f"profile {chosen.name}: [gate] baseline: {chosen.gate.baseline}"
    try:
        return read_baseline(Path(chosen.gate.baseline))
    except FileNotFoundError as error:
        why = f"{error.strerror}; --baseline-update writes the first one"
        raise UsageError(f"{where}: cannot be read: {why}") from error
    except OSError as error:
        raise UsageError(f"{where}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{where}: is not a report.json") from error


def _reproduce(options: Options, chosen: Profile, seed: int) -> str:
    parts = ["ably-conformance run", f"--profile {shlex.quote(options.profile or chosen.name)}", f"--seed {seed}"]
    parts += [f"--target {shlex.quote(options.target)}"] if options.target else []
    files = {"--ca-file": options.ca_file, "--cert": options.cert, "--cert-key": options.cert_key}
    parts += [f"{name} {shlex.quote(path)}" for name, path in files.items() if path]
    parts += [f"--proxy {shlex.quote(options.proxy)}"] if options.proxy else []
    parts += [f"--contract {shlex.quote(options.contract)}"] if options.contract else []
    parts += [f"--examples {options.examples}"] if options.examples is not None else []
    parts += [f"--max-time {options.max_time:g}"] if options.max_time is not None else []
    parts += [f"--rps {options.rps:g}"] if options.rps is not None else []
    parts += [f"--mutant {options.mutant}"] if options.mutant else []
    parts += [f"--also {shlex.quote(os.path.relpath(path))}" for path in options.also]
    return " ".join(parts)
