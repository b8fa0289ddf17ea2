"""Ably tokens: POST /keys/{keyName}/requestToken, signed or with the Basic credentials of the key."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest, digest
from re import compile as pattern

from conformance.reference.access import Means
from conformance.reference.apps import Apps
from conformance.reference.call import Call
from conformance.reference.capability import Capabilities
from conformance.reference.clock import Clock, Names
from conformance.reference.credentials import Credentials
from conformance.reference.errors import bad_request, bad_value, unauthorized
from conformance.reference.state import App, Capability, Key, Token
from conformance.reference.wire import Json, Reply

DEFAULT_TTL = 3_600_000
LONGEST_TTL = 24 * 3_600_000
LONGEST_REVOCABLE_TTL = 3_600_000

# Largest difference between the timestamp of a token request and the server time.
TIMESTAMP_WINDOW = 120_000

MOST_TOKENS = 20_000
MOST_NONCES = 20_000

NUMBER = pattern(r"-?\d{1,18}\Z")

# The members that the mac covers, in this order, each followed by a newline.
SIGNED_MEMBERS = ("keyName", "ttl", "capability", "clientId", "timestamp", "nonce")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The members of a token request as sent: the mac covers their text, not their parsed values."""

    members: Mapping[str, Json]

    def get(self, name: str) -> Json:
        """The member, or None if it is absent, null or an empty string (PY/types.tokenrequest sends both)."""
        value = self.members.get(name)
        return None if value == "" else value

    def text(self, name: str) -> str:
        value = self.members.get(name)
        return "" if value is None else str(value)

    @property
    def is_signed(self) -> bool:
        return self.get("mac") is not None


class Tokens:
    def __init__(
        self, *, apps: Apps, credentials: Credentials, capabilities: Capabilities, clock: Clock, names: Names
    ) -> None:
        self.apps = apps
        self.credentials = credentials
        self.capabilities = capabilities
        self.clock = clock
        self.names = names

    def request(self, call: Call) -> Reply:
        asked = TokenRequest(call.object_body())
        key = self.apps.key(call.parameter("keyName"))
        self.authenticate(call, asked, key)
        token = self.token(asked, key)
        app = self.apps.by_id[key.app_id]
        self.use_nonce(app, asked)
        self.remember(app, token)
        return Reply(201, self.details(token))

    def authenticate(self, call: Call, asked: TokenRequest, key: Key) -> None:
        if asked.is_signed:
            self.require_mac(asked, key)
        else:
            self.require_basic(call, key)
        self.require_key_name(asked, key)
        self.require_timestamp(asked)
        if asked.is_signed:
            self.refuse_replay(self.apps.by_id[key.app_id], asked)

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None:
            raise unauthorized(40101, "the token request is neither signed nor authenticated")
        if caller.means is not Means.BASIC or caller.key != key:
            raise unauthorized(40102, "an unsigned token request needs the Basic credentials of its key")

    def require_key_name(self, asked: TokenRequest, key: Key) -> None:
        if asked.get("keyName") is None:
            raise bad_request("a token request must have a keyName", 40001)
        if asked.get("keyName") != key.name:
            raise unauthorized(40102, "keyName differs from the key in the path")

    def require_mac(self, asked: TokenRequest, key: Key) -> None:
        if asked.get("nonce") is None:
            raise bad_request("a signed token request must have a nonce", 40001)
        if not compare_digest(asked.text("mac").encode(), self.mac(asked, key).encode()):
            raise unauthorized(40101, "the mac of the token request is wrong")

    def mac(self, asked: TokenRequest, key: Key) -> str:
        signed = "".join(f"{asked.text(name)}\n" for name in SIGNED_MEMBERS)
        return b64encode(digest(key.secret.encode(), signed.encode(), "sha256")).decode("ascii")

    def require_timestamp(self, asked: TokenRequest) -> None:
        timestamp = read_number(asked.get("timestamp"), "timestamp")
        if timestamp is None:
            raise bad_request("a token request must have a timestamp", 40001)
        if abs(timestamp - self.clock.now()) > TIMESTAMP_WINDOW:
            raise unauthorized(40104, "Timestamp not current")

    def refuse_replay(self, app: App, asked: TokenRequest) -> None:
        if self.nonce(asked) in app.nonces:
            raise unauthorized(40105, "Nonce value replayed")

    def use_nonce(self, app: App, asked: TokenRequest) -> None:
        if not asked.is_signed:
            return
        app.nonces[self.nonce(asked)] = self.clock.now()
        if len(app.nonces) > MOST_NONCES:
            app.nonces.popitem(last=False)

    def nonce(self, asked: TokenRequest) -> tuple[str, str, str]:
        return asked.text("keyName"), asked.text("nonce"), asked.text("timestamp")

    def token(self, asked: TokenRequest, key: Key) -> Token:
        issued = self.clock.now()
        return Token(
            text=self.text(asked, key),
            key=key,
            capability=self.capability(asked, key),
            issued=issued,
            expires=issued + self.ttl(asked, key),
            client_id=self.client_id(asked),
        )

    def text(self, asked: TokenRequest, key: Key) -> str:
        return (self.names.persisted_token if asked.get("persisted") is True else self.names.token)(key.app_id)

    def ttl(self, asked: TokenRequest, key: Key) -> int:
        """The ttl in milliseconds; absent and 0 mean the default."""
        ttl = read_number(asked.get("ttl"), "ttl")
        if ttl is not None and not 0 <= ttl <= self.longest_ttl(key):
            raise bad_value(f"ttl must be a number of milliseconds from 0 to {self.longest_ttl(key)}")
        return ttl or DEFAULT_TTL

    def longest_ttl(self, key: Key) -> int:
        return LONGEST_REVOCABLE_TTL if key.is_revocable else LONGEST_TTL

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        wanted = asked.get("capability")
        if wanted is None:
            return key.capability
        shared = self.capabilities.intersection(self.capabilities.read(wanted), key.capability)
        if not shared:
            raise unauthorized(40160, "the key allows nothing of the requested capability")
        return shared

    def client_id(self, asked: TokenRequest) -> str | None:
        client_id = asked.members.get("clientId")
        if client_id is not None and (not isinstance(client_id, str) or not client_id):
            raise bad_request("clientId must be a string of at least one character", 40012)
        return client_id

    def remember(self, app: App, token: Token) -> None:
        app.tokens[token.text] = token
        if len(app.tokens) > MOST_TOKENS:
            app.tokens.popitem(last=False)

    def details(self, token: Token) -> Json:
        details: dict[str, Json] = {
            "token": token.text,
            "keyName": token.key.name,
            "issued": token.issued,
            "expires": token.expires,
            "capability": self.capabilities.text(token.capability),
        }
        if token.client_id is not None:
            details["clientId"] = token.client_id
        return details


def read_number(value: Json, name: str) -> int | None:
    """A whole number, also given as a string; None if it is absent."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        # PY/resttoken test_request_token_float_and_timedelta
        return int(value)
    if isinstance(value, str) and NUMBER.match(value):
        return int(value)
    raise bad_value(f"{name} is not a whole number")
