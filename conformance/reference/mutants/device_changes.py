"""Mutants of changing devices with PUT, POST and PATCH, and of resetting update tokens."""

# ruff: noqa: ARG002  an override often ignores an argument

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Access, Caller
from conformance.reference.call import Call
from conformance.reference.credentials import Credentials
from conformance.reference.decoding import Decoding
from conformance.reference.device_rules import DeviceRules
from conformance.reference.devices import Devices
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App, Device
from conformance.reference.wire import Json, Reply, Request

Fields = Mapping[str, Json]


def with_recipient(fields: Fields, recipient: Json) -> Json:
    return {**fields, "push": {**fields["push"], "recipient": recipient}}


@mutant(breaks="DEV-08")
class PutMergesMetadata(Devices):
    """Merges the metadata of a PUT into the existing metadata instead of replacing it."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        metadata = {**known.fields.get("metadata", {}), **fields.get("metadata", {})}
        return super().replaced(known, {**fields, "metadata": metadata}, secret)


@mutant(breaks="DEV-26")
class PutKeepsTheClient(Devices):
    """Keeps the clientId of a device when a PUT sends another one."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        return super().replaced(known, {**fields, "clientId": known.client_id or fields.get("clientId")}, secret)


@mutant(breaks="DEV-27")
class PutMergesRecipients(Devices):
    """Merges the recipient of a PUT into the existing one instead of replacing it."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        merged = {**known.recipient, **fields["push"]["recipient"]}
        return super().replaced(known, with_recipient(fields, merged), secret)


@mutant(breaks="DEV-28")
class PutKeepsWhatIsNotSent(Devices):
    """Keeps the members of a device that a PUT does not send."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        return super().replaced(known, {**known.fields, **fields}, secret)


@mutant(breaks="DEV-29")
class PutOnlyCreates(Devices):
    """Rejects a PUT of a device that is already registered."""

    def replaced(self, known: Device, fields: Fields, secret: str | None) -> Device:
        raise bad_request("the device is registered already")


@mutant(breaks="DEV-30")
class StateMayNotBeSent(DeviceRules):
    """Rejects push.state in a device, even when it equals the current state."""

    def require_unchanged(self, body: Fields, device: Device | None) -> None:
        if "state" in body.get("push", {}):
            raise self.immutable("push.state")
        super().require_unchanged(body, device)


@mutant(breaks="DEV-31")
class FormFactorIsFixed(DeviceRules):
    """Rejects a PUT that changes the form factor of a device."""

    def require_same_identity(self, body: Fields, device: Device) -> None:
        super().require_same_identity(body, device)
        if not self.is_same(body.get("formFactor"), device.fields["formFactor"]):
            raise self.immutable("formFactor")


@mutant(breaks="DEV-32")
class PostOnlyCreates(Devices):
    """Rejects a POST of a device that is already registered."""

    def require_owner(self, caller: Caller, device_id: str) -> None:
        if self.find(caller.app, device_id) is not None:
            raise bad_request("the device is registered already")


@mutant(breaks="DEV-33")
class PatchMergesMetadata(Devices):
    """Merges the metadata of a PATCH into the existing metadata instead of replacing it."""

    def patched(self, device: Device, body: Fields) -> Device:
        metadata = body.get("metadata")
        if metadata is not None:
            body = {**body, "metadata": {**device.fields.get("metadata", {}), **metadata}}
        return super().patched(device, body)


@mutant(breaks="DEV-34")
class PatchDropsTheClient(Devices):
    """Removes the clientId of a device when a PATCH does not send one."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {"clientId": None, **body})


@mutant(breaks="DEV-35")
class PatchMergesRecipients(Devices):
    """Merges the recipient of a PATCH into the existing one instead of replacing it."""

    def patched(self, device: Device, body: Fields) -> Device:
        patched = super().patched(device, body)
        return replace(patched, fields=with_recipient(patched.fields, {**device.recipient, **patched.recipient}))


@mutant(breaks="DEV-36")
class NewRecipientForgetsMetadata(Devices):
    """Removes the metadata of a device when a PATCH changes its recipient."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {"metadata": None, **body} if "push" in body else body)


@mutant(breaks="DEV-37")
class PatchIgnoresTheClient(Devices):
    """Answers a PATCH of the clientId with success and does not change it."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {name: value for name, value in body.items() if name != "clientId"})


@mutant(breaks="DEV-38")
class PatchAnswersTheOldDevice(Devices):
    """Answers a PATCH with the device as it was before the change."""

    def patch(self, call: Call) -> Reply:
        before = self.find(call.caller.app, call.parameter("device"))
        reply = super().patch(call)
        return replace(reply, body=self.details(before)) if before else reply


@mutant(breaks="DEV-39")
class EmptyMetadataAreNoMetadata(Devices):
    """Ignores empty metadata in a PATCH instead of replacing the existing metadata."""

    def patched(self, device: Device, body: Fields) -> Device:
        return super().patched(device, {name: value for name, value in body.items() if value})


@mutant(breaks="DEV-40")
class MsgpackEndsAfterOneMember(Decoding):
    """Reads only the first member of an object in a MessagePack body."""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return dict(list(tree.items())[:1]) if isinstance(tree, dict) else tree


@mutant(breaks="DEV-41")
class PatchReachesTheWholeClient(Devices):
    """Applies a PATCH to every device of the same client."""

    def patch(self, call: Call) -> Reply:
        reply = super().patch(call)
        devices = call.caller.app.devices
        for each in list(devices.values()):
            if each.client_id == reply.body.get("clientId"):
                devices[each.id] = self.patched(each, call.object_body())
        return reply


@mutant(breaks="DEV-42")
class PatchRegisters(Devices):
    """Registers an unknown device on PATCH instead of answering 404."""

    def patch(self, call: Call) -> Reply:
        device_id = call.parameter("device")
        if self.find(call.caller.app, device_id) is None:
            self.save(call.caller, device_id, {"platform": "ios", "formFactor": "phone", **call.object_body()})
        return super().patch(call)


@mutant(breaks="DEV-43")
class PatchOfNothingIsABadRequest(Devices):
    """Answers a PATCH of an unknown device with 400 instead of 404."""

    def patch(self, call: Call) -> Reply:
        if self.find(call.caller.app, call.parameter("device")) is None:
            raise bad_request("no such device")
        return super().patch(call)


@mutant(breaks="DEV-44")
class PatchMayNotNameTheId(DeviceRules):
    """Rejects a PATCH that contains the id of the device."""

    def require_patchable(self, body: Fields) -> None:
        super().require_patchable(body)
        if "id" in body:
            raise self.immutable("id")


@mutant(breaks="DEV-86")
class ResetKeepsTheToken(Devices):
    """Keeps the existing update token of a device on a reset."""

    def with_new_update_token(self, caller: Caller, device: Device) -> Device:
        return device


@mutant(breaks="DEV-87")
class ResetForgetsMetadata(Devices):
    """Removes the metadata of a device on a reset of its update token."""

    def with_new_update_token(self, caller: Caller, device: Device) -> Device:
        renewed = super().with_new_update_token(caller, device)
        return replace(renewed, fields={name: value for name, value in renewed.fields.items() if name != "metadata"})


@mutant(breaks="DEV-88")
class ResetIsNotKept(Devices):
    """Answers a reset with a new update token and does not save it."""

    def reset_update_token(self, call: Call) -> Reply:
        devices, device_id = call.caller.app.devices, call.parameter("device")
        before = devices.get(device_id)
        reply = super().reset_update_token(call)
        devices[device_id] = before or devices[device_id]
        return reply


@mutant(breaks="DEV-89")
class ResetOfNothingSucceeds(Devices):
    """Answers a reset of the update token of an unknown device with success."""

    def reset_update_token(self, call: Call) -> Reply:
        if self.find(call.caller.app, call.parameter("device")) is None:
            return Reply(200, {})
        return super().reset_update_token(call)


@mutant(breaks="DEV-90")
class ResetOfNothingIsABadRequest(Devices):
    """Answers a reset of the update token of an unknown device with 400 instead of 404."""

    def reset_update_token(self, call: Call) -> Reply:
        if self.find(call.caller.app, call.parameter("device")) is None:
            raise bad_request("no such device")
        return super().reset_update_token(call)


@mutant(breaks="DEV-91")
class ResetReachesTheWholeClient(Devices):
    """Resets the update token of every device of the same client."""

    def reset_update_token(self, call: Call) -> Reply:
        reply = super().reset_update_token(call)
        devices = call.caller.app.devices
        for each in list(devices.values()):
            if each.client_id == reply.body.get("clientId") and each.id != reply.body["id"]:
                devices[each.id] = self.with_new_update_token(call.caller, each)
        return reply


@mutant(breaks="DEV-92")
class IdentityTokensAreUnknown(Credentials):
    """Rejects every X-Ably-DeviceToken, also an identity token that it issued."""

    def device_of(self, app: App, text: str) -> str:
        raise self.no_identity_token()


@mutant(breaks="DEV-93")
class DevicesHaveNoRights(Access):
    """Does not allow a device to change itself."""

    def is_device(self, caller: Caller, device_id: str, device: Device | None) -> bool:
        return False


@mutant(breaks="DEV-94")
class AnyDeviceMayChangeAny(Access):
    """Allows a device to change any device of the application."""

    def is_device(self, caller: Caller, device_id: str, device: Device | None) -> bool:
        return caller.device_id is not None or super().is_device(caller, device_id, device)


@mutant(breaks="DEV-95")
class IdentityTokensAreNotVerified(Credentials):
    """Takes an X-Ably-DeviceToken that it did not issue for that of the device in the path."""

    def with_device(self, caller: Caller, request: Request) -> Caller:
        try:
            return super().with_device(caller, request)
        except Refusal:
            return replace(caller, device_id=request.path.rpartition(b"/")[2].decode())


@mutant(breaks="DEV-96")
class InvalidIdentityTokensAreIgnored(Credentials):
    """Ignores an X-Ably-DeviceToken that it did not issue."""

    def with_device(self, caller: Caller, request: Request) -> Caller:
        try:
            return super().with_device(caller, request)
        except Refusal:
            return caller
