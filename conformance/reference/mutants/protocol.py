"""Mutants of malformed requests, unknown paths and methods, and unusual but valid requests."""

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
    """Answers an unknown path with 400 instead of 404."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        unmodified = super().unknown(method, path)
        return unmodified if self.knows(path) else Refusal(400, 40000, unmodified.message)


@mutant(breaks="ERR-09")
class TokensAreNotReadable(Routing):
    """Answers a method that a path does not support with 405 instead of 404."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        unmodified = super().unknown(method, path)
        return Refusal(405, 40500, unmodified.message) if self.knows(path) else unmodified


@mutant(breaks="ERR-10")
class EveryMethodReads(Routing):
    """Handles a method that a path does not support like GET."""

    def match(self, method: str, path: bytes) -> tuple[Route, Mapping[str, bytes]]:
        try:
            return super().match(method, path)
        except Refusal:
            return super().match("GET", path)


@mutant(breaks="ERR-11")
class ForeignMethodsAreBadRequests(Routing):
    """Answers a method that a path does not support with 400 instead of 404."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        unmodified = super().unknown(method, path)
        return Refusal(400, 40000, unmodified.message) if self.knows(path) else unmodified


@mutant(breaks="ERR-12")
class MessagesCanBeDeleted(Service):
    """Deletes the messages of a channel on DELETE, which the path does not support."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if request.method != "DELETE" or not request.path.endswith(b"/messages"):
            return super().operate(request, presentation)
        caller, name = self.credentials.identify(request), decode_segment(request.path.split(b"/")[2])
        if caller:
            caller.app.channels[name or ""].messages.clear()
        return Reply(204)


@mutant(breaks="ERR-13")
class HeadIsUnknown(Service):
    """Answers HEAD with 404 instead of handling it like GET."""

    def method(self, request: Request) -> str:
        return request.method


@mutant(breaks="ERR-14")
class ProseIsData(Decoding):
    """Publishes a body that is not valid JSON as the data of a message."""

    def json(self, body: bytes) -> Json:
        try:
            return super().json(body)
        except Refusal:
            return {"data": body.decode("utf-8", "replace")}


@mutant(breaks="ERR-15")
class BrokenMessagePackIsEmpty(Decoding):
    """Reads a body that is not valid MessagePack as an empty message."""

    def msgpack(self, body: bytes) -> Json:
        try:
            return super().msgpack(body)
        except Refusal:
            return {}


@mutant(breaks="ERR-17")
class UnknownTypesAreText(Decoding):
    """Publishes a body of an unknown media type as the data of a message."""

    def reader(self, request: Request) -> Callable[[bytes], Json]:
        try:
            return super().reader(request)
        except Refusal:
            return lambda body: {"data": body.decode("utf-8", "replace")}


@mutant(breaks="ERR-18")
class UnknownTypesAreJson(Decoding):
    """Reads a body of an unknown media type as JSON."""

    def reader(self, request: Request) -> Callable[[bytes], Json]:
        try:
            return super().reader(request)
        except Refusal:
            return self.json


@mutant(breaks="ERR-19")
class TokensNeedNoRequest(Decoding):
    """Issues a token even if the body is not a valid token request."""

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
    """Answers a PUT of a device without a body with success."""

    def put(self, call: Call) -> Reply:
        return super().put(call) if call.request.body else Reply(200, {})


@mutant(breaks="ERR-21")
class MessagesOfErrorsAreRaw(Errors):
    """Copies line breaks of a request into an error header, which allows header injection."""

    def headers(self, refusal: Refusal) -> Headers:
        # Models how a client reads unescaped line breaks: each line becomes a header.
        message, *lines = refusal.message.splitlines() or [""]
        injected = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines) if value)
        return (*super().headers(Refusal(refusal.status, refusal.code, message)), *injected)


@mutant(breaks="RSP-30")
class NewVersionsAreRefused(Service):
    """Rejects a protocol version newer than its own."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if read_version(request) > LATEST_VERSION:
            raise Refusal(400, 40017, "this version of the protocol is not supported")
        return super().operate(request, presentation)


class _Strict(Service):
    REFUSED = ""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if self.REFUSED in request.query:
            raise Refusal(400, 40003, f"{self.REFUSED} is unknown")
        return super().operate(request, presentation)


@mutant(breaks="RSP-31")
class RequestsHaveNoId(_Strict):
    """Rejects the parameter request_id."""

    REFUSED = "request_id"


@mutant(breaks="RSP-32")
class ColoursAreRefused(_Strict):
    """Rejects an unknown query parameter."""

    REFUSED = "colour"


class _NamelessChannels(Routing):
    METHOD = ""

    def match(self, method: str, path: bytes) -> tuple[Route, Mapping[str, bytes]]:
        named = path.replace(b"//", b"/-/")
        return super().match(method, named if method == self.METHOD else path)


@mutant(breaks="ERR-25")
class EmptyChannelIsAChannel(_NamelessChannels):
    """Reads the channel named - for a path with an empty channel name."""

    METHOD = "GET"


@mutant(breaks="ERR-27")
class EmptyChannelIsPublishedTo(_NamelessChannels):
    """Publishes to the channel named - for a path with an empty channel name."""

    METHOD = "POST"
