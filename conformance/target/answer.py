"""The answer to a request, decoded, as scenarios read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import Exchange, Json, Response
from conformance.wire.codec import NOTHING, decode
from conformance.wire.framing import has_known_end
from conformance.wire.links import by_relation


@dataclass(frozen=True, slots=True)
class Answer:
    """One exchange, with its response decoded on demand."""

    exchange: Exchange

    @property
    def response(self) -> Response:
        """Raises Inconclusive when there was no response, or something else than the service answered."""
        if self.exchange.interference:
            raise Inconclusive(self.exchange.interference)
        if self.exchange.response is None:
            raise Inconclusive(f"{self.exchange.request.method} got no response: {self.exchange.failure}")
        return self.exchange.response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def body(self) -> Json:
        """The decoded body, or NOTHING when there is none or it cannot be decoded.

        Raises Inconclusive when it was discarded, because its end is unknown.
        """
        if not has_known_end(self.response.headers):
            raise Inconclusive("the body was discarded, because the Content-Length does not say where it ends")
        return decode(self.response.media_type, self.response.body).value if self.response.body else NOTHING

    @property
    def error_code(self) -> int | None:
        """`error.code` of the body, or None."""
        body = self.body
        error = body.get("error") if isinstance(body, dict) else None
        return error.get("code") if isinstance(error, dict) else None

    @property
    def links(self) -> dict[str, str]:
        return by_relation(self.response.lines("link"), self.exchange.request.url)


def is_empty(answer: Answer) -> bool:
    return answer.status == 200 and answer.body == []


def seen(answer: Answer, until: Callable[[Answer], bool]) -> Answer:
    """The answer that shows the effect of a set-up step. Raises Inconclusive for a success that does not show it.

    Nothing can be said of the removal of what never was there. An error is for the test to judge.
    """
    if answer.status == 200 and not until(answer):
        raise Inconclusive(f"set-up has no effect: {answer.exchange.operation} does not show what was made")
    return answer


def arranged(answer: Answer, *, accept: Iterable[int] = (200, 201, 204)) -> Answer:
    """The answer of a set-up step. Raises Inconclusive unless its status is one of `accept`."""
    if answer.status not in set(accept):
        request, operation = answer.exchange.request, answer.exchange.operation
        asked = operation or f"{request.method} {request.url}"
        raise Inconclusive(f"set-up was rejected: {asked} returned status {answer.status}")
    return answer
