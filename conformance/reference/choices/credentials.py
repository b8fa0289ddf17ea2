"""Choices of credentials and tokens."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.reference.access import Caller, Means
from conformance.reference.apps import Apps
from conformance.reference.call import Call
from conformance.reference.choices.mark import choice
from conformance.reference.clock import Names
from conformance.reference.credentials import Credentials
from conformance.reference.errors import Refusal, bad_request, unauthorized
from conformance.reference.provisioning import Provisioning
from conformance.reference.state import Key, Token
from conformance.reference.tokens import TokenRequest, Tokens
from conformance.reference.wire import Json, Reply, Request


@choice(permitted_by="ably/specification uts/rest/integration/auth: an unknown key is 401 with 40400")
class UnknownKeyIsUnauthorized(Apps):
    """A key that its application does not have is refused with 401 and 40400."""

    def key(self, name: str) -> Key:
        return known_key(self, super().key, name, 40400)


@choice(permitted_by="ably/ably-common protocol/errors.json: 40101, invalid credentials")
class UnknownKeyIsInvalid(Apps):
    """A key that its application does not have is refused with 401 and 40101."""

    def key(self, name: str) -> Key:
        return known_key(self, super().key, name, 40101)


def known_key(apps: Apps, find: Callable[[str], Key], name: str, code: int) -> Key:
    try:
        return find(name)
    except Refusal as refusal:
        is_of_known_app = apps.find(name.partition(".")[0]) is not None
        raise unauthorized(code, refusal.message) if is_of_known_app else refusal from None


@choice(permitted_by="ably/ably-common protocol/errors.json: 40101, invalid credentials")
class MalformedIsUnauthorized(Credentials):
    """Credentials that cannot be read are refused with 401 and not with 400."""

    def by_header(self, request: Request) -> Caller | None:
        try:
            return super().by_header(request)
        except Refusal as refusal:
            raise unauthorized(40101, refusal.message) if refusal.code == 40005 else refusal from None


@choice(permitted_by="ably/docs protocols, server-sent events: accessToken is documented for events alone")
class NoAccessTokenSpelling(Credentials):
    """The parameter accessToken is none that a REST request has."""

    def by_query(self, request: Request) -> Caller | None:
        query: Mapping[str, str] = {name: text for name, text in request.query.items() if name != "accessToken"}
        return super().by_query(replace(request, query=query))


@choice(permitted_by="ably/ably-common protocol/errors.json: 40140 to 40149, the token is refused")
class OtherCodeOfForgeries(Credentials):
    """A text that is no token is refused with the unspecified code of tokens."""

    def known_token(self, text: str) -> Token:
        try:
            return super().known_token(text)
        except Refusal as refusal:
            raise unauthorized(40140, refusal.message) from None


@choice(permitted_by="ably/ably-go and ably/ably-js: an expired JWT is 40142 or 40144")
class ExpiredJwtIsBadJwt(Credentials):
    """A JWT that has expired is refused like any JWT that is not acceptable."""

    def refuse_expired(self, token: Token) -> None:
        try:
            super().refuse_expired(token)
        except Refusal as refusal:
            raise unauthorized(40144, refusal.message) if self.jwts.is_jwt(token.text) else refusal from None


@choice(permitted_by="ably/docs rest-api: no document says which success it is")
class TokensAreOk(Tokens):
    """A token is answered with 200."""

    def request(self, call: Call) -> Reply:
        return replace(super().request(call), status=200)


@choice(permitted_by="ably/docs rest-api, request a token: what a foreign keyName is answered is written nowhere")
class ForeignKeyNameIsBadRequest(Tokens):
    """A keyName that differs from the path is refused with 400."""

    def require_key_name(self, asked: TokenRequest, key: Key) -> None:
        try:
            super().require_key_name(asked, key)
        except Refusal as refusal:
            raise bad_request(refusal.message) from None


@choice(permitted_by="ably/docs rest-api, request a token: token authentication is named for unsigned requests too")
class TokensBegetTokens(Tokens):
    """A token of the key may ask for another one without a signature."""

    def require_basic(self, call: Call, key: Key) -> None:
        caller = self.credentials.identify(call.request)
        if caller is None or caller.means is not Means.TOKEN or caller.key != key:
            super().require_basic(call, key)


@choice(permitted_by="ably/docs token-request-spec: a nonce is not used twice")
class NoncesAreForGood(Tokens):
    """A nonce is refused the second time with any timestamp."""

    def nonce(self, asked: TokenRequest) -> tuple[str, str, str]:
        return (*super().nonce(asked)[:2], "")


@choice(permitted_by="ably/docs rest-api: a token is opaque, a literal one has up to 343 bytes")
class LongTokens(Names):
    """A token has three hundred characters, dashes and underlines among them."""

    def token(self, app_id: str) -> str:
        return f"{app_id}.{self.random(100)}-_{self.random(191)}"


@choice(permitted_by="ably/specification features RSA11: a key is split at its first colon")
class SecretsWithColons(Names):
    """The secret of a key has colons."""

    def secret(self) -> str:
        return f"{self.random(20)}:{self.random(20)}:-_"


@choice(permitted_by="ably/specification test-api: keyName, keySecret and keyStr are new")
class TerseKeys(Provisioning):
    """The keys of a new application are told by id and value alone."""

    def key_details(self, key: Key) -> Json:
        return {
            name: v for name, v in super().key_details(key).items() if name not in {"keyName", "keySecret", "keyStr"}
        }


@choice(permitted_by="ably/specification test-api: an application is deleted with any success")
class DeletedAppIsOk(Provisioning):
    """An application that is deleted is answered with 200 and an empty object."""

    def delete(self, call: Call) -> Reply:
        super().delete(call)
        return Reply(200, {})
