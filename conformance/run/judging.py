"""Judges recordings: traffic that the suite did not send, offline, into the journal and the report of a run.

Everything after the checks is that of a run: the journal holds what was observed, and the report is a function of it.
"""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from conformance import catalogue, profile
from conformance.checks import Checks
from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.evidence.journal import WHOLE, Journal
from conformance.har.entry import Skipped, shown
from conformance.har.reading import file_name
from conformance.har.reading import read as read_recording
from conformance.model import Evidence, Exchange, Origin, Selection
from conformance.profile import Blast, Profile
from conformance.report.text.counts import counted
from conformance.run.base_urls import BaseUrls, checked, origin_of
from conformance.run.config import RunConfig
from conformance.run.edition import circumstances
from conformance.run.header import header_for
from conformance.run.observation import Observation
from conformance.run.observed import clear, objection_to, report, requirements_in, write_observation
from conformance.run.options import baseline_of, contract_of
from conformance.target.interference import interference
from conformance.verdict.judge import Judgement

_WORKER = "observed"
_OF_RUN = "sent by a run beside its tests, which judges no such answer"
_INTERFERENCE = "not answered by the service itself, but by a gateway, a rate limit or a redirect"


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for. profile: a name or the path of a .toml file. contract: a file, "" for the packed one."""

    files: tuple[Path, ...]
    into: Path
    base_urls: tuple[str, ...] = ()
    profile: str = "live"
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    evidence: Evidence
    judgement: Judgement
    contract: Contract


def judge_recordings(order: Order) -> Judged:
    """Write journal and report. Raises UsageError for what cannot be read, and OSError for what cannot be written."""
    started = time.time()
    whole = (order.into / WHOLE).resolve()
    if kept := next((file for file in order.files if file.resolve() == whole), None):
        raise UsageError(f"--into: the report would replace {kept}, which is judged; name another folder")
    chosen = _profile(order)
    contract = contract_of(chosen)
    labels = [each.label for each in contract.operations]
    profile.refuse_unknown_scope(chosen, catalogue.places(), labels)
    baseline = baseline_of(chosen)
    bases = BaseUrls(contract, checked(order.base_urls))
    observation = Observation(contract, Checks(contract, lambda head: not objection_to(contract, chosen, head)))
    for number, file in enumerate(order.files, 1):
        for each in read_recording(file, number):
            _observe(observation, bases, chosen, each)
    for skipped, count in bases.skipped():
        observation.skip(skipped, count)
    run = secrets.token_hex(3)
    config = RunConfig(
        run=run,
        profile=chosen,
        url=", ".join(url for url, _ in bases.known.most_common(_MOST_URLS)),
        seed=0,
        parent=order.into.parent,
        folder=order.into,
        started=started,
        reproduce=_reproduce(order),
        keys={},
        baseline=baseline,
        circumstances=(*circumstances(contract, chosen), *_in_words(order, bases, observation)),
    )
    clear(order.into)
    _write_journal(config, order, contract, observation)
    return Judged(*report(order.into, contract), contract)


def _profile(order: Order) -> Profile:
    """As a run, but for what limits requests: none is sent."""
    chosen = profile.load(order.profile)
    contract = replace(chosen.contract, path=order.contract or chosen.contract.path)
    return replace(chosen, contract=contract, target=replace(chosen.target, blast_radius=Blast.EXCLUSIVE))


# Each entry ----------------------------------------------------------------------------------------------------------


def _observe(observation: Observation, bases: BaseUrls, chosen: Profile, found: Exchange | Skipped) -> None:
    if isinstance(found, Skipped):
        observation.skip(found)
        return
    label = _label(observation.contract, bases, found)
    if found.origin is not Origin.OBSERVED and not found.test:
        observation.skip(Skipped(_OF_RUN, _shown(found)))
    elif label is None:
        bases.leave_out(found.request)
    elif not chosen.scope.serves(label):
        observation.skip(Skipped(f"the profile {chosen.name} leaves the path out", _shown(found)))
    elif found.interference or _interferes(found):
        observation.skip(Skipped(_INTERFERENCE, f"{_shown(found)}: status {found.response and found.response.status}"))
    else:
        observation.judge(replace(found, operation=label))


def _label(contract: Contract, bases: BaseUrls, found: Exchange) -> str | None:
    """The operation of the contract, None for a request that asked none; a run knows what it asked itself."""
    if found.origin is not Origin.OBSERVED and any(found.operation in {"", each.label} for each in contract.operations):
        bases.known[origin_of(found.request.url)] += 1
        return found.operation
    asked = bases.operation(found.request)
    return asked.label if asked else None


def _interferes(exchange: Exchange) -> bool:
    """Content-Encoding is no reason here: the recorder has decoded the body."""
    response = exchange.response
    if response is None or exchange.origin is not Origin.OBSERVED:
        return False
    lines = tuple(line for line in response.headers if line[0].lower() != "content-encoding")
    return interference(exchange.request, replace(response, headers=lines), exchange.started) is not None


def _shown(exchange: Exchange) -> str:
    return shown(exchange.request.method, exchange.request.url)


# What the report says ------------------------------------------------------------------------------------------------

_MOST_URLS = 3


def _reproduce(order: Order) -> str:
    parts = ["ably-conformance judge", *(shlex.quote(str(file)) for file in order.files)]
    parts += [f"--base-url {shlex.quote(url)}" for url in order.base_urls]
    parts += [f"--profile {shlex.quote(order.profile)}", f"--into {shlex.quote(str(order.into))}"]
    parts += [f"--contract {shlex.quote(order.contract)}"] if order.contract else []
    return " ".join(parts)


def _in_words(order: Order, bases: BaseUrls, observation: Observation) -> Iterator[str]:
    yield "this traffic was observed and not provoked: what the recorded clients did not ask is not judged"
    was = "was" if observation.judged == 1 else "were"
    yield f"{counted(observation.judged, 'exchange')} of {counted(len(order.files), 'recording')} {was} judged"
    if bases.known and not bases.given:
        hosts = ", ".join(f"{url} ({counted(count, 'request')})" for url, count in bases.known.most_common(_MOST_URLS))
        more = len(bases.known) - _MOST_URLS
        rest = f" and {counted(more, 'other host')}" if more > 0 else ""
        yield f"base URLs by the paths of the contract that were asked: {hosts}{rest}; --base-url names the right ones"
    yield from observation.skipped_in_words()
    for part, count in observation.unrecorded.most_common():
        lacks = "lacks" if count == 1 else "lack"
        yield f"{counted(count, 'exchange')} {lacks} what the recorder left out ({part}); no check judges by that"
    kept = len(observation.exchanges)
    if kept < observation.judged:
        yield f"{kept:,} of the {observation.judged:,} exchanges are kept as evidence, and the report counts those"
    for id_, count in observation.left_out.most_common(_MOST_URLS):
        yield f"{count:,} more findings of {id_} are like those that are kept"


def _write_journal(config: RunConfig, order: Order, contract: Contract, observation: Observation) -> None:
    seen = {id_ for id_, _ in observation.opportunities}
    every = tuple(requirements_in(contract, config.profile, seen))
    names = tuple(map(file_name, order.files))
    header = header_for(
        config,
        contract,
        worker=_WORKER,
        workers=(_WORKER,),
        chosen=Selection(observed=names),
        requirements=every,
        catalogue=len(every),
    )
    for exchange in observation.exchanges:
        observation.secrets.learn(exchange)
    observation.secrets.take_credentials()  # a run tells how to make those that it invented; these are of other people
    write_observation(Journal(config.folder / WHOLE, observation.secrets), header, observation, time.time())
