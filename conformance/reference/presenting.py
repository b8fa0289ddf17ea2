"""Turns a reply into an answer: restructures and encodes its body, and adds the common headers."""

from conformance.reference.encoding import Encoding
from conformance.reference.negotiation import Presentation
from conformance.reference.shaping import Shaping
from conformance.reference.wire import Answer, Headers, Reply, Request

EXPOSED = "Link, X-Ably-ErrorCode, X-Ably-ErrorMessage, X-Ably-Serverid"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
PREFLIGHT_SECONDS = "86400"


class Presenting:
    def __init__(self, encoding: Encoding, shaping: Shaping, server_id: str) -> None:
        self.encoding = encoding
        self.shaping = shaping
        self.server_id = server_id

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        if presentation.enveloped:
            return self.enveloped_answer(reply, presentation, request)
        body = self.body(reply, presentation, request)
        headers = (*self.common_headers(request), *self.body_headers(body, presentation), *reply.headers)
        return self.written(reply.status, (*headers, *self.link_headers(reply.links)), body)

    def enveloped_answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        """The answer with an envelope: its status is always 200, the envelope contains the actual one."""
        tree = self.shaping.envelope(reply, self.shaped(reply, request))
        body = self.encoding.render(tree, presentation)
        headers = (*self.common_headers(request), *self.body_headers(body, presentation))
        return self.written(200, (*headers, *self.link_headers(reply.links)), body)

    def body(self, reply: Reply, presentation: Presentation, request: Request) -> bytes:
        if reply.body is None:
            return b""
        return self.encoding.render(self.shaped(reply, request), presentation)

    def shaped(self, reply: Reply, request: Request) -> object:
        return self.shaping.shape(reply.body, request.query) if reply.status < 400 else reply.body

    def common_headers(self, request: Request) -> Headers:
        if b"origin" not in request.headers:
            return (("X-Ably-Serverid", self.server_id),)
        return (
            ("X-Ably-Serverid", self.server_id),
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", EXPOSED),
        )

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        """The type that was negotiated, also of an answer without a body, and the length of a body."""
        kind = ("Content-Type", self.encoding.media_type(presentation))
        return (kind, ("Content-Length", str(len(body)))) if body else (kind,)

    def link_headers(self, links: Headers) -> Headers:
        # ably-go reads one relation per header line, so each link has its own line.
        return tuple(("Link", f'<{url}>; rel="{relation}"') for relation, url in links)

    def written(self, status: int, headers: Headers, body: bytes) -> Answer:
        return Answer(status, [(name.encode(), value.encode("latin-1")) for name, value in headers], body)

    def preflight(self, request: Request) -> Reply:
        wanted = request.header(b"access-control-request-headers")
        return Reply(
            204,
            headers=(
                ("Access-Control-Allow-Methods", METHODS),
                ("Access-Control-Allow-Headers", wanted or "Authorization, Content-Type"),
                ("Access-Control-Max-Age", PREFLIGHT_SECONDS),
            ),
        )
