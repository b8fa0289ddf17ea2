"""Asks a target which operations and features it has, with requests that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.contract.templates import variables
from conformance.model import HTML, JSON, MSGPACK, Call, Origin
from conformance.target.answer import Answer
from conformance.target.blast_radius import is_safe
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, Principal, bearer, json_web_token

_CHANNEL = "{channel_id}"
_TIME = "GET /time"
_HISTORY = f"GET /channels/{_CHANNEL}/messages"
_BEYOND_KEY = 40160
_LIFETIME = 600
"""Seconds of a JWT."""


@dataclass(frozen=True, slots=True)
class Survey:
    """asked: the operations that were asked. unserved: those of them that the target does not have. lacking: features
    that it does not have, each with what it did instead.
    """

    asked: tuple[str, ...]
    unserved: tuple[str, ...]
    lacking: dict[str, str]

    @property
    def families(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The first segments of paths with an operation that is served, and all others that were asked."""
        served = {family(each) for each in self.asked if each not in self.unserved}
        return tuple(sorted(served)), tuple(sorted({family(each) for each in self.asked} - served))


def family(operation: str) -> str:
    """The first segment of its path: "/push"."""
    return f"/{operation.partition(' ')[2].split('/')[1]}"


def survey(target: Target, contract: Contract, key: Key, skew: int) -> Survey:
    """Ask each operation that is a read of the application or of a channel. skew: the target's clock less ours, ms."""
    asked = tuple(each.label for each in contract.operations if _is_askable(each.label) and target.serves(each.label))
    unserved = tuple(label for label in asked if _is_unknown(_ask(target, label)))
    return Survey(asked, unserved, dict(_lacking(target, key, skew)))


def _is_askable(label: str) -> bool:
    """A resource with an id of another kind may be missing without any fault."""
    method, _, path = label.partition(" ")
    return method == "GET" and is_safe(method, path) and set(variables(path)) <= {_CHANNEL.strip("{}")}


def _is_unknown(answer: Answer) -> bool:
    response = answer.exchange.response
    if response is None or answer.exchange.interference:
        return False
    return response.status in {405, 501} or (response.status == 404 and answer.error_code in {40400, None})


def _lacking(target: Target, key: Key, skew: int) -> Iterator[tuple[str, str]]:
    for word, media_type in (("msgpack", MSGPACK), ("html", HTML)) if target.serves(_TIME) else ():
        received = _media_type(_ask(target, _TIME, accept=media_type))
        if received != media_type:
            yield word, f"{_TIME} with Accept: {media_type} is answered with {received or 'nothing'}"
    if not target.serves(_HISTORY):
        return
    if _is_accepted(_ask(target, _HISTORY, NOBODY)):
        yield "credentials", f"{_HISTORY} without credentials is answered with 200"
    now = int(target.clock.time()) + skew // 1000
    token = json_web_token({"iat": now, "exp": now + _LIFETIME, "x-ably-capability": '{"*":["*"]}'}, key)
    answer = _ask(target, _HISTORY, bearer("a JWT", token))
    if not _is_accepted(answer) and answer.error_code != _BEYOND_KEY:
        yield "jwt", f"{_HISTORY} with a JWT is refused"


def _ask(target: Target, label: str, principal: Principal | str = "full", *, accept: str = JSON) -> Answer:
    method, _, path = label.partition(" ")
    path = path.replace(_CHANNEL, target.names.fresh("channel"))
    return target.send(Call(method, path, (), (("Accept", accept),), operation=label, origin=Origin.SETUP), principal)


def _is_accepted(answer: Answer) -> bool:
    response = answer.exchange.response
    return response is not None and 200 <= response.status < 300


def _media_type(answer: Answer) -> str:
    response = answer.exchange.response
    return response.media_type if response else ""


def without(words: Iterable[str], found: Survey) -> tuple[str, ...]:
    """The features of a profile that the target was not found to lack."""
    return tuple(word for word in words if word not in found.lacking)
