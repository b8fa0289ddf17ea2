"""Lies about changing devices, as a whole or in part, and about their update tokens."""

# ruff: noqa: ARG002  a lie often ignores what it is told

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.device_rules import DeviceRules
from conformance.reference.devices import Devices
from conformance.reference.errors import bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Device
from conformance.reference.wire import Json, Reply

Fields = Mapping[str, Json]


def with_recipient(fields: Fields, recipient: Json) -> Json:
    return {**fields, "push": {**fields["push"], "recipient": recipient}}


@mutant(breaks="DEV-08")
class PutMergesMetadata(Devices):
    """Merges the metadata of a device that is saved again into those that are known."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        metadata = {**known.fields.get("metadata", {}), **fields.get("metadata", {})}
        return super().replaced(known, {**fields, "metadata": metadata}, secret)


@mutant(breaks="DEV-26")
class PutKeepsTheClient(Devices):
    """Keeps the client of a device that is saved again with another."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        return super().replaced(known, {**fields, "clientId": known.client_id or fields.get("clientId")}, secret)


@mutant(breaks="DEV-27")
class PutMergesRecipients(Devices):
    """Leaves the old address of a recipient beside the new one."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        merged = {**known.recipient, **fields["push"]["recipient"]}
        return super().replaced(known, with_recipient(fields, merged), secret)


@mutant(breaks="DEV-28")
class PutKeepsWhatIsNotSent(Devices):
    """Keeps the members of a device that are not sent when it is saved again."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        return super().replaced(known, {**known.fields, **fields}, secret)


@mutant(breaks="DEV-29")
class PutOnlyCreates(Devices):
    """Refuses to save a device that is registered."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        raise bad_request("the device is registered already")


@mutant(breaks="DEV-30")
class StateMayNotBeSent(DeviceRules):
    """Refuses the state of a device even where it is the one that the device has."""

    def require_unchanged(self, body: Fields, device: Device | None) -> None:
        if "state" in body.get("push", {}):
            raise self.immutable("push.state")
        super().require_unchanged(body, device)


@mutant(breaks="DEV-31")
class FormFactorIsFixed(DeviceRules):
    """Refuses to save a phone again as a tablet."""

    def require_same_identity(self, body: Fields, device: Device) -> None:
        super().require_same_identity(body, device)
        if not self.is_same(body.get("formFactor"), device.fields["formFactor"]):
            raise self.immutable("formFactor")


@mutant(breaks="DEV-32")
class PostOnlyCreates(Devices):
    """Refuses to register with POST a device that is registered."""

    def require_owner(self, caller: Caller, device_id: str) -> None:
        if self.find(caller.app, device_id) is not None:
            raise bad_request("the device is registered already")


@mutant(breaks="DEV-33")
class PatchMergesMetadata(Devices):
    """Merges the metadata of a patch into the known metadata in place of replacing it."""

    def patched(self, device: Device, body: Fields) -> Device:
        metadata = body.get("metadata")
        if metadata is not None:
            body = {**body, "metadata": {**device.fields.get("metadata", {}), **metadata}}
        return super().patched(device, body)


@mutant(breaks="DEV-34")
class PatchDropsTheClient(Devices):
    """Takes a client that a patch does not name for one that is to be removed."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {"clientId": None, **body})


@mutant(breaks="DEV-35")
class PatchMergesRecipients(Devices):
    """Merges the recipient of a patch into the known one."""

    def patched(self, device: Device, body: Fields) -> Device:
        patched = super().patched(device, body)
        return replace(patched, fields=with_recipient(patched.fields, {**device.recipient, **patched.recipient}))


@mutant(breaks="DEV-36")
class NewRecipientForgetsMetadata(Devices):
    """Forgets the metadata of a device whose recipient is patched."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {"metadata": None, **body} if "push" in body else body)


@mutant(breaks="DEV-37")
class PatchIgnoresTheClient(Devices):
    """Answers a patch of the client with success and leaves it."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {name: value for name, value in body.items() if name != "clientId"})


@mutant(breaks="DEV-38")
class PatchAnswersTheOldDevice(Devices):
    """Answers a patch with the device as it was before."""

    def patch(self, call: Call) -> Reply:
        before = self.find(call.caller.app, call.parameter("device"))
        reply = super().patch(call)
        return replace(reply, body=self.details(before)) if before else reply


@mutant(breaks="DEV-39")
class EmptyMetadataAreNoMetadata(Devices):
    """Ignores empty metadata in a patch, taking them for none."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {name: value for name, value in body.items() if value})


@mutant(breaks="DEV-40")
class MsgpackEndsAfterOneMember(Decoding):
    """Reads the first member of an object in MessagePack and leaves the others."""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return dict(list(tree.items())[:1]) if isinstance(tree, dict) else tree


@mutant(breaks="DEV-41")
class PatchReachesTheWholeClient(Devices):
    """Applies a patch to every device of the client."""

    def patch(self, call: Call) -> Reply:
        reply = super().patch(call)
        devices = call.caller.app.devices
        for each in list(devices.values()):
            if each.client_id == reply.body.get("clientId"):
                devices[each.id] = self.patched(each, call.object_body())
        return reply


@mutant(breaks="DEV-42")
class PatchRegisters(Devices):
    """Registers a device that is patched and not there."""

    def patch(self, call: Call) -> Reply:
        device_id = call.parameter("device")
        if self.find(call.caller.app, device_id) is None:
            self.save(call.caller, device_id, {"platform": "ios", "formFactor": "phone", **call.object_body()})
        return super().patch(call)


@mutant(breaks="DEV-43")
class PatchOfNothingIsABadRequest(Devices):
    """Answers 400 to a patch of a device that is not there."""

    def patch(self, call: Call) -> Reply:
        if self.find(call.caller.app, call.parameter("device")) is None:
            raise bad_request("no such device")
        return super().patch(call)


@mutant(breaks="DEV-44")
class PatchMayNotNameTheId(DeviceRules):
    """Refuses a patch that names the id of its device."""

    def require_patchable(self, body: Fields) -> None:
        super().require_patchable(body)
        if "id" in body:
            raise self.immutable("id")


@mutant(breaks="DEV-86")
class ResetKeepsTheToken(Devices):
    """Answers a reset with the update token that the device had."""

    def with_new_update_token(self, caller: Caller, device: Device) -> Device:
        return device


@mutant(breaks="DEV-87")
class ResetForgetsMetadata(Devices):
    """Forgets the metadata of a device whose update token is reset."""

    def with_new_update_token(self, caller: Caller, device: Device) -> Device:
        renewed = super().with_new_update_token(caller, device)
        return replace(renewed, fields={name: value for name, value in renewed.fields.items() if name != "metadata"})


@mutant(breaks="DEV-88")
class ResetIsNotKept(Devices):
    """Answers a new update token and does not save it."""

    def reset_update_token(self, call: Call) -> Reply:
        devices, device_id = call.caller.app.devices, call.parameter("device")
        before = devices.get(device_id)
        reply = super().reset_update_token(call)
        devices[device_id] = before or devices[device_id]
        return reply


@mutant(breaks="DEV-89")
class ResetOfNothingSucceeds(Devices):
    """Answers a reset with success although there is no such device."""

    def reset_update_token(self, call: Call) -> Reply:
        if self.find(call.caller.app, call.parameter("device")) is None:
            return Reply(200, {})
        return super().reset_update_token(call)


@mutant(breaks="DEV-90")
class ResetOfNothingIsABadRequest(Devices):
    """Answers 400 to a reset for a device that is not there."""

    def reset_update_token(self, call: Call) -> Reply:
        if self.find(call.caller.app, call.parameter("device")) is None:
            raise bad_request("no such device")
        return super().reset_update_token(call)


@mutant(breaks="DEV-91")
class ResetReachesTheWholeClient(Devices):
    """Resets the update tokens of all devices of the client."""

    def reset_update_token(self, call: Call) -> Reply:
        reply = super().reset_update_token(call)
        devices = call.caller.app.devices
        for each in list(devices.values()):
            if each.client_id == reply.body.get("clientId") and each.id != reply.body["id"]:
                devices[each.id] = self.with_new_update_token(call.caller, each)
        return reply
