"""The target of a run, and the secrets that its keys hold."""

from __future__ import annotations

from typing import Any

from conformance.contract import Contract
from conformance.evidence.redaction import Secrets
from conformance.names import Names
from conformance.profile import Blast
from conformance.run.config import Situation
from conformance.target.client import Target
from conformance.target.pacer import Pace


def known_secrets(situation: Situation) -> Secrets:
    secrets = Secrets()
    for name, key in situation.keys.items():
        secrets.add(name, key.text)
        secrets.add(name, key.secret)
    return secrets


def open_target(
    situation: Situation, contract: Contract, prefix: str, observer: Any, *, blast: Blast | None = None
) -> Target:
    pace = situation.profile.pace
    interval = 1 / pace.requests_per_second if pace.requests_per_second else 0.0
    return Target(
        situation.url,
        contract,
        situation.principals,
        pace=Pace(pace.timeout, pace.patience, interval),
        names=Names(prefix),
        observer=observer,
        blast=blast or situation.profile.target.blast_radius,
        ca_file=situation.profile.target.ca_file,
    )
