"""A mode: one way to misbehave, and the verdict that it has to get."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from conformance.selftest.hostile.acts import genuine
from conformance.selftest.hostile.server import Act, Part

PASS, FAIL, INCONCLUSIVE, NOT_PASS = "pass", "fail", "inconclusive", "fail or inconclusive"
ERROR, USAGE, NOT_USED = "error", "usage", "usage or inconclusive"
"""What a run ends in. ERROR: the fault is ours, exit status 3. USAGE: refused, exit status 4."""

TIME = ("conformance/suite/protocol/test_time.py",)
TOKENS = ("conformance/suite/access/test_tokens.py", "-k", "TOK-01 or TOK-02 or TOK-06")


@dataclass(frozen=True, kw_only=True)
class Mode:
    """kind: a word of KINDS. does: what it does, in a sentence. expect: the verdict, or two of which one has to come.

    says: words that the reason has to have.
    """

    name: str
    kind: str
    does: str
    expect: str
    says: str = ""

    def allows(self, verdict: str) -> bool:
        return verdict in self.expect.split(" or ")


@dataclass(frozen=True, kw_only=True)
class TargetMode(Mode):
    """A server or an accident that a run meets.

    select: the part of the suite that is run. options: further ones. prepare: is given the folder of the reports before
    the run. plugin: source of a plugin of pytest. is_embedded: the target is the embedded server.
    canaries: what must not be in any file, beside the keys and tokens of the run.
    """

    act: Act = genuine
    select: tuple[str, ...] = TIME
    options: tuple[str, ...] = ()
    scheme: str = "http"
    prepare: Callable[[Path], object] | None = None
    plugin: str = ""
    is_embedded: bool = False
    canaries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JournalMode(Mode):
    """A journal that is changed before it is merged. change: from its lines to those that are merged."""

    change: Callable[[list[str]], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class ClientMode(Mode):
    """A client that misbehaves at the reference server. parts: what it sends. expect: the status of the answer."""

    parts: tuple[Part, ...]
