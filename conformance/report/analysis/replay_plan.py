"""Which exchanges a replay has to repeat for a finding: its own ones, and what set them up, also in another test.

Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from urllib.parse import unquote, urlsplit

from conformance.model import Credential, Evidence, Exchange, Finding, Origin
from conformance.wire.links import by_relation

_MOST_SET_UP = 40
_SHORTEST_VALUE = 8
_MARKER = re.compile(r"<(?:secret:|name:|app:|id:)?([^<>|\n]+)(?:\|[^<>\n]*)?>")
"""A secret in the journal, or a placeholder in a credential."""
_MADE = re.compile(r"conf-[0-9a-z]+-[0-9a-z]+(?:-[a-z]+)?-\d+")
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Capture:
    """A value of an answer that a later request needs. name: of the member, or "rel=next" for a link; number: which of
    several, from 1. value: as it is in the later request, "" for a secret. variable: of the shell.
    """

    variable: str
    name: str
    number: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """steps: in their order; own: the ids of those that the finding is about. captures: by the id of the exchange."""

    steps: tuple[Exchange, ...]
    own: frozenset[str]
    captures: dict[str, tuple[Capture, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReplaySource:
    """Everything that a run sent, and how its credentials were made."""

    evidence: Evidence

    def plan(self, finding: Finding) -> Plan:
        """Without exchanges where the journal has lost those of the finding."""
        own = [self._exchanges[id_] for id_ in finding.exchanges if id_ in self._exchanges]
        chosen = {each.id: each for each in own}
        open_ = list(own)
        while open_ and len(chosen) < len(own) + _MOST_SET_UP:
            for each in self._needed_by(open_.pop()):
                if each.id not in chosen:
                    chosen[each.id] = each
                    open_.append(each)
        steps = sorted(chosen.values(), key=lambda each: self._position[each.id])
        return Plan(tuple(steps), frozenset(each.id for each in own), self._captures(steps))

    def credential(self, owner: str, name: str) -> Credential | None:
        return self._credentials.get((owner, name))

    @property
    def applications(self) -> Iterator[tuple[Exchange, tuple[Credential, ...]]]:
        """The requests that created applications of the run, each with the keys of it in their order."""
        keys = [each for each in self.evidence.credentials if each.key_name]
        for each in self.evidence.exchanges:
            is_made = each.request.method == "POST" and urlsplit(each.request.url).path.endswith("/apps")
            if is_made and owner_of(each).endswith("-controller") and _is_accepted(each):
                app = next(iter(re.findall(rb'"appId": *"([^"]*)"', _body(each))), b"").decode()
                yield each, tuple(dict.fromkeys(key for key in keys if _is_of(key, app, owner_of(each))))

    @cached_property
    def _exchanges(self) -> dict[str, Exchange]:
        return {each.id: each for each in self.evidence.exchanges}

    @cached_property
    def _position(self) -> dict[str, int]:
        return {each.id: number for number, each in enumerate(self.evidence.exchanges)}

    @cached_property
    def _credentials(self) -> dict[tuple[str, str], Credential]:
        return {(each.owner, each.name): each for each in self.evidence.credentials}

    @cached_property
    def _writes(self) -> dict[str, list[Exchange]]:
        """Accepted writes, by the names in them that the run made."""
        found: dict[str, list[Exchange]] = defaultdict(list)
        for each in self.evidence.exchanges:
            if each.request.method in _WRITES and _is_accepted(each):
                for name in made_names(each):
                    found[name].append(each)
        return found

    @cached_property
    def _issued(self) -> dict[tuple[str, str], Exchange]:
        """The exchange that handed out a token, by owner and the name of the token."""
        found: dict[tuple[str, str], Exchange] = {}
        for each in self.evidence.exchanges:
            for name in _tokens_in(_body(each)):
                found.setdefault((owner_of(each), name), each)
        return found

    def _needed_by(self, exchange: Exchange) -> Iterator[Exchange]:
        before = self._position[exchange.id]
        for name in made_names(exchange):
            for each in self._writes.get(name, ()):
                is_same_test = (each.test, each.sequence) == (exchange.test, exchange.sequence)
                is_set_up = each.origin is Origin.SETUP or (is_same_test and exchange.origin is Origin.SCENARIO)
                if is_set_up and self._position[each.id] < before:
                    yield each
        for name in self._all_secrets(exchange):
            issued = self._issued.get((owner_of(exchange), name))
            if issued and self._position[issued.id] < before:
                yield issued

    def _all_secrets(self, exchange: Exchange) -> Iterator[str]:
        """The secrets of a request, and those of which its credentials are made."""
        for name in secrets_in(exchange):
            yield name
            if made := self.credential(owner_of(exchange), name):
                yield from (each[1] for each in _MARKER.finditer(f"{made.text}{made.header}{made.claims}"))

    def _captures(self, steps: list[Exchange]) -> dict[str, tuple[Capture, ...]]:
        found: dict[str, dict[str, Capture]] = defaultdict(dict)
        numbers = count(1)
        for position, step in enumerate(steps):
            for name in self._all_secrets(step):
                issued = self._issued.get((owner_of(step), name))
                if issued and issued.id != step.id:
                    number = _tokens_in(_body(issued)).index(name) + 1
                    found[issued.id].setdefault(name, Capture(name, "token", number))
            for earlier, name, number, value in _answered(step, steps[:position]):
                if value not in found[earlier.id]:
                    found[earlier.id][value] = Capture(f"VALUE_{next(numbers)}", name, number, value)
        return {id_: tuple(each.values()) for id_, each in found.items() if each}


def _is_of(key: Credential, app: str, owner: str) -> bool:
    return key.key_name.partition(".")[0] == app and key.owner == owner


def _answered(step: Exchange, before: list[Exchange]) -> Iterator[tuple[Exchange, str, int, str]]:
    """Values in the URL of a step that an earlier answer holds and no earlier request: a link, or a member."""
    parts = urlsplit(step.request.url)
    known = "".join(unquote(each.request.url) for each in before)
    for each in reversed(before):
        if parts.query and parts.query not in known and _next_query(each) == parts.query:
            yield each, "rel=next", 1, f"?{parts.query}"
            break
    for segment in parts.path.split("/"):
        value = unquote(segment)
        if len(value) >= _SHORTEST_VALUE and "conf-" not in value and value not in known:
            for each in before:
                if place := _place(value, _body(each).decode("utf-8", "replace")):
                    yield each, *place, segment
                    break


def _next_query(exchange: Exchange) -> str:
    lines = exchange.response.lines("link") if exchange.response else ()
    return urlsplit(by_relation(lines, exchange.request.url).get("next", "")).query


def _place(value: str, text: str) -> tuple[str, int] | None:
    """The name of the member that holds a value, or a list that begins with it, and which of that name it is."""
    if found := re.search(rf'"(\w+)": *\[?"{re.escape(value)}"', text):
        values = re.findall(rf'"{found[1]}": *\[?"([^"]*)"', text)
        return found[1], values.index(value) + 1
    return None


def owner_of(exchange: Exchange) -> str:
    return exchange.id.rpartition("-x")[0]


def made_names(exchange: Exchange) -> frozenset[str]:
    """The names in a request that the run made."""
    request = exchange.request
    return frozenset(_MADE.findall(unquote(request.url) + request.body.decode("utf-8", "replace")))


def secrets_in(exchange: Exchange) -> list[str]:
    """The names of the secrets in a request; those of a body that is no text are among them."""
    request = exchange.request
    texts = (request.url, *(value for _, value in request.headers), request.body.decode("utf-8", "replace"))
    return list(dict.fromkeys(name for text in texts for name in _names_in(text)))


def _names_in(text: str) -> Iterable[str]:
    return (found[1] for found in _MARKER.finditer(text))


def _tokens_in(body: bytes) -> list[str]:
    return [name.decode() for name in re.findall(rb'"token": *"<(token(?: \d+)?)>', body)]


def _body(exchange: Exchange) -> bytes:
    return exchange.response.body if exchange.response else b""


def _is_accepted(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status // 100 == 2
