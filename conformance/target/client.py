"""Sends requests to the server under test as one of its principals, and returns the exchanges.

The only module that talks to a target. It keeps the pace, stays within the blast radius, enters what a request creates
in the ledger before sending it, and hands every exchange to an observer. It never judges. Several threads may send at
once; set-up (`arranging`) belongs to one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from conformance.contract import Contract
from conformance.contract.templates import fill
from conformance.errors import ForbiddenError, Inconclusive, SuiteError, nearest
from conformance.model import JSON, Call, Exchange, Headers, Json, Origin, Request, lines_of
from conformance.names import Names
from conformance.profile import Blast
from conformance.target.answer import Answer
from conformance.target.blast_radius import is_bound, is_safe
from conformance.target.credentials import NOBODY, Principal
from conformance.target.interference import Interference, interference
from conformance.target.ledger import Ledger
from conformance.target.limits import UNLIMITED, Limits
from conformance.target.liveness import Liveness
from conformance.target.pacer import Clock, Pace, Pacer, SteadyClock
from conformance.wire.codec import NOTHING, as_text, encode
from conformance.wire.links import origin
from conformance.wire.tls import Tls
from conformance.wire.transport import STRAIGHT, Route, open_session, transmit

_TIME = "GET /time"
_MOST_PAGES = 200
_LEAST_PAUSE = 0.2
_SETTLED = 2
"""Answers in a row. More of them would be surer, and each costs a request in every set-up."""

Observer = Callable[[Exchange], None]
Outcome = TypeVar("Outcome")


def _everything(_: str) -> bool:
    return True


class Target:
    """serves: whether the scope of the run has an operation, by its label."""

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
        limits: Limits = UNLIMITED,
        route: Route = STRAIGHT,
        clock: Clock | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.names = names
        self.principals = dict(principals)
        self.ledger = Ledger()
        self.origin = Origin.SCENARIO
        self._asked = ""
        self.sender = "ably-conformance"
        self._contract = contract
        self.clock = clock or SteadyClock()
        self.pacer = Pacer(pace, self.clock)
        self.liveness = Liveness(pace.budget, self.clock)
        self._observer = observer
        self._blast = blast
        self._limits = limits
        self.serves: Callable[[str], bool] = _everything
        self._own_headers = route.headers
        self._session = open_session(route)

    @property
    def tls(self) -> Tls | None:
        """What the last handshake with the target showed, None without one."""
        return self._session.tls

    # Requests of a scenario -----------------------------------------------------------------------------------------

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

        path: the contract's template, word for word; an unknown one raises SuiteError, and one that the contract of the
        run no longer has raises ForbiddenError. parameters: its values.
        accept, send_as: media types of the response and of the body.
        """
        operation = self._contract.operation(f"{method} {path}")
        self._refuse_gone(operation.label, query or {})
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

    def _refuse_gone(self, label: str, names: Iterable[str]) -> None:
        """Raises ForbiddenError for a parameter that only the contract has that the suite was written for."""
        for name in self._contract.difference.lacks_query(label, names):
            raise ForbiddenError(f"{self._contract.name} has no parameter {name} for {label}")

    def follow(self, url: str, like: Answer) -> Answer:
        """GET a link of an earlier answer as the same principal, in the same format.

        Raises Inconclusive for a link that leads out of the target: no client would get there either.
        """
        parts, root = urlsplit(url), urlsplit(self.url).path
        if origin(url) != origin(self.url) or not parts.path.startswith(f"{root}/"):
            raise Inconclusive(f"the target sent a link to {origin(url)}{parts.path}, which is not below {self.url}")
        exchange = like.exchange
        accept = lines_of(exchange.request.headers, "accept")
        call = Call(
            "GET",
            parts.path.removeprefix(root),
            headers=tuple(("Accept", line) for line in accept),
            operation=exchange.operation,
            origin=self.origin,
        )
        return self._send_query(call, parts.query, self.principals.get(exchange.principal, Principal("")))

    def pages(self, first: Answer) -> list[Answer]:
        """The first page and all pages that `next` leads to. Raises Inconclusive after 200 pages."""
        pages = [first]
        while "next" in pages[-1].links:
            if len(pages) == _MOST_PAGES:
                raise Inconclusive(f"next was still there after {_MOST_PAGES} pages")
            pages.append(self.follow(pages[-1].links["next"], pages[-1]))
        return pages

    def settle(self, path: str, until: Callable[[Answer], bool], **how: Json) -> Answer:
        """GET until `until` accepts several answers in a row or patience ends; returns the last answer either way.

        One frontend may know of a change that another one, which answers the next request, does not know yet.
        """
        accepted = 0
        for _ in self.attempts():
            answer = self.get(path, **how)
            accepted = accepted + 1 if until(answer) else 0
            if accepted == _SETTLED:
                break
        return answer

    def poll(self, path: str, until: Callable[[Answer], bool], **how: Json) -> Answer:
        """GET until `until` accepts the answer or patience ends; returns the last answer either way."""
        return self.repeat(lambda: self.get(path, **how), until)

    def attempts(self) -> Iterator[None]:
        """Yield once for each attempt to read what is awaited, until patience ends; at least once."""
        return self.pacer.attempts(lambda: self._asked)

    def repeat(self, step: Callable[[], Outcome], until: Callable[[Outcome], bool]) -> Outcome:
        """Take a step until `until` accepts its outcome or patience ends; returns the last outcome either way.

        A read that was right is no promise for the next one, which another server of the target may answer.
        """
        for _ in self.attempts():
            outcome = step()
            if until(outcome):
                break
        return outcome

    # Sending --------------------------------------------------------------------------------------------------------

    def send(self, call: Call, principal: Principal | str = "full") -> Answer:
        return self._send_query(call, urlencode(call.query, quote_via=quote), self._principal(principal))

    def may_send(self, call: Call) -> bool:
        """Whether a call stays within the scope and the blast radius of the profile, and the limits of the key."""
        is_served = self.serves(call.operation)
        return is_served and self._is_within_blast_radius(call) and not self._limits.refusal(call)

    def _is_within_blast_radius(self, call: Call) -> bool:
        if self._blast is Blast.EXCLUSIVE or is_safe(call.method, call.path):
            return True
        return self._blast is Blast.NAMESPACED and is_bound(call, self.names.prefix)

    def _refuse(self, call: Call, principal: Principal) -> None:
        """Raises ForbiddenError for an operation out of scope, a write of a read-only run, and a request that the given
        key may not make; a write outside of the run's own names is a defect of the suite.
        """
        if not self.serves(call.operation):
            raise ForbiddenError(f"the profile has {call.operation} out of scope")
        if not self._is_within_blast_radius(call):
            words = f"{call.method} {call.path} leaves the blast radius {self._blast.value!r}"
            raise ForbiddenError(words) if self._blast is Blast.READ_ONLY else SuiteError(words)
        if principal.name != NOBODY.name and (refusal := self._limits.refusal(call)):
            raise ForbiddenError(refusal)

    @contextmanager
    def arranging(self) -> Iterator[None]:
        """Exchanges in this context are set-up: checks judge them, and no scenario fails because of them."""
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
        self._refuse(call, principal)
        self.liveness.require()
        self.ledger.enter(call)
        self._asked = call.operation
        url = f"{self.url}{call.path}" + (f"?{query}" if query else "")
        headers = (*call.headers, *principal.headers)
        request = Request(call.method, url, (*headers, *self._added_to(headers)), call.body)
        repeat_until = self.clock.monotonic() + self.pacer.pace.patience
        while True:
            exchange, found = self._exchange(request)
            exchange = replace(
                exchange,
                operation=call.operation,
                origin=call.origin,
                principal=principal.name,
                defect=call.defect,
            )
            self._observer(exchange)
            if self.liveness.is_in_doubt_after(answered=exchange.response is not None):
                self._require_the_time()
            pause = self._pause_before_repeat(call, found, repeat_until)
            if pause is None:
                return Answer(exchange)
            self.pacer.hold(pause)

    def _added_to(self, headers: Headers) -> Headers:
        """What every request has, unless a test is about it."""
        always = (("User-Agent", self.sender), *self._own_headers)
        return tuple((name, value) for name, value in always if not lines_of(headers, name.lower()))

    def _pause_before_repeat(self, call: Call, found: Interference | None, until: float) -> float | None:
        """Seconds to wait before the request is sent again, or None where its answer stands."""
        if found is None or not found.is_repeatable or (found.was_executed and not is_safe(call.method, call.path)):
            return None
        pause = max(found.wait, _LEAST_PAUSE)
        return pause if self.clock.monotonic() + pause <= until else None

    def _require_the_time(self) -> None:
        """A target that does not even answer GET /time is not asked any further."""
        headers = (("Accept", JSON),)
        request = Request("GET", f"{self.url}/time", (*headers, *self._added_to(headers)))
        exchange, _ = self._exchange(request)
        exchange = replace(exchange, operation=_TIME, origin=Origin.SETUP, principal=NOBODY.name)
        self._observer(exchange)
        if exchange.response is None:
            self.liveness.give_up(exchange.failure)

    def _exchange(self, request: Request) -> tuple[Exchange, Interference | None]:
        self.pacer.wait_for_slot()
        started, before = self.clock.time(), self.clock.monotonic()
        response, failure = transmit(self._session, request, self.pacer.pace.timeout)
        elapsed = (self.clock.monotonic() - before) * 1000
        found = interference(request, response, started) if response else None
        exchange = Exchange(
            id=self.names.exchange(),
            operation="",
            origin=self.origin,
            principal="",
            request=request,
            response=response,
            started=started,
            elapsed=round(elapsed, 3),
            failure=failure,
            interference=found.sentence if found else "",
        )
        return exchange, found


def _body_header(body: Json, media_type: str) -> Headers:
    return () if body is NOTHING else (("Content-Type", media_type),)
