"""One request as an operation sees it: path parameters, version, caller and body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from re import compile as pattern
from urllib.parse import unquote_to_bytes

from conformance.reference.access import Caller
from conformance.reference.errors import NO_CREDENTIALS, bad_request, unauthorized
from conformance.reference.negotiation import Presentation
from conformance.reference.wire import Json, Request

# The version of a request that names none; current SDKs send this number.
LATEST_VERSION = 6

VERSION = pattern(r"(\d{1,9})(\.\d{1,9}){0,2}\Z")
BROKEN_ESCAPE = pattern(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Call:
    """`identity` is None for an operation without authentication."""

    request: Request
    parameters: Mapping[str, bytes]
    presentation: Presentation
    version: int
    identity: Caller | None
    read_body: Callable[[Request], Json]

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query

    @property
    def caller(self) -> Caller:
        if self.identity is None:
            raise unauthorized(40101, NO_CREDENTIALS)
        return self.identity

    def parameter(self, name: str) -> str:
        """A decoded segment of the path. Raises 40000 if it is not valid UTF-8."""
        text = decode_segment(self.parameters[name])
        if text is None:
            raise bad_request(f"{name} in the path is not percent-encoded UTF-8")
        return text

    def body(self) -> Json:
        return self.read_body(self.request)

    def object_body(self) -> dict[str, Json]:
        body = self.body()
        if not isinstance(body, dict):
            raise bad_request("the body is not an object")
        return body


def decode_segment(raw: bytes) -> str | None:
    if BROKEN_ESCAPE.search(raw):
        return None
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return None


def read_version(request: Request) -> int:
    """The major version. Any number is accepted (PY/restrequest sends 150), anything else rejected."""
    text = request.header(b"x-ably-version") or request.query.get("v")
    if not text:
        return LATEST_VERSION
    found = VERSION.match(text)
    if found is None:
        raise bad_request(f"the protocol version must be a number: {text}", 40017)
    return int(found[1])
