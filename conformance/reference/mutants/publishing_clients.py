"""Lies about on whose behalf a message is published."""

# ruff: noqa: ARG002  a lie often ignores what it is told

import dataclasses
from collections.abc import Mapping

from conformance.reference.access import WILDCARD_CLIENT, Caller, Means
from conformance.reference.credentials import Credentials
from conformance.reference.mutants.mark import mutant
from conformance.reference.publishing import Publishing
from conformance.reference.wire import Json, Request


@mutant(breaks="PUB-50")
class TokensNameNoPublisher(Publishing):
    """Stores a message without the client of the token that it was published with."""

    def implied_client(self, caller: Caller) -> str | None:
        return super().implied_client(caller) if caller.means is Means.BASIC else None


@mutant(breaks="PUB-51")
class ClientsMayNotNameThemselves(Publishing):
    """Refuses every clientId in a message of an identified client, also its own."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id != client_id and super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-52")
class AnonymousTokensPublishAsAnybody(Publishing):
    """Takes a token without clientId for one that may name any."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id is None or super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-53")
class AnonymousTokensArePublishers(Publishing):
    """Attributes a message to the key where the token names no client."""

    def implied_client(self, caller: Caller) -> str | None:
        if caller.means is Means.TOKEN and caller.client_id is None:
            return caller.key.name
        return super().implied_client(caller)


@mutant(breaks="PUB-54")
class WildcardTokensAreAnonymous(Publishing):
    """Refuses a clientId in a message although the token is for any client."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id != WILDCARD_CLIENT and super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-55")
class WildcardIsPublisher(Publishing):
    """Attributes a message to the client * where the token is for any client."""

    def implied_client(self, caller: Caller) -> str | None:
        return caller.client_id


@mutant(breaks="PUB-56")
class KeysSpeakForNobody(Credentials):
    """Overlooks X-Ably-ClientId."""

    def assumed_client(self, request: Request) -> str | None:
        return None


@mutant(breaks="PUB-57")
class KeysMayContradictThemselves(Publishing):
    """Lets a key publish as anybody, also when it speaks as a client."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.means is Means.BASIC or super().may_publish_as(caller, client_id)


@mutant(breaks="PUB-58")
class KeysMayNotNameClients(Publishing):
    """Demands of a key that it speaks as the client whom its message names."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return caller.client_id in {WILDCARD_CLIENT, client_id}


@mutant(breaks="PUB-59")
class KeysArePublishers(Publishing):
    """Attributes a message to the key that it was published with."""

    def implied_client(self, caller: Caller) -> str | None:
        return super().implied_client(caller) or (caller.key.name if caller.means is Means.BASIC else None)


@mutant(breaks="PUB-60")
class MessagesMayBeOfAnybody(Publishing):
    """Stores a message for the client * like any other."""

    def client_id(self, given: Mapping[str, Json], caller: Caller) -> str | None:
        client_id = given.get("clientId")
        return client_id if client_id == WILDCARD_CLIENT else super().client_id(given, caller)


@mutant(breaks="PUB-61")
class OnlyTheFirstMessageIsLookedAt(Publishing):
    """Compares the clientId of the first message of an array alone with that of the credentials."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        first = body[0] if isinstance(body, list) else body
        super().accept(first, caller)
        return super().accept(body, dataclasses.replace(caller, client_id=WILDCARD_CLIENT))


@mutant(breaks="PUB-62")
class OnlyTheFirstMessageHasPublisher(Publishing):
    """Attributes the first message of an array to the client of the credentials, and no other."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        accepted = super().accept(body, caller)
        return accepted[:1] + [{name: each[name] for name in each if name != "clientId"} for each in accepted[1:]]


@mutant(breaks="PUB-66")
class ClientIdsAreLatin(Credentials):
    """Reads the bytes behind X-Ably-ClientId as Latin-1."""

    def assumed_client(self, request: Request) -> str | None:
        client_id = super().assumed_client(request)
        return client_id.encode().decode("latin-1") if client_id else client_id
