"""Mutants of the capability of a requested token."""

import json

from conformance.reference.capability import FULL, Capabilities
from conformance.reference.errors import Refusal
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Capability, Key
from conformance.reference.tokens import TokenRequest, Tokens
from conformance.reference.wire import Json


@mutant(breaks="TOK-61")
class NoWishIsEveryWish(Tokens):
    """Grants a full capability instead of that of the key to a token requested without one."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        return super().capability(asked, key) if asked.get("capability") else FULL


@mutant(breaks="TOK-62")
class OneChannelIsGranted(Capabilities):
    """Grants only the first channel that the request and the key have in common."""

    def intersection(self, asked: Capability, granted: Capability) -> Capability:
        whole = super().intersection(asked, granted)
        return dict(list(whole.items())[:1])


@mutant(breaks="TOK-63")
class OneCommonOperationGrantsAll(Capabilities):
    """Grants all requested operations on a channel when the key has one of them."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return asked if super().shared_operations(asked, granted) else ()


@mutant(breaks="TOK-64")
class OneCommonChannelGrantsAll(Capabilities):
    """Grants all requested channels when the key has one of them."""

    def intersection(self, asked: Capability, granted: Capability) -> Capability:
        met = super().intersection(asked, granted)
        return {**asked, **met} if met else {}


@mutant(breaks="TOK-65")
class WishesAreOverlooked(Tokens):
    """Ignores the requested capability and grants that of the key."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        super().capability(asked, key)
        return key.capability


@mutant(breaks="TOK-66")
class EveryOperationIsGranted(Capabilities):
    """Grants the requested operation `*` even if the key has only some operations."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return ("*",) if "*" in asked else super().shared_operations(asked, granted)


@mutant(breaks="TOK-67")
class KeysForEverythingGrantEverything(Capabilities):
    """Grants the operation `*` instead of the requested operations if the key has it."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return ("*",) if "*" in granted else super().shared_operations(asked, granted)


@mutant(breaks="TOK-68")
class WildcardsGrantTheirOwn(Capabilities):
    """Grants the whole wildcard resource of the key instead of the requested channel."""

    def meet(self, one: str, other: str) -> str | None:
        shared = super().meet(one, other)
        return other if shared is not None and "*" in other else shared


@mutant(breaks="TOK-69")
class NamespacesGrantThemselvesOnly(Capabilities):
    """Does not match a requested channel with a namespace wildcard of the key."""

    def meet(self, one: str, other: str) -> str | None:
        return super().meet(one, other) if "*" in {one, other} or one == other else None


@mutant(breaks="TOK-70")
class NothingIsGrantedToo(Tokens):
    """Issues a token with an empty capability instead of rejecting the request."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        try:
            return super().capability(asked, key)
        except Refusal as refusal:
            if refusal.code == 40160:
                return {}
            raise


@mutant(breaks="TOK-71")
class OperationsAreNotKnown(Capabilities):
    """Accepts unknown operations in a requested capability."""

    def read(self, value: Json) -> Capability:
        return self.read_of_key(value)


@mutant(breaks="TOK-71")
class OperationsAreAnyList(Capabilities):
    """Accepts an empty list of operations, and `*` beside other operations."""

    def operations(self, value: Json) -> tuple[str, ...]:
        return tuple(sorted(set(value)))


@mutant(breaks="TOK-72")
class UnreadableWishIsNone(Capabilities):
    """Treats a malformed capability as a full one instead of rejecting it."""

    def parsed(self, value: Json) -> Json:
        try:
            return super().parsed(value)
        except Refusal:
            return {"*": ["*"]}


@mutant(breaks="TOK-73")
class CapabilityHasBlanks(Capabilities):
    """Writes the text of a capability with spaces after commas and colons."""

    def text(self, capability: Capability) -> str:
        return json.dumps(json.loads(super().text(capability)))


@mutant(breaks="TOK-74")
class CapabilityIsInTheOrderOfTheKey(Capabilities):
    """Writes the text of a capability with unsorted resources."""

    def text(self, capability: Capability) -> str:
        return json.dumps({resource: sorted(capability[resource]) for resource in capability}, separators=(",", ":"))


@mutant(breaks="TOK-75")
class TokensMayMoreThanTheirKey(Tokens):
    """Grants the requested capability even beyond that of the key."""

    def capability(self, asked: TokenRequest, key: Key) -> Capability:
        wanted = asked.get("capability")
        return self.capabilities.read(wanted) if wanted else key.capability


@mutant(breaks="TOK-76")
class CapabilitiesAreUnited(Capabilities):
    """Grants the union of requested operations and those of the key instead of the intersection."""

    def shared_operations(self, asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
        return self.united(asked, granted)
