"""Opens the target of a run, and collects the secrets that its keys contain."""

from __future__ import annotations

from typing import Any

from conformance.contract import Contract
from conformance.evidence.redaction import Secrets
from conformance.names import Names
from conformance.profile import Blast
from conformance.run.config import RunConfig
from conformance.target.client import Target
from conformance.target.pacer import UNLIMITED_TIME, Budget, Pace, SteadyClock
from conformance.target.proxy import proxy_for
from conformance.wire.transport import Route


def known_secrets(run_config: RunConfig) -> Secrets:
    secrets = Secrets()
    for name, key in run_config.keys.items():
        secrets.add(name, key.text)
        secrets.add(name, key.secret)
    return secrets


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
    interval = 1 / pace.requests_per_second if pace.requests_per_second else 0.0
    return Target(
        run_config.url,
        contract,
        run_config.principals,
        pace=Pace(pace.timeout, pace.patience, interval, budget),
        names=Names(prefix, run_config.profile.world),
        limits=run_config.limits,
        observer=observer,
        blast=blast or section.blast_radius,
        clock=SteadyClock(run_config.clock),
        route=Route(section.ca_file, proxy_for(run_config.url, section.proxy)),
    )
