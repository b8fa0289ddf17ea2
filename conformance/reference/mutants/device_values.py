"""Mutants of devices: single values of a registration or of a filter that are read in another way."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from conformance.reference.call import Call
from conformance.reference.device_rules import DeviceRules
from conformance.reference.devices import Devices
from conformance.reference.errors import bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App, Device
from conformance.reference.wire import Json, Reply


@mutant(breaks="DEV-140")
class EmptyMetadataAreDropped(DeviceRules):
    """Drops empty texts from the metadata of a device."""

    def metadata(self, body: Mapping[str, Json]) -> Json:
        metadata = super().metadata(body)
        return {name: value for name, value in metadata.items() if value != ""} if metadata else metadata


@mutant(breaks="DEV-141")
class FormFactorsAreOptional(DeviceRules):
    """Registers a device without a form factor as a phone."""

    def fields(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return super().fields({"formFactor": "phone", **body})


@mutant(breaks="DEV-142")
class PostedMetadataOfAnyType(Devices):
    """Ignores metadata in a POST of a device when they are no object."""

    def register(self, call: Call) -> Reply:
        body = call.object_body()
        understood = {name: body[name] for name in body if name != "metadata" or isinstance(body[name], dict)}
        return super().register(replace(call, read_body=lambda _: understood))


@mutant(breaks="DEV-143")
class IdsMayBeNumbers(DeviceRules):
    """Registers a device whose ID is a number under the text of that number."""

    def id(self, body: Mapping[str, Json]) -> str:
        id_ = body.get("id")
        return super().id({**body, "id": str(id_) if isinstance(id_, int) else id_})


@mutant(breaks="DEV-144")
class PostReplacesTheSecret(Devices):
    """Replaces the deviceSecret of a registered device in a POST."""

    def register(self, call: Call) -> Reply:
        devices, id_ = call.caller.app.devices, call.object_body().get("id")
        if id_ in devices:
            devices[id_] = replace(devices[id_], secret=None)
        return super().register(call)


@mutant(breaks="DEV-145")
class PatchChangesTheDeviceInItsBody(Devices):
    """Changes the device that the body of a PATCH names, instead of the one in the path."""

    def patch(self, call: Call) -> Reply:
        named = call.object_body().get("id") or call.parameter("device")
        return super().patch(replace(call, parameters={"device": quote(named, safe="").encode()}))


@mutant(breaks="DEV-154")
class PatchIgnoresTheId(Devices):
    """Ignores the ID in the body of a PATCH."""

    def patch(self, call: Call) -> Reply:
        body = {name: value for name, value in call.object_body().items() if name != "id"}
        return super().patch(replace(call, read_body=lambda _: body))


@mutant(breaks="DEV-146")
class PatchIgnoresWhatIsNoObject(Devices):
    """Takes the body of a PATCH that is no object for an empty one."""

    def patch(self, call: Call) -> Reply:
        body = call.body()
        return super().patch(replace(call, read_body=lambda _: body if isinstance(body, dict) else {}))


@mutant(breaks="DEV-147")
class DeleteKeepsEncodedIds(Devices):
    """Does not decode the ID in the path of a DELETE."""

    def unregister(self, call: Call) -> Reply:
        return Reply(204) if "%" in quote(call.parameter("device"), safe="") else super().unregister(call)


@mutant(breaks="DEV-148")
class IdsIgnoreTheirCase(Devices):
    """Finds a device by its ID in any letter case."""

    def find(self, app: App, device_id: str) -> Device | None:
        known = {id_.lower(): device for id_, device in app.devices.items()}
        return super().find(app, device_id) or known.get(device_id.lower())


class _EmptyIsAbsent(Devices):
    """Takes an empty filter for an absent one."""

    def without_empty(self, call: Call) -> Call:
        query = {name: text for name, text in call.query.items() if text}
        return replace(call, request=replace(call.request, query=query))


@mutant(breaks="DEV-149")
class EmptyFiltersRemoveEverything(_EmptyIsAbsent):
    """Unregisters all devices when the filter is empty."""

    def unregister_where(self, call: Call) -> Reply:
        return super().unregister_where(self.without_empty(call))

    def require_one_filter(self, query: Mapping[str, str]) -> None:
        if query.keys() & {"deviceId", "clientId"}:
            super().require_one_filter(query)


@mutant(breaks="DEV-150")
class EmptyFiltersListEverything(_EmptyIsAbsent):
    """Lists all devices when the filter is empty."""

    def list_devices(self, call: Call) -> Reply:
        return super().list_devices(self.without_empty(call))


@mutant(breaks="DEV-153")
class UnknownMembersAreRejected(DeviceRules):
    """Rejects a registration that has a member without a meaning for this server."""

    def fields(self, body: Mapping[str, Json]) -> dict[str, Json]:
        if "somethingNew" in body:
            raise bad_request("unknown member somethingNew of a device")
        return super().fields(body)


@mutant(breaks="DEV-155")
class PatchIgnoresMetadataOfAnotherType(Devices):
    """Ignores metadata in a PATCH when they are no object."""

    def patch(self, call: Call) -> Reply:
        body = call.object_body()
        understood = {name: body[name] for name in body if name != "metadata" or isinstance(body[name], dict)}
        return super().patch(replace(call, read_body=lambda _: understood))
