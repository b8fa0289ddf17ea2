"""Lies about what a token may do."""

import json

from conformance.reference.capability import FULL, Capabilities
from conformance.reference.errors import Refusal
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Capability, Key
from conformance.reference.tokens import TokenRequest, Tokens
from conformance.reference.wire import Json


@mutant(breaks="TOK-61")
class NoWishIsEveryWish(Tokens):
    """Lets a token do everything for which no capability is asked."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        return super().capability(asked, key) if asked.get("capability") else FULL


@mutant(breaks="TOK-62")
class OneChannelIsGranted(Capabilities):
    """Stops at the first channel that request and key have in common."""

    def intersection(self, asked: Capability, granted: Capability) -> Capability:
        whole = super().intersection(asked, granted)
        return dict(list(whole.items())[:1])


@mutant(breaks="TOK-63")
class OneCommonOperationGrantsAll(Capabilities):
    """Grants all operations that were asked for when the key has one of them."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return asked if super().shared_operations(asked, granted) else ()


@mutant(breaks="TOK-64")
class OneCommonChannelGrantsAll(Capabilities):
    """Grants all channels that were asked for when the key has one of them."""

    def intersection(self, asked: Capability, granted: Capability) -> Capability:
        met = super().intersection(asked, granted)
        return {**asked, **met} if met else {}


@mutant(breaks="TOK-65")
class WishesAreOverlooked(Tokens):
    """Gives every token the capability of its key."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        super().capability(asked, key)
        return key.capability


@mutant(breaks="TOK-66")
class EveryOperationIsGranted(Capabilities):
    """Grants every operation to who asks for every one."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return ("*",) if "*" in asked else super().shared_operations(asked, granted)


@mutant(breaks="TOK-67")
class KeysForEverythingGrantEverything(Capabilities):
    """Grants every operation where the key has every one."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return ("*",) if "*" in granted else super().shared_operations(asked, granted)


@mutant(breaks="TOK-68")
class WildcardsGrantTheirOwn(Capabilities):
    """Grants who asks for a channel the whole wildcard of the key."""

    def meet(self, one: str, other: str) -> str | None:
        shared = super().meet(one, other)
        return other if shared is not None and "*" in other else shared


@mutant(breaks="TOK-69")
class NamespacesGrantThemselvesOnly(Capabilities):
    """Finds a channel in a key by its very name, or in a wildcard for all."""

    def meet(self, one: str, other: str) -> str | None:
        return super().meet(one, other) if "*" in {one, other} or one == other else None


@mutant(breaks="TOK-70")
class NothingIsGrantedToo(Tokens):
    """Issues a token that may do nothing."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        try:
            return super().capability(asked, key)
        except Refusal as refusal:
            if refusal.code == 40160:
                return {}
            raise


@mutant(breaks="TOK-71")
class OperationsAreNotKnown(Capabilities):
    """Takes any word for an operation."""

    def read(self, value: Json) -> Capability:
        return self.read_of_key(value)


@mutant(breaks="TOK-71")
class OperationsAreAnyList(Capabilities):
    """Takes any list of operations, also an empty one, or one of * and others."""

    def operations(self, value: Json) -> tuple[str, ...]:
        return tuple(sorted(set(value)))


@mutant(breaks="TOK-72")
class UnreadableWishIsNone(Capabilities):
    """Takes a capability that it cannot read for one that allows everything."""

    def parsed(self, value: Json) -> Json:
        try:
            return super().parsed(value)
        except Refusal:
            return {"*": ["*"]}


@mutant(breaks="TOK-73")
class CapabilityHasBlanks(Capabilities):
    """Answers a capability with a blank after every comma and colon."""

    def text(self, capability: Capability) -> str:
        return json.dumps(json.loads(super().text(capability)))


@mutant(breaks="TOK-74")
class CapabilityIsInTheOrderOfTheKey(Capabilities):
    """Answers the channels of a capability in the order in which they were given."""

    def text(self, capability: Capability) -> str:
        return json.dumps({resource: sorted(capability[resource]) for resource in capability}, separators=(",", ":"))


@mutant(breaks="TOK-75")
class TokensMayMoreThanTheirKey(Tokens):
    """Grants whatever is asked for, without a look at the key."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        wanted = asked.get("capability")
        return self.capabilities.read(wanted) if wanted else key.capability


@mutant(breaks="TOK-76")
class CapabilitiesAreUnited(Capabilities):
    """Adds the operations of request and key where it should keep what they have in common."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return self.united(asked, granted)
