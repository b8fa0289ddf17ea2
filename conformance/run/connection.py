"""Opens the target of a run, and collects the secrets that its keys contain."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

from conformance.contract import Contract
from conformance.evidence.redaction import Secrets
from conformance.names import Names
from conformance.profile import Blast
from conformance.run.config import RunConfig
from conformance.target.client import Target
from conformance.target.pacer import UNLIMITED_TIME, Budget, Pace, SteadyClock
from conformance.target.proxy import password_of_proxy, proxy_for
from conformance.wire.transport import Route


def known_secrets(run_config: RunConfig) -> Secrets:
    secrets = Secrets()
    for name, key in run_config.keys.items():
        secrets.add_key(name, key.text)
    for name, value in secrets_of_the_way(run_config):
        secrets.add(name, value)
    return secrets


def secrets_of_the_way(run_config: RunConfig) -> Iterator[tuple[str, str]]:
    """What the environment has of headers and of a proxy: the name that stands for it, and the value."""
    yield from ((each.variable, each.value) for each in run_config.headers if each.variable)
    yield "proxy password", password_of_proxy(run_config.url, run_config.profile.target.proxy)


def sender(run_config: RunConfig, requirement: str = "") -> str:
    """The User-Agent of a request: whoever runs the target finds suite, run and requirement in a log."""
    comment = f"run {run_config.run}; {requirement}" if requirement else f"run {run_config.run}"
    return f"ably-conformance/{_own_version()} ({comment})"


@cache
def _own_version() -> str:
    return version("ably-conformance")


def _route(run_config: RunConfig) -> Route:
    section = run_config.profile.target
    headers = tuple((each.name, each.value) for each in run_config.headers)
    return Route(section.ca_file, proxy_for(run_config.url, section.proxy), section.cert, section.cert_key, headers)


def open_target(
    run_config: RunConfig,
    contract: Contract,
    prefix: str,
    observer: Any,
    *,
    blast: Blast | None = None,
    budget: Budget = UNLIMITED_TIME,
) -> Target:
    """budget: without it, requests are sent also when the time of the run is used up."""
    pace, section = run_config.profile.pace, run_config.profile.target
    interval = run_config.workers / pace.requests_per_second if pace.requests_per_second else 0.0
    target = Target(
        run_config.url,
        contract,
        run_config.principals,
        pace=Pace(pace.timeout, pace.patience, interval, budget),
        names=Names(prefix, run_config.profile.world),
        limits=run_config.limits,
        observer=observer,
        blast=blast or section.blast_radius,
        clock=SteadyClock(run_config.clock),
        route=_route(run_config),
    )
    target.sender = sender(run_config)
    target.serves = run_config.profile.serves
    return target
