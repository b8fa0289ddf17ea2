"""A pytest plugin: where the time of a judged exchange goes. Writes seconds by part to the file $CLOCK_SPLIT.

A part that runs inside another one is taken out of it: validation out of the checks, redaction out of the journal.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from conformance.cases.generator import Generator
from conformance.checks import Checks
from conformance.checks.schemas import Judge
from conformance.evidence.journal import Journal
from conformance.evidence.redaction import Secrets
from conformance.report import writing
from conformance.run import controller
from conformance.target import client

PARTS: tuple[tuple[Any, str, str], ...] = (
    (Generator, "_draw", "generation"),
    (client, "transmit", "wire"),
    (Checks, "judge", "checks"),
    (Judge, "body_findings", "validation"),
    (Judge, "request_findings", "validation"),
    (Judge, "request_refusals", "validation"),
    (Judge, "header_findings", "validation"),
    (Judge, "parameter_findings", "validation"),
    (Judge, "parameter_refusals", "validation"),
    (Journal, "write_exchange", "journal"),
    (Secrets, "learn", "redaction"),
    (Secrets, "may_be_in", "redaction"),
    (Secrets, "strike", "redaction"),
    (controller, "strike_again", "redaction"),
    (writing, "write", "report"),
)


class Clock:
    """Seconds by part, without what the parts inside of it took."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inside = [0.0]

    def timed(self, part: str, step: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(step)
        def measured(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            self._inside.append(0.0)
            try:
                return step(*args, **named)
            finally:
                took = time.perf_counter() - began
                self.seconds[part] += took - self._inside.pop()
                self._inside[-1] += took

        return measured


def pytest_configure(config: pytest.Config) -> None:
    clock = Clock()
    for owner, name, part in PARTS:
        setattr(owner, name, clock.timed(part, getattr(owner, name)))

    def write() -> None:
        Path(os.environ["CLOCK_SPLIT"]).write_text(json.dumps(clock.seconds), encoding="utf-8")

    config.add_cleanup(write)
