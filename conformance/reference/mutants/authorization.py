"""Mutants of authorization: what the capability of a caller allows."""

# ruff: noqa: ARG002  an override often ignores an argument

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
    """Requires the operation presence instead of subscribe to list the members of a channel."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return super().allows(caller, "presence" if operation == "subscribe" else operation, resource)


@mutant(breaks="AUT-31")
class StatusWantsAllChannels(Access):
    """Requires publish in addition to channel-metadata for the status of a channel."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        if operation == "channel-metadata" and not super().allows(caller, "publish", resource):
            return False
        return super().allows(caller, operation, resource)


@mutant(breaks="AUT-32")
class TokensMayDoWhatTheirKeyMay(Credentials):
    """Gives every token the capability of its key, whatever it was issued for."""

    def from_token(self, token: Token) -> Caller:
        return super().from_token(replace(token, capability=token.key.capability))


@mutant(breaks="AUT-32")
class ClaimsOfAJwtAreOverlooked(Jwts):
    """Ignores the capability claimed by a JWT and grants that of its key."""

    def capability(self, claims: Json, key: Key) -> Capability:
        return key.capability


@mutant(breaks="AUT-32")
class DeniedIsForbidden(Access):
    """Answers an operation outside the capability with 403 instead of 401."""

    def denied(self, operation: str, resource: str) -> Exception:
        return Refusal(403, 40300, f"{operation} on {resource} is forbidden")


@mutant(breaks="AUT-32")
class DeniedIsUnauthorized(Access):
    """Answers an operation outside the capability with code 40100 instead of 40160."""

    def denied(self, operation: str, resource: str) -> Exception:
        return Refusal(401, 40100, f"{operation} on {resource} is unauthorized")


@mutant(breaks="AUT-32")
class DeniedIsATokenError(Access):
    """Answers an operation outside the capability with 40140, which makes SDKs renew the token and retry."""

    def denied(self, operation: str, resource: str) -> Exception:
        return Refusal(401, 40140, f"the token does not allow {operation} on {resource}")


@mutant(breaks="AUT-32")
class OperationsOfACapabilityAreOverlooked(Access):
    """Checks only the channels of a capability and ignores the operations."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return any(self.capabilities.covers(granted, resource) for granted in caller.capability)


@mutant(breaks="AUT-32")
class ResourcesOfACapabilityAreOverlooked(Access):
    """Checks only the operations of a capability and ignores the channels."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return self.capabilities.allows_anywhere(caller.capability, operation)


@mutant(breaks="AUT-32")
class StatsAreForEveryToken(Access):
    """Serves statistics to a token without the stats capability."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return operation == "stats" or super().allows(caller, operation, resource)


@mutant(breaks="AUT-32")
class OneChannelIsEnoughToEnumerate(Channels):
    """Lists all channels for a token with channel-metadata on a single channel."""

    def enumerate(self, call: Call) -> Reply:
        capability = {**call.caller.capability, "*": ("channel-metadata",)}
        may = self.access.capabilities.allows_anywhere(call.caller.capability, "channel-metadata")
        return super().enumerate(replace(call, identity=replace(call.caller, capability=capability)) if may else call)


@mutant(breaks="AUT-32")
class PresenceIsForPublishers(Presence):
    """Lists the members of a channel for a token with history instead of subscribe."""

    def members(self, call: Call) -> Reply:
        capability = {**call.caller.capability, "*": ("subscribe",)}
        may = self.access.capabilities.allows_anywhere(call.caller.capability, "history")
        return super().members(replace(call, identity=replace(call.caller, capability=capability)) if may else call)


@mutant(breaks="AUT-32")
class HistoryIsForSubscribers(Messages):
    """Serves the history of any channel to a token without the history capability."""

    def history(self, call: Call) -> Reply:
        capability = {**call.caller.capability, "*": ("history",)}
        return super().history(replace(call, identity=replace(call.caller, capability=capability)))


@mutant(breaks="AUT-33")
class PushAdminIsNotEnough(Access):
    """Requires the operation `*` instead of push-admin."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return super().allows(caller, "*" if operation == "push-admin" else operation, resource)


@mutant(breaks="AUT-34")
class AnybodyAdministersPush(Access):
    """Performs push administration for a token without the push-admin capability."""

    def require_push_admin(self, caller: Caller, resource: str = "*") -> None:
        pass


@mutant(breaks="AUT-34")
class AnybodyIsEveryDevice(Access):
    """Accepts any caller as the device that the request names."""

    def is_device(self, caller: Caller, device_id: str, device: Device | None) -> bool:
        return True


@mutant(breaks="AUT-34")
class PublishersAdministerPush(Access):
    """Accepts publish in place of push-admin."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        may_publish = super().allows(caller, "publish", resource)
        return super().allows(caller, operation, resource) or (operation == "push-admin" and may_publish)


@mutant(breaks="AUT-35")
class KeysForAllWorldsOpenNone(Capabilities):
    """Does not match any channel with the resource `[*]*`."""

    def meet_qualifiers(self, one: str, other: str) -> str | None:
        return one if one == other else None


@mutant(breaks="AUT-36")
class KeysMayDoEverything(Access):
    """Ignores the capability of a key and checks only that of a token."""

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return caller.means is Means.BASIC or super().allows(caller, operation, resource)


@mutant(breaks="AUT-37")
class DevicesAreLookedUpBeforeRights(Devices):
    """Answers 404 for an unknown device before checking the capability."""

    def get(self, call: Call) -> Reply:
        self.existing(call.caller.app, call.parameter("device"))
        return super().get(call)


@mutant(breaks="AUT-38")
class DeviceIsRemovedBeforeRightsAreLookedAt(Devices):
    """Deletes the device before checking the capability."""

    def unregister(self, call: Call) -> Reply:
        call.caller.app.devices.pop(call.parameter("device"), None)
        return super().unregister(call)


@mutant(breaks="AUT-39")
class DeviceIsSavedBeforeRightsAreLookedAt(Devices):
    """Saves the device before checking the capability."""

    def put(self, call: Call) -> Reply:
        self.save(call.caller, call.parameter("device"), call.object_body())
        return super().put(call)


@mutant(breaks="AUT-40")
class ClientsDoNotSubscribeThemselves(Access):
    """Requires push-admin for a client that subscribes itself."""

    def is_client(self, caller: Caller, client_id: str | None) -> bool:
        return False


@mutant(breaks="AUT-41")
class ClientsSubscribeEachOther(Access):
    """Lets a client with push-subscribe subscribe any other client."""

    def is_client(self, caller: Caller, client_id: str | None) -> bool:
        return client_id is not None


@mutant(breaks="AUT-42")
class SubscribersAdministerPush(Access):
    """Accepts push-subscribe in place of push-admin."""

    def require_push_admin(self, caller: Caller, resource: str = "*") -> None:
        if not self.capabilities.allows_anywhere(caller.capability, "push-subscribe"):
            super().require_push_admin(caller, resource)


@mutant(breaks="AUT-55")
class ClientsDoNotRegisterTheirDevices(Devices):
    """Requires push-admin for a client that registers its own device."""

    def require_registrar(self, caller: Caller, client_id: Json) -> None:
        self.access.require_push_admin(caller)


@mutant(breaks="AUT-56")
class ClientsRegisterForEachOther(Devices):
    """Lets a client with push-subscribe register a device for any other client."""

    def require_registrar(self, caller: Caller, client_id: Json) -> None:
        super().require_registrar(caller, None)


@mutant(breaks="AUT-43")
class NamespacesNeedAWildcard(Capabilities):
    """Does not match a channel in a namespace by its exact name."""

    def covers(self, granted: str, resource: str) -> bool:
        return (":" not in granted or "*" in granted) and super().covers(granted, resource)


@mutant(breaks="AUT-44")
class NamesAreComparedByTheirBeginning(Capabilities):
    """Matches a resource as a prefix of channel names."""

    def covers(self, granted: str, resource: str) -> bool:
        return resource.startswith(granted) or super().covers(granted, resource)


@mutant(breaks="AUT-44")
class ChannelsContainTheirNamespaces(Capabilities):
    """Lets the resource `foo` also match channels such as `foo:bar`."""

    def covers(self, granted: str, resource: str) -> bool:
        return resource.startswith(f"{granted}:") or super().covers(granted, resource)


@mutant(breaks="AUT-45")
class ResourcesHaveNoCase(Capabilities):
    """Compares resources with channel names case-insensitively."""

    def covers(self, granted: str, resource: str) -> bool:
        return super().covers(granted.lower(), resource.lower())


@mutant(breaks="AUT-46")
class NamespacesAreOneSegmentDeep(Capabilities):
    """Lets a trailing wildcard match only one segment."""

    def is_open_end(self, segments: list[str], index: int) -> bool:
        return segments == ["*"]


@mutant(breaks="AUT-47")
class NamespacesAreTheirBeginning(Capabilities):
    """Lets the resource `foo:*` match every channel whose name begins with foo."""

    def covers(self, granted: str, resource: str) -> bool:
        return (granted.endswith(":*") and resource.startswith(granted[:-2])) or super().covers(granted, resource)


@mutant(breaks="AUT-48")
class WildcardsAreAtTheEndOnly(Capabilities):
    """Treats a wildcard inside a resource as a literal character."""

    def meet_segment(self, one: str, other: str) -> str | None:
        return one if one == other else None


@mutant(breaks="AUT-49")
class WildcardsStandForAnything(Capabilities):
    """Lets a wildcard inside a resource match several segments."""

    def covers(self, granted: str, resource: str) -> bool:
        everything = escape(granted).replace(r":\*:", ":.*:")
        return fullmatch(everything, resource) is not None or super().covers(granted, resource)


@mutant(breaks="AUT-49")
class WhatFollowsAWildcardIsOverlooked(Capabilities):
    """Ignores the part of a resource after its first wildcard."""

    def covers(self, granted: str, resource: str) -> bool:
        beginning, wildcard, _ = granted.partition(":*")
        return resource.startswith(f"{beginning}:") if wildcard else super().covers(granted, resource)


@mutant(breaks="AUT-50")
class HalfAWildcardIsOne(Capabilities):
    """Lets the resource `foo*` match every channel whose name begins with foo."""

    def covers(self, granted: str, resource: str) -> bool:
        return (granted.endswith("*") and resource.startswith(granted[:-1])) or super().covers(granted, resource)


@mutant(breaks="AUT-51")
class TheWildcardOpensMetachannels(Capabilities):
    """Lets the resource `*` match metachannels and queues too."""

    def covers(self, granted: str, resource: str) -> bool:
        return granted == "*" or super().covers(granted, resource)


@mutant(breaks="AUT-52")
class EveryOperationIsEverywhere(Capabilities):
    """Extends the operation `*` granted on one channel to all operations on all channels."""

    def allows(self, capability: Capability, operation: str, resource: str) -> bool:
        return any("*" in operations for operations in capability.values()) or super().allows(
            capability, operation, resource
        )


@mutant(breaks="AUT-53")
class OperationsOfResourcesMix(Capabilities):
    """Combines the channel of one entry of a capability with the operations of another."""

    def allows(self, capability: Capability, operation: str, resource: str) -> bool:
        is_known = any(self.covers(granted, resource) for granted in capability)
        return is_known and self.allows_anywhere(capability, operation)


@mutant(breaks="AUT-54")
class AnyResourceIsEveryResource(Capabilities):
    """Lets every resource of a capability match every channel."""

    def covers(self, granted: str, resource: str) -> bool:
        return True
