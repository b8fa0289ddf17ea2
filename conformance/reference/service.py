"""Answers one request: negotiates, routes, authenticates, performs the operation, encodes. Never raises."""

import logging
from collections.abc import Callable, Mapping

from conformance.reference.apps import Apps
from conformance.reference.call import Call, read_version
from conformance.reference.counters import Counters
from conformance.reference.credentials import Credentials
from conformance.reference.decoding import Decoding
from conformance.reference.errors import Errors, Refusal
from conformance.reference.negotiation import Negotiation, Presentation
from conformance.reference.presenting import Presenting
from conformance.reference.provisioning import Provisioning
from conformance.reference.routing import SMALL_BODY, Route, Routing
from conformance.reference.wire import Answer, Reply, Request

log = logging.getLogger(__name__)

Operation = Callable[[Call], Reply]


class Service:
    def __init__(
        self,
        *,
        negotiation: Negotiation,
        routing: Routing,
        credentials: Credentials,
        decoding: Decoding,
        errors: Errors,
        presenting: Presenting,
        counters: Counters,
        apps: Apps,
        provisioning: Provisioning,
        operations: Mapping[str, Operation],
    ) -> None:
        self.negotiation = negotiation
        self.routing = routing
        self.credentials = credentials
        self.decoding = decoding
        self.errors = errors
        self.presenting = presenting
        self.counters = counters
        self.apps = apps
        self.provisioning = provisioning
        self.operations = operations

    def answer(self, request: Request) -> Answer:
        try:
            presentation = self.negotiation.presentation(request)
        except Refusal as refusal:
            return self.refuse(request, refusal)
        return self.presenting.answer(self.reply(request, presentation), presentation, request)

    def refuse(self, request: Request, refusal: Refusal) -> Answer:
        """The answer in JSON to a request that fails before its format is negotiated."""
        return self.presenting.answer(self.errors.reply(refusal), Presentation(), request)

    def largest_body(self, method: str, path: bytes) -> int:
        try:
            return self.routing.match(method, path)[0].largest_body
        except Refusal:
            return SMALL_BODY

    def reply(self, request: Request, presentation: Presentation) -> Reply:
        try:
            return self.operate(request, presentation)
        except Refusal as refusal:
            return self.errors.reply(refusal)
        except Exception:
            # A bug in this server: answered as an internal error, never as a rejection of the request.
            log.exception("%s %r", request.method, request.path)
            return self.errors.reply(Refusal(500, 50000, "internal error"))

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if request.method == "OPTIONS" and self.routing.knows(request.path):
            return self.presenting.preflight(request)
        route, parameters = self.routing.match(self.method(request), request.path)
        call = Call(
            request=request,
            parameters=parameters,
            presentation=presentation,
            version=read_version(request),
            identity=None if route.is_open else self.credentials.caller(request),
            read_body=self.decoding.read,
        )
        reply = self.operated(call, route)
        self.count(call, route, reply)
        return reply

    def method(self, request: Request) -> str:
        return "GET" if request.method == "HEAD" else request.method

    def operated(self, call: Call, route: Route) -> Reply:
        try:
            return self.operations[route.operation](call)
        except Refusal as refusal:
            return self.errors.reply(refusal)

    def count(self, call: Call, route: Route, reply: Reply) -> None:
        if route.operation == "requestAccessToken":
            app_id = call.parameters["keyName"].partition(b".")[0].decode("latin-1")
            self.counters.count_request(self.apps.find(app_id), "tokenRequests", reply.status)
        elif call.identity is not None:
            self.counters.count_request(call.identity.app, "apiRequests", reply.status)
