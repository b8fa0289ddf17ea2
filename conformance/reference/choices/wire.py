"""Choices of the wire format: headers, framing, and spelling of bodies."""

import json
import struct
import time
from dataclasses import replace

from conformance.reference.choices.mark import choice
from conformance.reference.choices.paging import last_segment
from conformance.reference.decoding import Decoding
from conformance.reference.encoding import Encoding, as_base64
from conformance.reference.errors import Errors, Refusal, bad_request
from conformance.reference.negotiation import BY_NAME, Format, Negotiation, Presentation
from conformance.reference.presenting import CORS, Presenting
from conformance.reference.routing import ROUTES, Route, Routing
from conformance.reference.service import Service
from conformance.reference.wire import Answer, Headers, Json, Reply, Request

OFTEN_SEEN = (("Server", "nginx"), ("Via", "1.1 edge"), ("Vary", "Origin"), ("Cache-Control", "no-store"))
SLOWNESS = 0.03


@choice(permitted_by="RFC 9110 section 5.1: field names are case-insensitive")
class LowerCaseHeaders(Presenting):
    """Writes header names in lower case."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, tuple((name.lower(), value) for name, value in headers), body)


@choice(permitted_by="RFC 9110 section 5.3: the order of fields with different names is not significant")
class OtherHeaderOrder(Presenting):
    """Writes headers in reverse order, including the Link lines."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, headers[::-1], body)


@choice(permitted_by="RFC 9110 section 8.6: Content-Length is optional where the coding is chunked")
class ChunkedBodies(Presenting):
    """Sends bodies with chunked transfer coding, without Content-Length."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        kept = tuple(line for line in headers if line[0].lower() != "content-length")
        return super().written(status, kept, body)


@choice(permitted_by="RFC 9112 section 9.6: a server may close a connection after an answer")
class ClosedConnections(Presenting):
    """Closes the connection after every answer."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, (*headers, ("Connection", "close")), body)


@choice(permitted_by="ably/specification features RSC15l: only the Server value cloudfront has a meaning")
class EdgeHeaders(Presenting):
    """Adds the headers of an intermediary."""

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return super().written(status, (*headers, *OFTEN_SEEN), body)


@choice(permitted_by="RFC 9110 section 8.3.1: a media type may have parameters, such as charset")
class CharsetOfJson(Encoding):
    """Adds charset=utf-8 to the media type of JSON answers, as Express does."""

    def media_type(self, presentation: Presentation) -> str:
        plain = super().media_type(presentation)
        return f"{plain}; charset=utf-8" if plain == "application/json" else plain


@choice(permitted_by="RFC 9110 section 5.1: a server may send undocumented fields")
class VersionHeader(Presenting):
    """Adds the header X-Ably-Version to every answer."""

    def common_headers(self, request: Request) -> Headers:
        return (*super().common_headers(request), ("X-Ably-Version", "6"))


@choice(permitted_by="Fetch standard, CORS protocol: only a response to a cross-origin request needs the headers")
class CorsForOtherOrigins(Presenting):
    """Sends the CORS headers only in answers to requests with an Origin."""

    def common_headers(self, request: Request) -> Headers:
        headers = super().common_headers(request)
        return headers if b"origin" in request.headers else tuple(line for line in headers if line not in CORS)


@choice(permitted_by="RFC 9110 section 8.3: Content-Type belongs to content, and an empty answer has none")
class NoTypeWithoutBody(Presenting):
    """Omits Content-Type from answers without a body."""

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        return super().body_headers(body, presentation) if body else ()


@choice(permitted_by="RFC 9110 section 5.3: lines of one name may be joined with commas")
class JoinedLinks(Presenting):
    """Writes all links in one Link line, except for presence and statistics, which ably-go reads line by line."""

    def link_headers(self, links: Headers) -> Headers:
        lines = super().link_headers(links)
        is_read_by_line = any(last_segment(url) in READ_BY_LINE for _, url in links)
        return lines if is_read_by_line or not lines else (("Link", ", ".join(value for _, value in lines)),)


READ_BY_LINE = frozenset({"presence", "history", "stats"})


@choice(permitted_by="RFC 8259 sections 2 and 7: white space between tokens, any character may be escaped")
class EscapedJson(Encoding):
    """Writes JSON with spaces after separators and escapes non-ASCII characters."""

    def json(self, tree: Json) -> bytes:
        return json.dumps(tree, default=as_base64).encode()


@choice(permitted_by="RFC 8259 section 2: insignificant white space is allowed")
class IndentedJson(Encoding):
    """Writes indented JSON with a newline at the end."""

    def json(self, tree: Json) -> bytes:
        return (json.dumps(tree, default=as_base64, indent=2, ensure_ascii=False) + "\n").encode()


@choice(permitted_by="RFC 8259 section 4: an object is an unordered collection")
class OtherMemberOrder(Encoding):
    """Writes the members of every object in reverse order."""

    def render(self, tree: Json, presentation: Presentation) -> bytes:
        return super().render(turned(tree), presentation)


def turned(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: turned(tree[name]) for name in reversed(tree)}
    return [turned(item) for item in tree] if isinstance(tree, list) else tree


@choice(permitted_by="MessagePack specification: a serializer may use any format that fits")
class WideMessagePack(Encoding):
    """Writes MessagePack integers in 64 bits and lengths in 32 bits."""

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
    """Writes JSONP with an empty comment before the call and no semicolon."""

    def jsonp(self, tree: Json, callback: str) -> bytes:
        return b"/**/" + super().jsonp(tree, callback).removesuffix(b";")


@choice(permitted_by="ably/docs rest-api: the content of HTML answers is not documented")
class PlainHtml(Encoding):
    """Answers HTML requests with a heading only, without the content."""

    def html(self, tree: Json) -> bytes:
        del tree
        return b"<html>\n<h1>Ably</h1>\n</html>"


@choice(permitted_by="ably/ably-js src/common/lib/client/resource: an answer without statusCode is used as it is")
class NoEnvelope(Negotiation):
    """Ignores the parameter envelope."""

    def presentation(self, request: Request) -> Presentation:
        return Presentation(self.choose(request), self.callback(request))


@choice(permitted_by="RFC 9110 section 12.5.1: a server may disregard an Accept that it cannot satisfy")
class AcceptDisregarded(Negotiation):
    """Answers in JSON instead of 406 when no media type of Accept is available."""

    def choose(self, request: Request) -> Format:
        try:
            return super().choose(request)
        except Refusal as refusal:
            if refusal.status != 406:
                raise
            return Format.JSON


@choice(permitted_by="ably/docs rest-api: the meaning of an unknown format is not documented")
class UnknownFormatIgnored(Negotiation):
    """Ignores an unknown value of the parameter format."""

    def asked(self, request: Request) -> Format | None:
        return BY_NAME.get(request.query.get("format", ""))


@choice(permitted_by="ably/docs rest-api: the answer to an unknown media type is not documented")
class OtherTypesAreBadRequests(Decoding):
    """Answers a body of an unknown media type with 400 instead of 415."""

    def read(self, request: Request) -> Json:
        try:
            return super().read(request)
        except Refusal as refusal:
            raise bad_request(refusal.message, refusal.code) from None


@choice(permitted_by="ably/ably-common protocol/errors.json: 40500, method not allowed")
class MethodNotAllowed(Routing):
    """Answers an unsupported method other than GET with 405 instead of 404."""

    def unknown(self, method: str, path: bytes) -> Refusal:
        if method != "GET" and self.knows(path):
            return Refusal(405, 40500, f"{method} is not allowed there")
        return super().unknown(method, path)


@choice(permitted_by="ably/docs rest-api, push: the documentation resets an update token with POST")
class ResetByPostAlone(Routing):
    """Resets an update token on POST only, not on GET."""

    def __init__(self, routes: tuple[Route, ...] = ROUTES) -> None:
        super().__init__([each for each in routes if (each.method, each.operation) != RESET_BY_GET])


RESET_BY_GET = ("GET", "updatePushDeviceDetails")


@choice(permitted_by="ably/docs rest-api: preflight requests are not documented")
class NoPreflight(Service):
    """Answers OPTIONS with 404, like any unsupported method."""

    def operate(self, request: Request, presentation: Presentation) -> Reply:
        if request.method == "OPTIONS":
            raise self.routing.unknown(request.method, request.path)
        return super().operate(request, presentation)


@choice(permitted_by="RFC 9110: the time until an answer is not limited", is_slow=True)
class SlowAnswers(Service):
    """Delays every answer by 30 ms."""

    def answer(self, request: Request) -> Answer:
        time.sleep(SLOWNESS)
        return super().answer(request)


@choice(
    permitted_by="ably/docs rest-api, error response format: code, statusCode and message; others are often present"
)
class TerseErrors(Errors):
    """Omits href, nonfatal and serverId from errors."""

    def body(self, refusal: Refusal) -> Json:
        return {"error": self.info(refusal)}

    def info(self, refusal: Refusal) -> Json:
        return {name: value for name, value in super().info(refusal).items() if name not in {"href", "nonfatal"}}


@choice(permitted_by="ably/ably-js src/common/lib/client/paginatedresource: an error may have a detail")
class DetailedErrors(Errors):
    """Adds detail, cause and an unknown member to errors."""

    def info(self, refusal: Refusal) -> Json:
        return {**super().info(refusal), "detail": {"reason": "a reason"}, "cause": None, "nonce": "e1"}


@choice(permitted_by="ably/ably-ruby issue 167: a recorded serverId was longer than the header of the same answer")
class LongerServerId(Errors):
    """Appends a suffix to the serverId in errors."""

    def __init__(self, server_id: str) -> None:
        super().__init__(f"{server_id}.e91")


@choice(permitted_by="RFC 9110 section 11.6.1: a challenge names any scheme; Ably documents none")
class BearerChallenge(Errors):
    """Names the scheme Bearer in WWW-Authenticate, also for an expired token."""

    def challenge(self, refusal: Refusal) -> Headers:
        return (("WWW-Authenticate", 'Bearer realm="Ably"'),) if refusal.status == 401 else ()


@choice(permitted_by="ably/ably-common protocol/errors.json: Ably documents no WWW-Authenticate; one SDK reads it")
class NoChallenge(Errors):
    """Omits WWW-Authenticate from 401 answers."""

    def challenge(self, refusal: Refusal) -> Headers:
        del refusal
        return ()


@choice(permitted_by="ably/ably-common errors/codes/40004: an invalid request header, without a status of its own")
class BadHeadersHaveACode(Errors):
    """Answers 406 and 415 with error code 40004."""

    def reply(self, refusal: Refusal) -> Reply:
        is_of_a_header = refusal.status in {406, 415}
        return super().reply(Refusal(refusal.status, 40004, refusal.message) if is_of_a_header else refusal)


@choice(permitted_by="RFC 9110 section 12.5.1: a server may disregard Accept, as if there were no negotiation")
class WeighedAcceptDisregarded(Negotiation):
    """Disregards an Accept that names several media types."""

    def choose(self, request: Request) -> Format:
        accept = request.header(b"accept")
        return self.asked(request) or Format.JSON if "," in accept else super().choose(request)


@choice(permitted_by="ably/docs rest-api: CORS is not documented")
class NoCrossOrigin(Presenting):
    """Omits the CORS headers from every answer."""

    def common_headers(self, request: Request) -> Headers:
        return tuple(line for line in super().common_headers(request) if not line[0].startswith("Access-Control-"))


@choice(permitted_by="RFC 9110 section 8.3: a recipient of two Content-Type lines may use the last one")
class LastContentType(Decoding):
    """Reads the body of a request with two Content-Type lines in the format of the last one."""

    def read(self, request: Request) -> Json:
        last = request.headers.get(b"content-type", b"").rpartition(b",")[2].strip()
        return super().read(replace(request, headers={**request.headers, b"content-type": last}))
