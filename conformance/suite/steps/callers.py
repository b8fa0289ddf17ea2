"""Callers whose capability is known, and which of them tries which door: the answers are predicted, not listed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from conformance.suite.steps.capability import Capability, allows
from conformance.suite.steps.operations import EVERYWHERE, PROTECTED_OPERATIONS, Fixtures, ProtectedOperation
from conformance.suite.steps.tokens import Issuer
from conformance.target.credentials import Principal, bearer

OWN = "allowed:*"
"""Where narrow callers are at home; the keys that a run is given have the same notion of it."""

CHANNEL_WORDS = ("publish", "subscribe", "history")
WORDS = (*CHANNEL_WORDS, "channel-metadata", "stats", "push-admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """kind: "token" or "JWT", of the key that may do everything; "key" for one that the application was given."""

    name: str
    kind: str
    capability: Capability


@dataclass(frozen=True, slots=True)
class Cell:
    """One caller at one door that leads to one place."""

    caller: Caller
    protected: ProtectedOperation
    place: str

    @property
    def id(self) -> str:
        return f"{self.caller.name} x {self.protected.name} x {self.place}"

    @property
    def operation(self) -> str:
        return self.protected.operation

    @property
    def is_open(self) -> bool:
        resource = {"own channel": "allowed:any", "other channel": "other:any"}.get(self.place, EVERYWHERE)
        return allows(self.caller.capability, self.protected.word, resource)

    def fixtures(self, fixtures: Fixtures) -> Fixtures:
        name = fixtures.channel.partition(":")[2]
        return replace(fixtures, channel=f"other:{name}") if self.place == "other channel" else fixtures


@cache
def only(word: str) -> Caller:
    """Just enough for a door, and nothing else."""
    where = OWN if word in CHANNEL_WORDS else EVERYWHERE
    return Caller(f"only-{word} token", "token", {where: [word]})


@cache
def all_but(word: str) -> Caller:
    """Everything else, everywhere: who lets this one in looks for the wrong word, or for none."""
    return Caller(f"all-but-{word} token", "token", {EVERYWHERE: [each for each in WORDS if each != word]})


def another(word: str) -> str:
    return WORDS[(WORDS.index(word) + 1) % len(WORDS)]


EVERYTHING = Caller("everything token", "token", {EVERYWHERE: ["*"]})
AT_HOME = Caller("own-channels token", "token", {OWN: ["*"]})
READER_JWT = Caller("history JWT", "JWT", {OWN: ["history"]})
EVERYTHING_JWT = Caller("everything JWT", "JWT", {EVERYWHERE: ["*"]})
KEYS = (
    Caller("full", "key", {EVERYWHERE: ["*"]}),
    Caller("publisher", "key", {OWN: ["publish"]}),
    Caller("subscriber", "key", {EVERYWHERE: ["subscribe"]}),
    Caller("everything", "key", {"[*]*": ["*"]}),
)


def cells() -> Iterator[Cell]:
    """Each door is tried by those who just may and by those who just may not: a full product would say no more."""
    for protected in PROTECTED_OPERATIONS:
        callers = [only(protected.word), all_but(protected.word), only(another(protected.word)), EVERYTHING]
        # What a push right on some channels opens of the whole application is written nowhere.
        callers += [] if protected.is_push else [AT_HOME, READER_JWT, EVERYTHING_JWT]
        yield from (Cell(caller, protected, place) for caller in callers for place in places(protected))


def cells_of_keys() -> Iterator[Cell]:
    for protected in PROTECTED_OPERATIONS:
        if not protected.is_push:
            yield from (Cell(caller, protected, place) for caller in KEYS for place in places(protected))


def places(protected: ProtectedOperation) -> tuple[str, ...]:
    return ("own channel", "other channel") if protected.is_of_channel else ("application",)


class Callers:
    """Their credentials, asked for when they are first needed."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._known: dict[str, Principal] = {}

    def principal(self, caller: Caller) -> Principal | str:
        if caller.kind == "key":
            return caller.name
        if caller.name not in self._known:
            self._known[caller.name] = self._made(caller)
        return self._known[caller.name]

    def _made(self, caller: Caller) -> Principal:
        text = json.dumps(dict(caller.capability))
        if caller.kind == "JWT":
            return bearer(caller.name, self._issuer.jwt({"x-ably-capability": text}))
        return self._issuer.bearer(caller.name, capability=text)
