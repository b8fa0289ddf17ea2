"""Serve the gateway: `python -m conformance.selftest.gateway 8080`."""

from __future__ import annotations

import sys
from functools import reduce

from conformance.reference.parts import Parts
from conformance.reference.server import Binding, serve
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request
from conformance.selftest.gateway.mistakes import ANSWERS, REQUESTS


class Gateway(Service):
    """The reference server behind a gateway: every request and every answer passes through its mistakes."""

    def answer(self, request: Request) -> Answer:
        passed = reduce(lambda changed, mistake: mistake(changed), REQUESTS, request)
        return reduce(lambda changed, mistake: mistake(request, changed), ANSWERS, super().answer(passed))


if __name__ == "__main__":
    sys.exit(serve(Binding(http_port=int(next(iter(sys.argv[1:]), 0))), Parts(service=Gateway)))
