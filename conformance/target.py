"""What is judged: one request goes out as one principal, one exchange comes back.

The only module that talks to a target. It keeps the pace, stays within the blast radius, enters what a run creates in
the ledger before it is sent, and hands every exchange to an observer. It never judges. Several threads may send at
once; set-up (`arranging`) belongs to one of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

from conformance.contract import Contract
from conformance.decoding import NOTHING, decode
from conformance.errors import ForbiddenError, Inconclusive, SuiteError, nearest
from conformance.ledger import Entry, Ledger
from conformance.links import by_relation
from conformance.model import JSON, Exchange, Headers, Json, Origin, Request, Response, lines_of
from conformance.principals import Principal
from conformance.profile import Blast
from conformance.reach import is_bound, is_safe
from conformance.wire import as_text, encode, open_session, transmit

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.5
_LEAST_PATIENCE = 0.02
_MOST_PAGES = 200

Observer = Callable[[Exchange], None]


class Clock(Protocol):
    def time(self) -> float: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An exchange as a scenario reads it."""

    exchange: Exchange

    @property
    def response(self) -> Response:
        """Raises Inconclusive when the target gave none."""
        if self.exchange.response is None:
            raise Inconclusive(f"{self.exchange.request.method} got no answer: {self.exchange.failure}")
        return self.exchange.response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def body(self) -> Json:
        """The decoded body, or NOTHING when there is none that can be read."""
        return decode(self.response.media_type, self.response.body).value if self.response.body else NOTHING

    @property
    def error_code(self) -> int | None:
        """`error.code` of the body, if the answer is an error that says one."""
        body = self.body
        error = body.get("error") if isinstance(body, dict) else None
        return error.get("code") if isinstance(error, dict) else None

    @property
    def links(self) -> dict[str, str]:
        return by_relation(self.response.lines("link"), self.exchange.request.url)


@dataclass(frozen=True, slots=True)
class Names:
    """Fresh names, traceable to the run and the worker: two runs at once never meet."""

    prefix: str
    _counter: Iterator[int] = field(default_factory=lambda: count(1))

    def fresh(self, kind: str = "") -> str:
        number = next(self._counter)
        return f"{self.prefix}-{kind}-{number}" if kind else f"{self.prefix}-{number}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request before it has a URL. body: bytes as they go out; operation: a label, "" outside of the contract."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    operation: str = ""
    origin: Origin = Origin.SCENARIO
    defect: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """timeout, patience: seconds. interval: seconds between two requests, 0 for as fast as it goes."""

    timeout: float
    patience: float
    interval: float = 0.0


class Target:
    def __init__(
        self,
        url: str,
        contract: Contract,
        principals: Mapping[str, Principal],
        *,
        pace: Pace,
        names: Names,
        observer: Observer,
        blast: Blast = Blast.EXCLUSIVE,
        ca_file: str = "",
        clock: Clock = time,
    ) -> None:
        self.url = url.rstrip("/")
        self.names = names
        self.principals = dict(principals)
        self.ledger = Ledger()
        self.origin = Origin.SCENARIO
        self._contract = contract
        self._pace = pace
        self._observer = observer
        self._blast = blast
        self._clock = clock
        self._numbers = count(1)
        self._next_slot = 0.0
        self._at_the_door = threading.Lock()
        self._waited_in_vain = 0.0
        self._session = open_session(ca_file)

    # What a scenario says -----------------------------------------------------------------------------------------

    def get(self, path: str, **how: Json) -> Answer:
        return self.request("GET", path, **how)

    def post(self, path: str, body: Json = NOTHING, **how: Json) -> Answer:
        return self.request("POST", path, body=body, **how)

    def put(self, path: str, body: Json = NOTHING, **how: Json) -> Answer:
        return self.request("PUT", path, body=body, **how)

    def patch(self, path: str, body: Json = NOTHING, **how: Json) -> Answer:
        return self.request("PATCH", path, body=body, **how)

    def delete(self, path: str, **how: Json) -> Answer:
        return self.request("DELETE", path, **how)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Json = NOTHING,
        query: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = JSON,
        send_as: str = JSON,
        principal: Principal | str = "full",
        **parameters: str,
    ) -> Answer:
        """Send one request of the contract.

        path: the contract's template, word for word; an unknown one is a SuiteError. parameters: what fills it.
        accept, send_as: media types of the answer and of the body.
        """
        operation = self._contract.operation(f"{method} {path}")
        call = Call(
            method=method,
            path=fill(path, parameters),
            query=tuple((name, as_text(value)) for name, value in (query or {}).items()),
            headers=(("Accept", accept), *_body_header(body, send_as), *(headers or {}).items()),
            body=encode(body, send_as),
            operation=operation.label,
            origin=self.origin,
        )
        return self.send(call, principal)

    def follow(self, url: str, like: Answer) -> Answer:
        """GET a link of an earlier answer as the same principal, in the same format."""
        parts = urlsplit(url)
        exchange = like.exchange
        accept = lines_of(exchange.request.headers, "accept")
        call = Call(
            "GET",
            parts.path.removeprefix(urlsplit(self.url).path),
            headers=tuple(("Accept", line) for line in accept),
            operation=exchange.operation,
            origin=self.origin,
        )
        return self._send_query(call, parts.query, self.principals.get(exchange.principal, Principal("")))

    def pages(self, first: Answer) -> list[Answer]:
        """The first page and all that `next` leads to. Raises Inconclusive when there is no end to them."""
        pages = [first]
        while "next" in pages[-1].links:
            if len(pages) == _MOST_PAGES:
                raise Inconclusive(f"next was still there after {_MOST_PAGES} pages")
            pages.append(self.follow(pages[-1].links["next"], pages[-1]))
        return pages

    def poll(self, path: str, until: Callable[[Answer], bool], **how: Json) -> Answer:
        """GET until the answer satisfies, or patience ends; the last answer either way.

        Patience is that of a whole scenario: what was waited for in vain is hardly waited for again, lest a property
        that fails is shrunk for an hour.
        """
        began = self._clock.monotonic()
        patience = max(self._pace.patience - self._waited_in_vain, self._pace.patience * _LEAST_PATIENCE)
        pause = _FIRST_PAUSE
        while True:
            answer = self.get(path, **how)
            if until(answer):
                return answer
            if self._clock.monotonic() >= began + patience:
                self._waited_in_vain += self._clock.monotonic() - began
                return answer
            self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def renew_patience(self) -> None:
        """Another scenario begins."""
        self._waited_in_vain = 0.0

    # What goes over the wire ---------------------------------------------------------------------------------------

    def send(self, call: Call, principal: Principal | str = "full") -> Answer:
        return self._send_query(call, urlencode(call.query, quote_via=quote), self._principal(principal))

    def may_send(self, call: Call) -> bool:
        """Whether a call stays within the blast radius of the profile."""
        if self._blast is Blast.EXCLUSIVE or is_safe(call.method, call.path):
            return True
        return self._blast is Blast.NAMESPACED and is_bound(call, self.names.prefix)

    def _refusal(self, call: Call) -> Exception:
        """To write is in the nature of many requirements; to write beyond the run's own names is a fault of ours."""
        words = f"{call.method} {call.path} leaves the blast radius {self._blast.value!r}"
        return ForbiddenError(words) if self._blast is Blast.READ_ONLY else SuiteError(words)

    def clean_up(self) -> tuple[str, ...]:
        """Remove what the run created, latest first, and look again. Returns the requests that remove what is left."""
        with self.arranging():
            entries = self.ledger.latest_first()
            for number, entry in enumerate(entries):
                if self._about(entry, "DELETE").exchange.response is None:  # nor would the next one be answered
                    return tuple(each.words for each in entries[number:])
            return tuple(entry.words for entry in self._left(entries))

    def _left(self, entries: list[Entry]) -> list[Entry]:
        """What is still there when patience ends."""
        deadline = self._clock.monotonic() + self._pace.patience
        pause = _FIRST_PAUSE
        while entries := [entry for entry in entries if self._is_left(entry)]:
            if self._clock.monotonic() >= deadline:
                break
            self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        return entries

    def _about(self, entry: Entry, method: str) -> Answer:
        path: dict[str, Json] = {**entry.parameters}
        return self.request(method, entry.path, query=entry.query, **path)

    def _is_left(self, entry: Entry) -> bool:
        """What cannot be looked at may still be there."""
        answer = self._about(entry, "GET")
        if answer.exchange.response is None:
            return True
        return answer.status not in {400, 404} and answer.body != []

    @contextmanager
    def arranging(self) -> Iterator[None]:
        """Exchanges in here are set-up: they are judged by the checks and blamed on no requirement of a scenario."""
        before, self.origin = self.origin, Origin.SETUP
        try:
            yield
        finally:
            self.origin = before

    def _principal(self, principal: Principal | str) -> Principal:
        if isinstance(principal, Principal):
            self.principals.setdefault(principal.name, principal)
            return principal
        if principal not in self.principals:
            raise SuiteError(f"There is no principal {principal!r}", nearest(principal, self.principals))
        return self.principals[principal]

    def _send_query(self, call: Call, query: str, principal: Principal) -> Answer:
        if not self.may_send(call):
            raise self._refusal(call)
        self.ledger.enter(call)
        url = f"{self.url}{call.path}" + (f"?{query}" if query else "")
        request = Request(call.method, url, (*call.headers, *principal.headers), call.body)
        exchange = replace(
            self._exchange(request),
            operation=call.operation,
            origin=call.origin,
            principal=principal.name,
            defect=call.defect,
        )
        self._observer(exchange)
        return Answer(exchange)

    def _exchange(self, request: Request) -> Exchange:
        self._wait_for_slot()
        started, before = self._clock.time(), self._clock.monotonic()
        response, failure = transmit(self._session, request, self._pace.timeout)
        elapsed = (self._clock.monotonic() - before) * 1000
        return Exchange(
            id=f"{self.names.prefix}-x{next(self._numbers)}",
            operation="",
            origin=self.origin,
            principal="",
            request=request,
            response=response,
            started=started,
            elapsed=round(elapsed, 3),
            failure=failure,
        )

    def _wait_for_slot(self) -> None:
        with self._at_the_door:
            now = self._clock.monotonic()
            slot = max(now, self._next_slot)
            self._next_slot = slot + self._pace.interval
        if slot > now:
            self._clock.sleep(slot - now)


def fill(path: str, parameters: Mapping[str, str]) -> str:
    """A template with every value as one percent-encoded segment; dots alone are encoded too, or they would vanish."""
    for name, value in parameters.items():
        if f"{{{name}}}" not in path:
            raise SuiteError(f"{path} has no parameter {name!r}")
        segment = quote(value, safe="")
        path = path.replace(f"{{{name}}}", segment if segment.strip(".") else segment.replace(".", "%2E"))
    if "{" in path:
        raise SuiteError(f"{path} is not filled: give a value for each name in braces")
    return path


def _body_header(body: Json, media_type: str) -> Headers:
    return () if body is NOTHING else (("Content-Type", media_type),)


def is_empty(answer: Answer) -> bool:
    return answer.status == 200 and answer.body == []


def arranged(answer: Answer, *, accept: Iterable[int] = (200, 201, 204)) -> Answer:
    """The answer of a set-up step. Raises Inconclusive when the target refused it: nothing was judged then."""
    if answer.status not in set(accept):
        request = answer.exchange.request
        raise Inconclusive(f"set-up was refused: {request.method} {request.url} answered {answer.status}")
    return answer
