"""Mutants of rejecting invalid devices, and of the state that a rejected request leaves."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.device_rules import FORM_FACTORS, PLATFORMS, DeviceRules
from conformance.reference.devices import Devices
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Device
from conformance.reference.wire import Json, Reply

Body = Mapping[str, Json]


@mutant(breaks="DEV-06")
class AnyPlatformWillDo(DeviceRules):
    """Accepts any text as the platform of a device."""

    def one_of(self, body: Body, name: str, known: tuple[str, ...]) -> str:
        return str(body[name]) if known is PLATFORMS and body.get(name) else super().one_of(body, name, known)


@mutant(breaks="DEV-45")
class AnyFormFactorWillDo(DeviceRules):
    """Accepts any text as the form factor of a device."""

    def one_of(self, body: Body, name: str, known: tuple[str, ...]) -> str:
        return str(body[name]) if known is FORM_FACTORS and body.get(name) else super().one_of(body, name, known)


@mutant(breaks="DEV-46")
class AnyTransportWillDo(DeviceRules):
    """Accepts any transportType in the recipient of a device."""

    def recipient(self, body: Body) -> Json:
        push = body.get("push")
        recipient = push.get("recipient") if isinstance(push, dict) else None
        return recipient if isinstance(recipient, dict) else super().recipient(body)


@mutant(breaks="DEV-47")
class RecipientMayBeMissing(DeviceRules):
    """Accepts a device without push.recipient."""

    def recipient(self, body: Body) -> Json:
        push = body.get("push")
        return super().recipient(body) if not isinstance(push, dict) or "recipient" in push else {}


@mutant(breaks="DEV-48")
class MissingMembersAreFilledIn(DeviceRules):
    """Fills in default values for required members that a registration lacks."""

    def fields(self, body: Body) -> dict[str, Json]:
        push = {"recipient": {"transportType": "apns"}}
        return super().fields({"platform": "ios", "formFactor": "phone", "push": push, **body})


@mutant(breaks="DEV-49")
class BadPlatformIsABadValue(DeviceRules):
    """Answers an unknown platform or form factor with code 40003 instead of 40000."""

    def one_of(self, body: Body, name: str, known: tuple[str, ...]) -> str:
        if body.get(name) not in known:
            raise bad_request(f"{name} is unknown", 40003)
        return super().one_of(body, name, known)


@mutant(breaks="DEV-50")
class PostNeverFails(Devices):
    """Answers an invalid POST of a device with 201 without registering it."""

    def register(self, call: Call) -> Reply:
        try:
            return super().register(call)
        except Refusal:
            return Reply(201, call.object_body())


@mutant(breaks="DEV-51")
class MetadataAreSavedFirst(Devices):
    """Saves the metadata of a device before validating the rest of the request."""

    def save(self, caller: Caller, device_id: str, body: Body) -> Device:
        known = self.find(caller.app, device_id)
        if known is not None and "metadata" in body:
            fields = {**known.fields, "metadata": body["metadata"]}
            caller.app.devices[device_id] = replace(known, fields=fields)
        return super().save(caller, device_id, body)


@mutant(breaks="DEV-52")
class SecretsMayChange(DeviceRules):
    """Accepts a changed deviceSecret."""

    def require_same_identity(self, body: Body, device: Device) -> None:
        if not self.is_same(body.get("platform"), device.fields["platform"]):
            raise self.immutable("platform")


@mutant(breaks="DEV-53")
class PlatformsMayChange(DeviceRules):
    """Accepts a changed platform."""

    def require_same_identity(self, body: Body, device: Device) -> None:
        super().require_same_identity({**body, "platform": device.fields["platform"]}, device)


@mutant(breaks="DEV-54")
class SentStateIsIgnored(DeviceRules):
    """Ignores a changed push.state instead of rejecting the request."""

    def require_unchanged(self, body: Body, device: Device | None) -> None:
        push = {name: value for name, value in body.get("push", {}).items() if name != "state"}
        super().require_unchanged({**body, "push": push}, device)


@mutant(breaks="DEV-55")
class SentUpdateTokenIsIgnored(DeviceRules):
    """Ignores a changed updateToken instead of rejecting the request."""

    def require_unchanged(self, body: Body, device: Device | None) -> None:
        super().require_unchanged({**body, "updateToken": None}, device)


@mutant(breaks="DEV-56")
class PatchIgnoresWhatIsImmutable(Devices):
    """Ignores the immutable members of a PATCH instead of rejecting it."""

    def require_patch(self, caller: Caller, body: Body, device: Device) -> None:
        changeable = {name: value for name, value in body.items() if name in {"id", "clientId", "metadata", "push"}}
        super().require_patch(caller, changeable, device)


@mutant(breaks="DEV-57")
class PatchIgnoresTheFormFactor(DeviceRules):
    """Ignores the form factor in a PATCH instead of rejecting it."""

    def require_patchable(self, body: Body) -> None:
        super().require_patchable({name: value for name, value in body.items() if name != "formFactor"})


@mutant(breaks="DEV-58")
class PatchedRecipientsAreNotChecked(Devices):
    """Does not validate the recipient of a PATCH."""

    def patched(self, device: Device, body: Body) -> Device:
        return replace(device, fields={**device.fields, **{name: body[name] for name in body if name != "id"}})


@mutant(breaks="DEV-59")
class TwoIdsAreOne(DeviceRules):
    """Ignores an id in the body that differs from the id in the path."""

    def require_same_id(self, body: Body, device_id: str) -> None:
        pass


@mutant(breaks="DEV-60")
class IdsAreMadeUp(DeviceRules):
    """Assigns an id of its own to a device that is registered without one."""

    def id(self, body: Body) -> str:
        return super().id({"id": "made-up", **body})


@mutant(breaks="DEV-61")
class MetadataMayBeAnything(DeviceRules):
    """Accepts metadata that is not an object."""

    def metadata(self, body: Body) -> Json:
        return body.get("metadata")
