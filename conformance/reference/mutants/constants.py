"""Mutants that give every request the same answer, except the requests that create and delete applications.

The suite needs an application to begin with, and no operation of the contract creates one.
"""

from conformance.reference.mutants.mark import mutant
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request

JSON = "application/json"
REFUSAL = (
    b'{"error": {"code": 40000, "statusCode": 400, "message": "bad request", "nonfatal": false,'
    b' "href": "https://help.ably.io/error/40000"}}'
)
REFUSAL_LINES = (("X-Ably-Errorcode", "40000"), ("X-Ably-Errormessage", "bad request"))
LOGIN = b"<!DOCTYPE html><title>Log in</title><form method=post><input name=user><input name=password></form>"


class Constant(Service):
    """Answers everything with one status and one body."""

    status = 200
    body = b""
    kind = JSON
    lines: tuple[tuple[str, str], ...] = ()

    def answer(self, request: Request) -> Answer:
        return super().answer(request) if request.path.startswith(b"/apps") else self.constant(request)

    def constant(self, request: Request) -> Answer:
        del request
        return self.written(self.body, self.kind)

    def written(self, body: bytes, kind: str) -> Answer:
        own = (("Content-Type", kind), ("Content-Length", str(len(body)))) if body else ()
        return Answer(self.status, [(name.encode(), value.encode()) for name, value in (*own, *self.lines)], body)


@mutant(breaks="TIM-01")
class EverythingIsAnEmptyList(Constant):
    """Answers every request with 200 and an empty list."""

    body = b"[]"


@mutant(breaks="TIM-01")
class EverythingIsAnEmptyObject(Constant):
    """Answers every request with 200 and an empty object."""

    body = b"{}"


@mutant(breaks="TIM-01")
class EverythingIsNull(Constant):
    """Answers every request with 200 and null."""

    body = b"null"


@mutant(breaks="TIM-01")
class EverythingIsEchoed(Constant):
    """Answers every request with 200 and the body of the request."""

    def constant(self, request: Request) -> Answer:
        return self.written(request.body, request.header(b"content-type").partition(",")[0] or JSON)


@mutant(breaks="TIM-01")
class EverythingIsALoginPage(Constant):
    """Answers every request with 200 and an HTML page to log in."""

    body, kind = LOGIN, "text/html"


@mutant(breaks="TIM-01")
class EverythingIsMerelyOk(Constant):
    """Answers every request with 200 and without a body."""


@mutant(breaks="TIM-01")
class EverythingIsCreated(Constant):
    """Answers every request with 201 and without a body."""

    status = 201


@mutant(breaks="TIM-01")
class EverythingIsWithoutContent(Constant):
    """Answers every request with 204 and without a body."""

    status = 204


@mutant(breaks="TIM-01")
class EverythingIsABadRequest(Constant):
    """Answers every request with the same error, 400 and code 40000."""

    status, body, lines = 400, REFUSAL, REFUSAL_LINES
