"""Mutants of listing devices: filters, pages, and the members of an item."""

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.devices import Devices
from conformance.reference.errors import bad_value
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, PushPaging, Window
from conformance.reference.state import App, Device
from conformance.reference.wire import Json, Reply

Query = Mapping[str, str]


@mutant(breaks="DEV-02")
class DeviceIdsTakePrefixes(Devices):
    """Matches the deviceId filter as a prefix when listing devices."""

    def matches(self, device: Device, query: Query) -> bool:
        wanted = query.get("deviceId")
        return device.id.startswith(wanted) if wanted is not None else super().matches(device, query)


@mutant(breaks="DEV-74")
class DevicesOfClientsTakePrefixes(Devices):
    """Matches the clientId filter as a prefix when listing devices."""

    def matches(self, device: Device, query: Query) -> bool:
        wanted = query.get("clientId")
        return (device.client_id or "").startswith(wanted) if wanted is not None else super().matches(device, query)


@mutant(breaks="DEV-75")
class NobodyMeansEverybody(Devices):
    """Lists all devices when no device matches the filter."""

    def matching(self, app: App, query: Query) -> list[Entry]:
        return super().matching(app, query) or super().matching(app, {})


@mutant(breaks="DEV-76")
class ClientFilterTakesIds(Devices):
    """Matches the clientId filter against device ids too."""

    def matches(self, device: Device, query: Query) -> bool:
        return device.id == query.get("clientId") or super().matches(device, query)


@mutant(breaks="DEV-77")
class PushPagesOverlap(PushPaging):
    """Repeats the last item of a page at the start of the next one in push lists."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        if window.cursor is None or window.limit == 1:
            return super().after_cursor(entries, window)
        return super().after_cursor(entries, replace(window, cursor=window.cursor - 1))


@mutant(breaks="DEV-78")
class PushPagesAreOneTooLong(PushPaging):
    """Returns one item more than the limit allows on each page of a push list."""

    def limit(self, query: Query) -> int:
        return super().limit(query) + 1


@mutant(breaks="DEV-79")
class ThousandDevicesAreTooMany(PushPaging):
    """Rejects a limit of 1000, the largest allowed, on push lists."""

    def largest_limit(self, limit: int) -> int:
        if limit >= 1000:
            raise bad_value("limit is below 1000")
        return limit


@mutant(breaks="DEV-80")
class ZeroIsNoPushLimit(PushPaging):
    """Ignores a limit of 0 on push lists instead of rejecting it."""

    def limit(self, query: Query) -> int:
        return super().limit({name: value for name, value in query.items() if (name, value) != ("limit", "0")})


@mutant(breaks="DEV-81")
class DevicesWithoutClientAreNotListed(Devices):
    """Omits devices without a clientId from the list of devices."""

    def matches(self, device: Device, query: Query) -> bool:
        return super().matches(device, query) and ("deviceId" in query or device.client_id is not None)


@mutant(breaks="DEV-82")
class ListsLeaveMetadataOut(Devices):
    """Omits the metadata of devices from a list."""

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        return replace(reply, body=[without(each, "metadata") for each in reply.body])


@mutant(breaks="DEV-83")
class MsgpackListsLeaveTheClientOut(Devices):
    """Omits the clientId of devices from a list in MessagePack."""

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return replace(reply, body=[without(each, "clientId") for each in reply.body])


@mutant(breaks="DEV-84")
class ListsShowSecrets(Devices):
    """Includes the secrets of devices in a list."""

    def summary(self, device: Device) -> dict[str, Json]:
        secret = {"deviceSecret": device.secret} if device.secret else {}
        return {**super().summary(device), **secret}


@mutant(breaks="DEV-85")
class PushPagesAreTenByDefault(PushPaging):
    """Uses a default limit of 10 instead of 100 for push lists."""

    def limit(self, query: Query) -> int:
        return super().limit({"limit": "10", **query})


def without(body: Json, name: str) -> Json:
    return {each: value for each, value in body.items() if each != name}
