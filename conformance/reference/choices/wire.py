"""Choices of the wire: header lines, framing, spelling of bodies."""

import json
import struct
import time

from conformance.reference.choices.mark import choice
from conformance.reference.decoding import Decoding
from conformance.reference.encoding import Encoding, as_base64
from conformance.reference.errors import Errors, Refusal, bad_request
from conformance.reference.negotiation import BY_NAME, Format, Negotiation, Presentation
from conformance.reference.presenting import Presenting
from conformance.reference.routing import ROUTES, Route, Routing
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Headers, Json, Reply, Request

OFTEN_SEEN = (("Server", "nginx"), ("Via", "1.1 edge"), ("Vary", "Origin"), ("Cache-Control", "no-store"))
SLOWNESS = 0.03


@choice(permitted_by="RFC 9110 section 5.1: field names are case-insensitive")
class LowerCaseHeaders(Presenting):
    """Header names are written in lower case."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, tuple((name.lower(), value) for name, value in headers), body)


@choice(permitted_by="RFC 9110 section 5.3: the order of fields with different names is not significant")
class OtherHeaderOrder(Presenting):
    """Headers come in another order, the Link lines among them too."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, headers[::-1], body)


@choice(permitted_by="RFC 9110 section 8.6: Content-Length is optional where the coding is chunked")
class ChunkedBodies(Presenting):
    """Bodies come in chunks, without Content-Length."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        kept = tuple(line for line in headers if line[0].lower() != "content-length")
        return super().written(status, kept, body)


@choice(permitted_by="RFC 9112 section 9.6: a server may close a connection after an answer")
class ClosedConnections(Presenting):
    """Every connection ends with its first answer."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, (*headers, ("Connection", "close")), body)


@choice(permitted_by="ably/specification features RSC15l: only the Server value cloudfront means anything")
class EdgeHeaders(Presenting):
    """An intermediary adds headers of its own."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, (*headers, *OFTEN_SEEN), body)


@choice(permitted_by="RFC 9110 section 5.1: a server may send fields that no document names")
class VersionHeader(Presenting):
    """Every answer names a version of the protocol."""

    def common_headers(self, request: Request) -> Headers:
        return (*super().common_headers(request), ("X-Ably-Version", "6"))


@choice(permitted_by="RFC 9110 section 5.3: lines of one name may be joined by a comma")
class JoinedLinks(Presenting):
    """All links stand in one line."""

    def link_headers(self, links: Headers) -> Headers:
        lines = [value for _, value in super().link_headers(links)]
        return (("Link", ", ".join(lines)),) if lines else ()


@choice(permitted_by="RFC 8259 sections 2 and 7: blanks between tokens, any character escaped")
class EscapedJson(Encoding):
    """JSON has blanks after its separators and escapes all that is not ASCII."""

    def json(self, tree: Json) -> bytes:
        return json.dumps(tree, default=as_base64).encode()


@choice(permitted_by="RFC 8259 section 2: insignificant white space is allowed")
class IndentedJson(Encoding):
    """JSON is indented and ends with a newline."""

    def json(self, tree: Json) -> bytes:
        return (json.dumps(tree, default=as_base64, indent=2, ensure_ascii=False) + "\n").encode()


@choice(permitted_by="RFC 8259 section 4: an object is an unordered collection")
class OtherMemberOrder(Encoding):
    """The members of every object come in the opposite order."""

    def render(self, tree: Json, presentation: Presentation) -> bytes:
        return super().render(turned(tree), presentation)


def turned(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: turned(tree[name]) for name in reversed(tree)}
    return [turned(item) for item in tree] if isinstance(tree, list) else tree


@choice(permitted_by="MessagePack specification: a serializer may use any format that fits")
class WideMessagePack(Encoding):
    """MessagePack has every integer in 64 bits and every length in 32."""

    def msgpack(self, tree: Json) -> bytes:
        return wide(tree)


def wide(tree: Json) -> bytes:
    if tree is None or isinstance(tree, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[tree]
    if isinstance(tree, int):
        return b"\xd3" + struct.pack(">q", tree) if tree < 2**63 else b"\xcf" + struct.pack(">Q", tree)
    if isinstance(tree, float):
        return b"\xcb" + struct.pack(">d", tree)
    if isinstance(tree, str):
        return b"\xdb" + struct.pack(">I", len(tree.encode())) + tree.encode()
    if isinstance(tree, bytes):
        return b"\xc6" + struct.pack(">I", len(tree)) + tree
    if isinstance(tree, dict):
        return b"\xdf" + struct.pack(">I", len(tree)) + b"".join(wide(n) + wide(v) for n, v in tree.items())
    return b"\xdd" + struct.pack(">I", len(tree)) + b"".join(wide(item) for item in tree)


@choice(permitted_by="ably/docs rest-api: JSONP is a call of the function; a comment before it is a common guard")
class GuardedJsonp(Encoding):
    """JSONP begins with an empty comment and has no semicolon."""

    def jsonp(self, tree: Json, callback: str) -> bytes:
        return b"/**/" + super().jsonp(tree, callback).removesuffix(b";")


@choice(permitted_by="ably/docs rest-api: HTML is for people, no document says how it looks")
class PlainHtml(Encoding):
    """HTML is a heading and nothing of what was answered."""

    def html(self, tree: Json) -> bytes:
        del tree
        return b"<html>\n<h1>Ably</h1>\n</html>"


@choice(permitted_by="ably/ably-js src/common/lib/client/resource: an answer without statusCode is taken as it is")
class NoEnvelope(Negotiation):
    """The parameter envelope is ignored."""

    def presentation(self, request: Request) -> Presentation:
        return Presentation(self.choose(request), self.callback(request))


@choice(permitted_by="RFC 9110 section 12.5.1: a server may disregard an Accept that it cannot satisfy")
class AcceptDisregarded(Negotiation):
    """Where nothing of Accept is available the answer is JSON, and not 406."""

    def choose(self, request: Request) -> Format:
        try:
            return super().choose(request)
        except Refusal as refusal:
            if refusal.status != 406:
                raise
            return Format.JSON


@choice(permitted_by="ably/docs rest-api: what a format that does not exist means is written nowhere")
class UnknownFormatIgnored(Negotiation):
    """A format that does not exist counts as none."""

    def asked(self, request: Request) -> Format | None:
        return BY_NAME.get(request.query.get("format", ""))


@choice(permitted_by="ably/docs rest-api: what a body of another type is answered is written nowhere")
class OtherTypesAreBadRequests(Decoding):
    """A body of an unknown media type is refused with 400, and not with 415."""

    def read(self, request: Request) -> Json:
        try:
            return super().read(request)
        except Refusal as refusal:
            raise bad_request(refusal.message, refusal.code) from None


@choice(permitted_by="ably/ably-common protocol/errors.json: 40500, method not allowed")
class MethodNotAllowed(Routing):
    """A path that exists under another method is refused with 405; GET, which SDK suites send, with 404."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        if method != "GET" and self.knows(path):
            return Refusal(405, 40500, f"{method} is not allowed there")
        return super().unknown(method, path)


@choice(permitted_by="ably/docs rest-api, push: the documentation resets an update token with POST")
class ResetByPostAlone(Routing):
    """An update token is reset by POST, and not by GET."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        super().__init__([each for each in routes if (each.method, each.operation) != RESET_BY_GET])


RESET_BY_GET = ("GET", "updatePushDeviceDetails")


@choice(permitted_by="ably/docs rest-api: no document speaks of preflight requests")
class NoPreflight(Service):
    """OPTIONS is a method like any other that no path has."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if request.method == "OPTIONS":
            raise self.routing.unknown(request.method, request.path)
        return super().operate(request, presentation)


@choice(permitted_by="RFC 9110: a server takes the time that it takes", is_slow=True)
class SlowAnswers(Service):
    """Every answer takes a while."""

    def answer(self, request: Request) -> Answer:
        time.sleep(SLOWNESS)
        return super().answer(request)


@choice(permitted_by="ably/docs rest-api, error response format: code, statusCode and message; the rest is often there")
class TerseErrors(Errors):
    """An error says its code, its status and a message, and no more."""

    def body(self, refusal: Refusal) -> Json:
        return {"error": self.info(refusal)}

    def info(self, refusal: Refusal) -> Json:
        return {name: value for name, value in super().info(refusal).items() if name != "href"}


@choice(permitted_by="ably/ably-js src/common/lib/client/paginatedresource: an error may have a detail")
class DetailedErrors(Errors):
    """An error has details and members that nobody knows yet."""

    def info(self, refusal: Refusal) -> Json:
        return {**super().info(refusal), "detail": {"reason": "a reason"}, "cause": None, "nonce": "e1"}


@choice(permitted_by="ably/ably-common protocol/errors.json: no document asks for WWW-Authenticate")
class NoChallenge(Errors):
    """A 401 comes without WWW-Authenticate."""

    def challenge(self, refusal: Refusal) -> Headers:
        del refusal
        return ()
