"""Lies about requests that are not quite as they should be, and about those that merely look strange."""

import time
from collections.abc import Callable, Mapping

from conformance.reference.call import LATEST_VERSION, Call, decode_segment, read_version
from conformance.reference.decoding import Decoding
from conformance.reference.devices import Devices
from conformance.reference.errors import Errors, Refusal
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Presentation
from conformance.reference.routing import Route, Routing
from conformance.reference.service import Service
from conformance.reference.wire import Headers, Json, Reply, Request


@mutant(breaks="ERR-08")
class UnknownPathsAreBadRequests(Routing):
    """Answers 400 to a path that it does not know."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        honest = super().unknown(method, path)
        return honest if self.knows(path) else Refusal(400, 40000, honest.message)


@mutant(breaks="ERR-09")
class TokensAreNotReadable(Routing):
    """Answers 405 to a method that a path does not have."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        honest = super().unknown(method, path)
        return Refusal(405, 40500, honest.message) if self.knows(path) else honest


@mutant(breaks="ERR-10")
class EveryMethodReads(Routing):
    """Takes a method that a path does not have for GET."""

    def match(self, method: str, path: bytes) -> tuple[Route, Mapping[str, bytes]]:
        try:
            return super().match(method, path)
        except Refusal:
            return super().match("GET", path)


@mutant(breaks="ERR-11")
class ForeignMethodsAreBadRequests(Routing):
    """Answers 400 to a method that a path does not have."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        honest = super().unknown(method, path)
        return Refusal(400, 40000, honest.message) if self.knows(path) else honest


@mutant(breaks="ERR-12")
class MessagesCanBeDeleted(Service):
    """Deletes the messages of a channel for who asks so."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if request.method != "DELETE" or not request.path.endswith(b"/messages"):
            return super().operate(request, presentation)
        caller, name = self.credentials.identify(request), decode_segment(request.path.split(b"/")[2])
        if caller:
            caller.app.channels[name or ""].messages.clear()
        return Reply(204)


@mutant(breaks="ERR-13")
class HeadIsUnknown(Service):
    """Does not know that HEAD is GET without a body."""

    def method(self, request: Request) -> str:
        return request.method


@mutant(breaks="ERR-14")
class ProseIsData(Decoding):
    """Takes a body that is not JSON for the data of a message."""

    def json(self, body: bytes) -> Json:
        try:
            return super().json(body)
        except Refusal:
            return {"data": body.decode("utf-8", "replace")}


@mutant(breaks="ERR-15")
class BrokenMessagePackIsEmpty(Decoding):
    """Takes a body that is not MessagePack for an empty message."""

    def msgpack(self, body: bytes) -> Json:
        try:
            return super().msgpack(body)
        except Refusal:
            return {}


@mutant(breaks="ERR-17")
class UnknownTypesAreText(Decoding):
    """Takes a body of a type that it does not know for the data of a message."""

    def reader(self, request: Request) -> Callable[[bytes], Json]:
        try:
            return super().reader(request)
        except Refusal:
            return lambda body: {"data": body.decode("utf-8", "replace")}


@mutant(breaks="ERR-18")
class UnknownTypesAreJson(Decoding):
    """Reads a body of a type that it does not know as JSON."""

    def reader(self, request: Request) -> Callable[[bytes], Json]:
        try:
            return super().reader(request)
        except Refusal:
            return self.json


@mutant(breaks="ERR-19")
class TokensNeedNoRequest(Decoding):
    """Makes up the token request that a body does not hold."""

    def read(self, request: Request) -> Json:
        try:
            body = super().read(request)
        except Refusal:
            body = None
        if isinstance(body, dict) or not request.path.endswith(b"/requestToken"):
            return body if body is not None else super().read(request)
        return {"keyName": decode_segment(request.path.split(b"/")[2]), "timestamp": time.time_ns() // 1_000_000}


@mutant(breaks="ERR-20")
class NothingIsSaved(Devices):
    """Takes a device that is saved without a body for one that needs no change."""

    def put(self, call: Call) -> Reply:
        return super().put(call) if call.request.body else Reply(200, {})


@mutant(breaks="ERR-21")
class MessagesOfErrorsAreRaw(Errors):
    """Writes what a request held into a header, line breaks and all."""

    def headers(self, refusal: Refusal) -> Headers:
        # As a client reads what a careless server writes: every line is a header.
        message, *lines = refusal.message.splitlines() or [""]
        injected = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines) if value)
        return (*super().headers(Refusal(refusal.status, refusal.code, message)), *injected)


@mutant(breaks="RSP-30")
class NewVersionsAreRefused(Service):
    """Refuses a version of the protocol that is newer than its own."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if read_version(request) > LATEST_VERSION:
            raise Refusal(400, 40017, "this version of the protocol is not supported")
        return super().operate(request, presentation)


class _Strict(Service):
    REFUSED = ""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if self.REFUSED in request.query:
            raise Refusal(400, 40003, f"{self.REFUSED} means nothing here")
        return super().operate(request, presentation)


@mutant(breaks="RSP-31")
class RequestsHaveNoId(_Strict):
    """Refuses a request that bears an id."""

    REFUSED = "request_id"


@mutant(breaks="RSP-32")
class ColoursAreRefused(_Strict):
    """Refuses a parameter that means nothing to it."""

    REFUSED = "colour"
