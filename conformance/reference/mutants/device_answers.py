"""Mutants of devices: responses and lists that show what was before the last change, or what belongs to another."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.device_tokens import DeviceTokens
from conformance.reference.devices import Devices
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry
from conformance.reference.state import App, Device
from conformance.reference.wire import Json, Reply


class _Remembers(Devices):
    """Remembers each device as it was registered first, and the unregistered ones."""

    first: Mapping[tuple[str, str], Device]

    def save(self, caller: Caller, device_id: str, body: Mapping[str, Json]) -> Device:
        device = super().save(caller, device_id, body)
        self.first = {(caller.app.id, device_id): device, **getattr(self, "first", {})}
        return device

    def original(self, app: App, device_id: str) -> Device | None:
        return getattr(self, "first", {}).get((app.id, device_id))


@mutant(breaks="DEV-131")
class PutAnswersTheFirstDevice(_Remembers):
    """Responds to a second PUT with the device of the first one."""

    def put(self, call: Call) -> Reply:
        reply = super().put(call)
        device = self.original(call.caller.app, call.parameter("device"))
        return replace(reply, body=self.details(device)) if device else reply


@mutant(breaks="DEV-132")
class PatchAnswersTheFormerRecipient(Devices):
    """Responds to a PATCH with the push recipient of before."""

    def patch(self, call: Call) -> Reply:
        before = self.existing(call.caller.app, call.parameter("device"))
        reply = super().patch(call)
        return replace(reply, body={**reply.body, "push": before.fields["push"]})


@mutant(breaks="DEV-133")
class PostAnswersTheFirstDevice(_Remembers):
    """Responds to a second POST with the device of the first registration."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        device = self.original(call.caller.app, call.object_body()["id"])
        return replace(reply, body={**reply.body, **self.details(device)}) if device else reply


@mutant(breaks="DEV-134")
class ListsShowTheFirstRecipient(_Remembers):
    """Lists a device with the push recipient of its first registration."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        return [(position, self.aged(app, device)) for position, device in super().matching(app, query)]

    def aged(self, app: App, device: Device) -> Device:
        first = self.original(app, device.id) or device
        return replace(device, fields={**device.fields, "push": first.fields["push"]})


@mutant(breaks="DEV-135")
class ListsShowTheFirstFormFactor(_Remembers):
    """Lists a device with the form factor of its first registration."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        return [(position, self.aged(app, device)) for position, device in super().matching(app, query)]

    def aged(self, app: App, device: Device) -> Device:
        first = self.original(app, device.id) or device
        return replace(device, fields={**device.fields, "formFactor": first.fields["formFactor"]})


@mutant(breaks="DEV-136")
class ListsShowUnregisteredDevices(_Remembers):
    """Keeps an unregistered device in the lists by deviceId and clientId."""

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        app = call.caller.app
        gone = [each for (id_, _), each in getattr(self, "first", {}).items() if id_ == app.id]
        left = [each for each in gone if each.id not in app.devices and call.query and self.matches(each, call.query)]
        return replace(reply, body=[*reply.body, *map(self.summary, left)])


@mutant(breaks="DEV-137")
class ChangedDevicesFail(Devices):
    """Gives a device the state FAILING when its registration is changed with PATCH."""

    def patched(self, device: Device, body: Mapping[str, Json]) -> Device:
        patched = super().patched(device, body)
        return replace(patched, fields={**patched.fields, "push": {**patched.fields["push"], "state": "FAILING"}})


@mutant(breaks="DEV-138")
class OneUpdateTokenForAll(DeviceTokens):
    """Gives all devices the same updateToken."""

    def update_token(self, caller: Caller, device_id: str, client_id: str | None) -> str:
        super().update_token(caller, device_id, client_id)
        return f"{caller.app.id}.update"


@mutant(breaks="DEV-139")
class IdentityTokensOfAnother(DeviceTokens):
    """Names another device in the deviceIdentityToken."""

    def identity(self, caller: Caller, device: Device) -> Json:
        details = super().identity(caller, device)
        return {**details, "deviceId": "another"} if isinstance(details, dict) else details


@mutant(breaks="DEV-152")
class ResetAnswersTheFirstDevice(_Remembers):
    """Responds to a reset with the members that the device was registered with first."""

    def reset_update_token(self, call: Call) -> Reply:
        reply = super().reset_update_token(call)
        device = self.original(call.caller.app, call.parameter("device"))
        return replace(reply, body={**reply.body, **device.fields}) if device else reply
