"""Mutants of the clientId of published messages."""

# ruff: noqa: ARG002  an override often ignores an argument

import dataclasses
from collections.abc import Mapping

from conformance.reference.access import WILDCARD_CLIENT, Caller, Means
from conformance.reference.call import Call
from conformance.reference.credentials import Credentials
from conformance.reference.errors import Refusal
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.publishing import Publishing
from conformance.reference.wire import Json, Reply, Request


@mutant(breaks="PUB-50")
class TokensNameNoPublisher(Publishing):
    """Does not add the clientId of the token to a message without one."""

    def implied_client(self, caller: Caller) -> str | None:
        return super().implied_client(caller) if caller.means is Means.BASIC else None


@mutant(breaks="PUB-51")
class ClientsMayNotNameThemselves(Publishing):
    """Rejects a message that names the clientId of its own token."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id != client_id and super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-52")
class AnonymousTokensPublishAsAnybody(Publishing):
    """Lets a token without a clientId publish with any clientId."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id is None or super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-53")
class AnonymousTokensArePublishers(Publishing):
    """Adds the name of the key as clientId to messages published with a token without a clientId."""

    def implied_client(self, caller: Caller) -> str | None:
        if caller.means is Means.TOKEN and caller.client_id is None:
            return caller.key.name
        return super().implied_client(caller)


@mutant(breaks="PUB-54")
class WildcardTokensAreAnonymous(Publishing):
    """Rejects a clientId in a message published with a token for any client."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id != WILDCARD_CLIENT and super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-55")
class WildcardIsPublisher(Publishing):
    """Adds the clientId `*` to messages published with a token for any client."""

    def implied_client(self, caller: Caller) -> str | None:
        return caller.client_id


@mutant(breaks="PUB-56")
class KeysSpeakForNobody(Credentials):
    """Ignores the header X-Ably-ClientId."""

    def assumed_client(self, request: Request) -> str | None:
        return None


@mutant(breaks="PUB-57")
class KeysMayContradictThemselves(Publishing):
    """Accepts a clientId in a message that contradicts the X-Ably-ClientId of the request."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.means is Means.BASIC or super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-58")
class KeysMayNotNameClients(Publishing):
    """Rejects a clientId in a message published with a key unless X-Ably-ClientId names it too."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id in {WILDCARD_CLIENT, client_id}


@mutant(breaks="PUB-59")
class KeysArePublishers(Publishing):
    """Adds the name of the key as clientId to messages published with the key."""

    def implied_client(self, caller: Caller) -> str | None:
        return super().implied_client(caller) or (caller.key.name if caller.means is Means.BASIC else None)


@mutant(breaks="PUB-60")
class MessagesMayBeOfAnybody(Publishing):
    """Accepts the wildcard `*` as the clientId of a message."""

    def client_id(self, given: Mapping[str, Json], caller: Caller) -> str | None:
        client_id = given.get("clientId")
        return client_id if client_id == WILDCARD_CLIENT else super().client_id(given, caller)


@mutant(breaks="PUB-61")
class OnlyTheFirstMessageIsLookedAt(Publishing):
    """Checks only the clientId of the first message of an array against the credentials."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        first = body[0] if isinstance(body, list) else body
        super().accept(first, caller)
        return super().accept(body, dataclasses.replace(caller, client_id=WILDCARD_CLIENT))


@mutant(breaks="PUB-62")
class OnlyTheFirstMessageHasPublisher(Publishing):
    """Adds the clientId of the credentials only to the first message of an array."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        accepted = super().accept(body, caller)
        return accepted[:1] + [{name: each[name] for name in each if name != "clientId"} for each in accepted[1:]]


@mutant(breaks="PUB-66")
class ClientIdsAreLatin(Credentials):
    """Decodes X-Ably-ClientId as Latin-1 instead of UTF-8."""

    def assumed_client(self, request: Request) -> str | None:
        client_id = super().assumed_client(request)
        return client_id.encode().decode("latin-1") if client_id else client_id


@mutant(breaks="PUB-100")
class QueryNamesTheClient(Messages):
    """Publishes as the clientId in the query, whatever the clientId of the credentials is."""

    def publish(self, call: Call) -> Reply:
        named = call.query.get("clientId")
        identity = dataclasses.replace(call.caller, client_id=named or call.caller.client_id)
        return super().publish(dataclasses.replace(call, identity=identity))


@mutant(breaks="PUB-101")
class ClientBesideTheBodyIsForgotten(Messages):
    """Ignores the clientId in the query of a publish with enveloped=false."""

    def client_beside(self, request: Request) -> str | None:
        return None


@mutant(breaks="PUB-102")
class ClientIdsNeedNoBase64(Credentials):
    """Takes an X-Ably-ClientId that is not base64 as the clientId itself."""

    def assumed_client(self, request: Request) -> str | None:
        try:
            return super().assumed_client(request)
        except Refusal:
            return request.header(b"x-ably-clientid")
