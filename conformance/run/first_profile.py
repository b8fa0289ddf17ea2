"""Writes the first profile of a target, from its pre-flight and a survey of what it has."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.command_line import KEY_VARIABLE
from conformance.errors import Inconclusive, UsageError
from conformance.profile import OF_PATHS, Start
from conformance.report.text.safe_text import one_line
from conformance.run.config import RunConfig
from conformance.run.connection import open_target
from conformance.run.console import EndingOfPytest
from conformance.run.controller import CONTROLLER, Controller
from conformance.run.options import Options, contract_of, resolve
from conformance.run.readiness import Readiness
from conformance.target.limits import UNLIMITED, limiting, rights
from conformance.target.survey import Survey, family, survey, without

_UNSEEN = {
    "state": "data that was written can be read back",
    "forms": "bodies may be forms",
    "default-limits": "the account has the documented limits",
}
"""Features that only a write would show."""


def write_first_profile(options: Options, file: Path) -> None:
    """Raises UsageError before the first request for a file that cannot be written, and Inconclusive when a run could
    not start.
    """
    _refuse_file(file)
    run = resolve(options)
    if run.profile.target.start is Start.EMBEDDED:
        raise UsageError("init: give the base URL of the target with --target URL")
    contract = contract_of(run.profile)
    controller = Controller(run, contract, (CONTROLLER,), EndingOfPytest())
    try:
        controller.pytest_sessionstart()
        run = controller.run_config
        if run.blockers:
            raise Inconclusive("; ".join(run.blockers))
        target = open_target(replace(run, limits=UNLIMITED), contract, f"conf-{run.run}-init", lambda _: None)
        found = survey(target, contract, run.keys["full"], run.skew)
    finally:
        controller.release()
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write("\n".join(lines(run, options, controller.readiness, found)) + "\n")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


def _refuse_file(file: Path) -> None:
    if file.suffix != ".toml":
        raise UsageError(f"{file}: a profile is a .toml file, such as {file / 'staging.toml'}")
    if os.path.exists(file):  # noqa: PTH110  Path.exists raises where the folder above is closed
        raise UsageError(f"{file} is there already and stays as it is; give another name, or remove it")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"{file} cannot be written: there is no folder {file.absolute().parent}")


def lines(run: RunConfig, options: Options, ready: Readiness, found: Survey) -> Iterator[str]:
    """The profile, with a comment for each line that the target's answers decided."""
    day = datetime.fromtimestamp(run.started, UTC).date()
    yield f"# Written by `ably-conformance init` on {day}. docs/profiles.md explains every key."
    yield f"description = {_text(f'The target {run.url}')}"
    is_file = options.profile.endswith(".toml")
    yield f"extends = {_text(str(Path(options.profile).absolute()) if is_file else run.profile.name)}"
    yield ""
    yield from _target(run, options, ready, found)
    yield ""
    yield from _scope(found)
    yield ""
    yield "[pace]"
    if ready.latency is not None:
        yield f"# An answer of the pre-flight took {ready.latency:.0f} ms (median)."
    yield f"requests_per_second = {run.profile.pace.requests_per_second:g} # of all workers together; 0: no limit"


def _target(run: RunConfig, options: Options, ready: Readiness, found: Survey) -> Iterator[str]:
    target = run.profile.target
    yield "[target]"
    yield f"url = {_text(run.url)}"
    files = {"ca_file": options.ca_file, "cert": options.cert, "cert_key": options.cert_key}
    yield from (f"{name} = {_text(str(Path(path).absolute()))}" for name, path in files.items() if path)
    if options.proxy:
        yield f"proxy = {_text(options.proxy)}"
    if target.start is Start.GIVEN:
        yield f'# The key is in ${target.key_variable or KEY_VARIABLE}; another variable: key_variable = "STAGING_KEY"'
        yield _comment(_key(ready))
    lacking = {**found.lacking, **_lacking_paths(found), **_lacking_push(run, found)}
    for word, why in lacking.items():
        if word in target.offers:
            yield _comment(f"It does not offer {word}: {why}.")
    offers = [word for word in without(target.offers, found) if word not in lacking]
    for word in offers:
        if word in _UNSEEN:
            yield _comment(f"Not looked at, because only a write would show it: {word} ({_UNSEEN[word]}).")
    yield f"offers = [{', '.join(map(_text, offers))}]"


def _key(ready: Readiness) -> str:
    if ready.capability is None:
        return "The target does not tell what it may do."
    if limiting(ready.capability) is None:
        return "It may do everything that the suite asks."
    return f"It may only {rights(ready.capability)}; what it does not cover is out of scope by itself."


def _lacking_paths(found: Survey) -> dict[str, str]:
    """Features that are operations, where the target has none of these."""
    asked = {
        word: [each for each in found.asked if each.partition(" ")[2].startswith(prefix)]
        for word, prefix in OF_PATHS.items()
    }
    return {
        word: f"{' and '.join(operations)} are not served"
        for word, operations in asked.items()
        if operations and set(operations) <= set(found.unserved)
    }


def _lacking_push(run: RunConfig, found: Survey) -> dict[str, str]:
    if "/push" in found.families[1]:
        return {"push": "nothing below /push is served"}
    if run.limits.no_push:
        return {"push": f"the namespace {run.limits.no_push} has no push enabled ([world] push names another one)"}
    return {}


def _scope(found: Survey) -> Iterator[str]:
    served, gone = found.families
    single = [each for each in found.unserved if family(each) in served]
    yield "[scope]"
    if gone:
        yield _comment(f"It answers 404 below {', '.join(gone)}.")
        yield f"paths = [{', '.join(map(_text, sorted({*served, '/keys'})))}]"
    if single:
        yield _comment(f"It answers 404, 405 or 501 to {', '.join(single)}.")
        yield f"without = [{', '.join(map(_text, single))}]"
    if not found.unserved:
        yield "# All that was asked is served: nothing is left out."


def _comment(text: str) -> str:
    return f"# {one_line(text)}"


def _text(value: str) -> str:
    """A TOML string; JSON escapes all that TOML does."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
