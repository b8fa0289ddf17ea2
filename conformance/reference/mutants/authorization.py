"""Lies about what a known caller may do."""

# ruff: noqa: ARG002  a lie often ignores what it is told

from dataclasses import replace
from re import escape, fullmatch

from conformance.reference.access import Access, Caller, Means
from conformance.reference.call import Call
from conformance.reference.capability import Capabilities
from conformance.reference.channels import Channels
from conformance.reference.credentials import Credentials
from conformance.reference.devices import Devices
from conformance.reference.errors import Refusal
from conformance.reference.jwts import Jwts
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.presence import Presence
from conformance.reference.state import Capability, Device, Key, Token
from conformance.reference.wire import Json, Reply


@mutant(breaks="AUT-31")
class PresenceWantsToBePresent(Access):
    """Asks for `presence`, not for `subscribe`, of who only wants to see the members of a channel."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return super().allows(caller, "presence" if operation == "subscribe" else operation, resource)


@mutant(breaks="AUT-31")
class StatusWantsAllChannels(Access):
    """Asks for metadata of all channels, and for the right to publish, of who wants that of one."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        if operation == "channel-metadata" and not super().allows(caller, "publish", resource):
            return False
        return super().allows(caller, operation, resource)


@mutant(breaks="AUT-32")
class TokensMayDoWhatTheirKeyMay(Credentials):
    """Lets a token do what its key may, whatever the token was issued for."""

    def from_token(self, token: Token) -> Caller:
        return super().from_token(replace(token, capability=token.key.capability))


@mutant(breaks="AUT-32")
class ClaimsOfAJwtAreOverlooked(Jwts):
    """Gives a JWT the capability of its key, whatever it claims."""

    def capability(self, claims: Json, key: Key) -> Capability:
        return key.capability


@mutant(breaks="AUT-32")
class DeniedIsForbidden(Access):
    """Answers 403 to who may not."""

    def denied(self, operation: str, resource: str) -> Exception:
        return Refusal(403, 40300, f"{operation} on {resource} is forbidden")


@mutant(breaks="AUT-32")
class DeniedIsUnauthorized(Access):
    """Answers 40100, not 40160, to who may not."""

    def denied(self, operation: str, resource: str) -> Exception:
        return Refusal(401, 40100, f"{operation} on {resource} is unauthorized")


@mutant(breaks="AUT-32")
class DeniedIsATokenError(Access):
    """Answers who may not with the code that makes an SDK ask for a new token and try again."""

    def denied(self, operation: str, resource: str) -> Exception:
        return Refusal(401, 40140, f"the token does not allow {operation} on {resource}")


@mutant(breaks="AUT-32")
class OperationsOfACapabilityAreOverlooked(Access):
    """Looks for the channel in a capability and never for the operation."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return any(self.capabilities.covers(granted, resource) for granted in caller.capability)


@mutant(breaks="AUT-32")
class ResourcesOfACapabilityAreOverlooked(Access):
    """Looks for the operation in a capability and never for the channel."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return self.capabilities.allows_anywhere(caller.capability, operation)


@mutant(breaks="AUT-32")
class StatsAreForEveryToken(Access):
    """Shows the statistics to whoever has any right at all."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return operation == "stats" or super().allows(caller, operation, resource)


@mutant(breaks="AUT-32")
class OneChannelIsEnoughToEnumerate(Channels):
    """Lists all channels for who may see the metadata of one."""

    def enumerate(self, call: Call) -> Reply:
        capability = {**call.caller.capability, "*": ("channel-metadata",)}
        may = self.access.capabilities.allows_anywhere(call.caller.capability, "channel-metadata")
        return super().enumerate(replace(call, identity=replace(call.caller, capability=capability)) if may else call)


@mutant(breaks="AUT-32")
class PresenceIsForPublishers(Presence):
    """Shows the members of a channel to who may publish there."""

    def members(self, call: Call) -> Reply:
        capability = {**call.caller.capability, "*": ("subscribe",)}
        may = self.access.capabilities.allows_anywhere(call.caller.capability, "history")
        return super().members(replace(call, identity=replace(call.caller, capability=capability)) if may else call)


@mutant(breaks="AUT-32")
class HistoryIsForSubscribers(Messages):
    """Shows the history of a channel to who may do anything else anywhere."""

    def history(self, call: Call) -> Reply:
        capability = {**call.caller.capability, "*": ("history",)}
        return super().history(replace(call, identity=replace(call.caller, capability=capability)))


@mutant(breaks="AUT-33")
class PushAdminIsNotEnough(Access):
    """Wants the right to everything of who administers push."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return super().allows(caller, "*" if operation == "push-admin" else operation, resource)


@mutant(breaks="AUT-34")
class AnybodyAdministersPush(Access):
    """Never asks for push-admin."""

    def require_push_admin(self, caller: Caller, resource: str = "*") -> None:
        pass


@mutant(breaks="AUT-34")
class AnybodyIsEveryDevice(Access):
    """Takes whoever knows the id of a device for that device."""

    def is_device(self, caller: Caller, device_id: str, device: Device | None) -> bool:
        return True


@mutant(breaks="AUT-34")
class PublishersAdministerPush(Access):
    """Administers push for who may publish."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        may_publish = super().allows(caller, "publish", resource)
        return super().allows(caller, operation, resource) or (operation == "push-admin" and may_publish)


@mutant(breaks="AUT-35")
class KeysForAllWorldsOpenNone(Capabilities):
    """Does not know that `[*]*` is every channel too."""

    def meet_qualifiers(self, one: str, other: str) -> str | None:
        return one if one == other else None


@mutant(breaks="AUT-36")
class KeysMayDoEverything(Access):
    """Looks at the capability of a token and never at that of a key."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return caller.means is Means.BASIC or super().allows(caller, operation, resource)


@mutant(breaks="AUT-37")
class DevicesAreLookedUpBeforeRights(Devices):
    """Says 404 for an unknown device to who may not even ask for a known one."""

    def get(self, call: Call) -> Reply:
        self.existing(call.caller.app, call.parameter("device"))
        return super().get(call)


@mutant(breaks="AUT-38")
class DeviceIsRemovedBeforeRightsAreLookedAt(Devices):
    """Unregisters the device and only then asks whether it may."""

    def unregister(self, call: Call) -> Reply:
        call.caller.app.devices.pop(call.parameter("device"), None)
        return super().unregister(call)


@mutant(breaks="AUT-39")
class DeviceIsSavedBeforeRightsAreLookedAt(Devices):
    """Registers the device and only then asks whether it may."""

    def put(self, call: Call) -> Reply:
        self.save(call.caller, call.parameter("device"), call.object_body())
        return super().put(call)


@mutant(breaks="AUT-40")
class ClientsDoNotSubscribeThemselves(Access):
    """Wants push-admin also of a client that subscribes itself."""

    def is_client(self, caller: Caller, client_id: str | None) -> bool:
        return False


@mutant(breaks="AUT-41")
class ClientsSubscribeEachOther(Access):
    """Takes push-subscribe for the right to subscribe any client."""

    def is_client(self, caller: Caller, client_id: str | None) -> bool:
        return client_id is not None


@mutant(breaks="AUT-42")
class SubscribersAdministerPush(Access):
    """Takes push-subscribe for push-admin."""

    def require_push_admin(self, caller: Caller, resource: str = "*") -> None:
        if not self.capabilities.allows_anywhere(caller.capability, "push-subscribe"):
            super().require_push_admin(caller, resource)


@mutant(breaks="AUT-55")
class ClientsDoNotRegisterTheirDevices(Devices):
    """Wants push-admin also of a client that registers its own device."""

    def require_registrar(self, caller: Caller, client_id: Json) -> None:
        self.access.require_push_admin(caller)


@mutant(breaks="AUT-56")
class ClientsRegisterForEachOther(Devices):
    """Registers a device of any client for who has push-subscribe."""

    def require_registrar(self, caller: Caller, client_id: Json) -> None:
        super().require_registrar(caller, None)


@mutant(breaks="AUT-43")
class NamespacesNeedAWildcard(Capabilities):
    """Finds a channel of a namespace by a wildcard only."""

    def covers(self, granted: str, resource: str) -> bool:
        return (":" not in granted or "*" in granted) and super().covers(granted, resource)


@mutant(breaks="AUT-44")
class NamesAreComparedByTheirBeginning(Capabilities):
    """Opens every channel whose name begins like the resource."""

    def covers(self, granted: str, resource: str) -> bool:
        return resource.startswith(granted) or super().covers(granted, resource)


@mutant(breaks="AUT-44")
class ChannelsContainTheirNamespaces(Capabilities):
    """Opens with a channel also those behind its colon."""

    def covers(self, granted: str, resource: str) -> bool:
        return resource.startswith(f"{granted}:") or super().covers(granted, resource)


@mutant(breaks="AUT-45")
class ResourcesHaveNoCase(Capabilities):
    """Compares the names of channels without their case."""

    def covers(self, granted: str, resource: str) -> bool:
        return super().covers(granted.lower(), resource.lower())


@mutant(breaks="AUT-46")
class NamespacesAreOneSegmentDeep(Capabilities):
    """Lets a wildcard at the end stand for one segment."""

    def is_open_end(self, segments: list[str], index: int) -> bool:
        return segments == ["*"]


@mutant(breaks="AUT-47")
class NamespacesAreTheirBeginning(Capabilities):
    """Forgets the colon before a wildcard at the end."""

    def covers(self, granted: str, resource: str) -> bool:
        return (granted.endswith(":*") and resource.startswith(granted[:-2])) or super().covers(granted, resource)


@mutant(breaks="AUT-48")
class WildcardsAreAtTheEndOnly(Capabilities):
    """Takes a wildcard inside of a resource for a character."""

    def meet_segment(self, one: str, other: str) -> str | None:
        return one if one == other else None


@mutant(breaks="AUT-49")
class WildcardsStandForAnything(Capabilities):
    """Lets a wildcard inside of a resource stand for several segments."""

    def covers(self, granted: str, resource: str) -> bool:
        everything = escape(granted).replace(r":\*:", ":.*:")
        return fullmatch(everything, resource) is not None or super().covers(granted, resource)


@mutant(breaks="AUT-49")
class WhatFollowsAWildcardIsOverlooked(Capabilities):
    """Reads a resource up to its first wildcard."""

    def covers(self, granted: str, resource: str) -> bool:
        beginning, wildcard, _ = granted.partition(":*")
        return resource.startswith(f"{beginning}:") if wildcard else super().covers(granted, resource)


@mutant(breaks="AUT-50")
class HalfAWildcardIsOne(Capabilities):
    """Reads `foo*` as everything that begins with foo."""

    def covers(self, granted: str, resource: str) -> bool:
        return (granted.endswith("*") and resource.startswith(granted[:-1])) or super().covers(granted, resource)


@mutant(breaks="AUT-51")
class TheWildcardOpensMetachannels(Capabilities):
    """Reads `*` as every channel of every kind."""

    def covers(self, granted: str, resource: str) -> bool:
        return granted == "*" or super().covers(granted, resource)


@mutant(breaks="AUT-52")
class EveryOperationIsEverywhere(Capabilities):
    """Takes the operation * on one channel for the right to everything."""

    def allows(self, capability: Capability, operation: str, resource: str) -> bool:
        return any("*" in operations for operations in capability.values()) or super().allows(
            capability, operation, resource
        )


@mutant(breaks="AUT-53")
class OperationsOfResourcesMix(Capabilities):
    """Looks for the channel among all resources and for the operation among all operations."""

    def allows(self, capability: Capability, operation: str, resource: str) -> bool:
        is_known = any(self.covers(granted, resource) for granted in capability)
        return is_known and self.allows_anywhere(capability, operation)


@mutant(breaks="AUT-54")
class AnyResourceIsEveryResource(Capabilities):
    """Never compares a resource with the channel."""

    def covers(self, granted: str, resource: str) -> bool:
        return True
