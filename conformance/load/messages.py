"""The messages between the master of a load and its workers, and what both do around them. Locust carries them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

import gevent

from conformance.load.ending import tell
from conformance.load.settings import Settings, settings_of
from conformance.report.text.safe_text import one_line
from conformance.verdict.result import Exit

BRIEF, RATE, END = (f"conformance_{each}" for each in ("brief", "rate", "end"))
"""Of the master to its workers."""

HELLO, READY, REFUSAL, PART, TALLIES, ERROR, DONE = (
    f"conformance_{each}" for each in ("hello", "ready", "refusal", "part", "tallies", "error", "done")
)
"""Of a worker to its master: that it takes messages, that it can begin, why it cannot take part, a part of its journal,
its counts, a defect of the suite in words, and that this was all.
"""

PATIENCE = 60.0
"""Seconds that the master waits for its workers, and a worker half as long for its users; both add the patience of the
profile, for as long as a flow may wait for an effect.
"""


def settings_from(options: Mapping[str, str]) -> Settings:
    return settings_of(options["--rates"], options["--step"], options["--judge-every"])


def wait(seconds: float, until: Callable[[], bool]) -> None:
    """Until it is so, or for so many seconds, while everything else of this process goes on."""
    with gevent.Timeout(seconds, False):
        while not until():
            gevent.sleep(0.1)


def stop(words: str, status: Exit) -> NoReturn:
    print(one_line(words), file=sys.stderr, flush=True)  # noqa: T201  the console of this command
    tell(status)
    sys.exit(status.value)
