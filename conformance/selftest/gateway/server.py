"""The reference server behind the gateway: every request and every answer passes through its mistakes."""

from __future__ import annotations

from functools import reduce

from conformance.reference.service import Service
from conformance.reference.wire import Answer, Request
from conformance.selftest.gateway.mistakes import ANSWERS, REQUESTS


class Gateway(Service):
    def answer(self, request: Request) -> Answer:
        passed = reduce(lambda changed, mistake: mistake(changed), REQUESTS, request)
        return reduce(lambda changed, mistake: mistake(request, changed), ANSWERS, super().answer(passed))
