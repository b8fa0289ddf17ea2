"""Mutants of registering push devices and reading them back."""

import json
from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.device_rules import PLATFORMS, DeviceRules
from conformance.reference.devices import Devices
from conformance.reference.errors import bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.state import App, Device
from conformance.reference.wire import Json, Reply

KNOWN_MEMBERS = {"transportType", "deviceToken", "registrationToken", "targetUrl", "publicVapidKey", "encryptionKey"}


def without(body: Json, name: str) -> Json:
    return {each: value for each, value in body.items() if each != name}


@mutant(breaks="DEV-01")
class EveryDeviceIsAPhone(DeviceRules):
    """Saves every device with the form factor phone."""

    def fields(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return {**super().fields(body), "formFactor": "phone"}


@mutant(breaks="DEV-05")
class UnknownDeviceIsABadRequest(Devices):
    """Answers a request for an unknown device with 400 instead of 404."""

    def existing(self, app: App, device_id: str) -> Device:
        device = self.find(app, device_id)
        if device is None:
            raise bad_request(f"no device has the id {device_id}")
        return device


@mutant(breaks="DEV-09")
class PostSavesNothing(Devices):
    """Answers a POST of a device with success and does not save it."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        call.caller.app.devices.pop(reply.body["id"])
        return reply


@mutant(breaks="DEV-10")
class PostAnswersNoMetadata(Devices):
    """Omits the metadata from the answer to a POST of a device."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        return replace(reply, body=without(reply.body, "metadata"))


@mutant(breaks="DEV-11")
class PutAnswersNoClient(Devices):
    """Omits the clientId from the answer to a PUT of a device."""

    def put(self, call: Call) -> Reply:
        reply = super().put(call)
        return replace(reply, body=without(reply.body, "clientId"))


@mutant(breaks="DEV-12")
class PostAnswersNoUpdateToken(Devices):
    """Omits the updateToken from the answer to a POST of a device."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        return replace(reply, body=without(reply.body, "updateToken"))


@mutant(breaks="DEV-13")
class PostAnswersNoIdentityToken(Devices):
    """Omits the deviceIdentityToken from the answer to a POST of a device."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        return replace(reply, body=without(reply.body, "deviceIdentityToken"))


@mutant(breaks="DEV-14")
class NewDevicesAreFailing(DeviceRules):
    """Saves every device with the state FAILING instead of ACTIVE."""

    def fields(self, body: Mapping[str, Json]) -> dict[str, Json]:
        fields = super().fields(body)
        return {**fields, "push": {**fields["push"], "state": "FAILING"}}


@mutant(breaks="DEV-15")
class ListsShowFailedDevices(Devices):
    """Lists every device with the state FAILED."""

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        return replace(reply, body=[{**each, "push": {**each["push"], "state": "FAILED"}} for each in reply.body])


@mutant(breaks="DEV-16")
class SecretsAreNeverShown(Devices):
    """Omits the deviceSecret from every answer that contains a device."""

    def details(self, device: Device) -> dict[str, Json]:
        return self.summary(device)


@mutant(breaks="DEV-17")
class SecretsAreMadeUp(Devices):
    """Adds a secret to a device that was registered without one."""

    def created(self, caller: Caller, device_id: str, fields: Mapping[str, Json], secret: str | None) -> Device:
        return super().created(caller, device_id, fields, secret or "made-up-by-the-server")


@mutant(breaks="DEV-18")
class ClientsReportTheirOwnErrors(DeviceRules):
    """Saves the push.errorReason that a registration sends."""

    def fields(self, body: Mapping[str, Json]) -> dict[str, Json]:
        fields = super().fields(body)
        reason = {name: value for name, value in body["push"].items() if name == "errorReason"}
        return {**fields, "push": {**fields["push"], **reason}}


@mutant(breaks="DEV-19")
class RecipientsKeepKnownMembersOnly(DeviceRules):
    """Drops undocumented members of a recipient."""

    def recipient(self, body: Mapping[str, Json]) -> Json:
        return {name: value for name, value in super().recipient(body).items() if name in KNOWN_MEMBERS}


@mutant(breaks="DEV-20")
class MetadataAreTexts(DeviceRules):
    """Converts every metadata value to a string of JSON."""

    def metadata(self, body: Mapping[str, Json]) -> Json:
        metadata = super().metadata(body)
        return metadata and {name: json.dumps(value) for name, value in metadata.items()}


@mutant(breaks="DEV-21")
class GcmIsForgotten(DeviceRules):
    """Rejects the transport gcm, the former name of fcm."""

    def recipient(self, body: Mapping[str, Json]) -> Json:
        recipient = super().recipient(body)
        if recipient["transportType"] == "gcm":
            raise bad_request("transportType gcm is no longer supported")
        return recipient


@mutant(breaks="DEV-22")
class NothingIsEmbedded(DeviceRules):
    """Rejects the form factor embedded."""

    def one_of(self, body: Mapping[str, Json], name: str, known: tuple[str, ...]) -> str:
        return super().one_of(body, name, tuple(each for each in known if each != "embedded"))


@mutant(breaks="DEV-23")
class MsgpackNumbersPlatforms(Devices):
    """Answers a request in MessagePack with a number in place of the platform."""

    def get(self, call: Call) -> Reply:
        reply = super().get(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return replace(reply, body={**reply.body, "platform": str(PLATFORMS.index(reply.body["platform"]))})


@mutant(breaks="DEV-24")
class MsgpackIsReadFlat(Decoding):
    """Drops members nested more than three levels deep in a MessagePack body."""

    def msgpack(self, body: bytes) -> Json:
        return flat(super().msgpack(body), 3)


def flat(node: Json, levels: int) -> Json:
    if not isinstance(node, dict):
        return node
    if levels == 0:
        return {}
    return {name: flat(value, levels - 1) for name, value in node.items()}


@mutant(breaks="DEV-25")
class SlashesHideDevices(Devices):
    """Does not find a device whose id contains a slash."""

    def find(self, app: App, device_id: str) -> Device | None:
        return None if "/" in device_id else super().find(app, device_id)


@mutant(breaks="GEN-07", seen_by="DEV-02")
class DevicesOfBrowsersAreRefused(DeviceRules):
    """Rejects a device with the transport type web."""

    def recipient(self, body: Mapping[str, Json]) -> Json:
        recipient = super().recipient(body)
        if recipient["transportType"] == "web":
            raise bad_request("web is not a transport type")
        return recipient
