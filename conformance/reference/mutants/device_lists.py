"""Lies about lists of devices: filters, pages, and what an item shows."""

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
    """Lists every device whose id begins with the one that is asked for."""

    def matches(self, device: Device, query: Query) -> bool:
        wanted = query.get("deviceId")
        return device.id.startswith(wanted) if wanted is not None else super().matches(device, query)


@mutant(breaks="DEV-74")
class DevicesOfClientsTakePrefixes(Devices):
    """Lists every device whose client begins with the one that is asked for."""

    def matches(self, device: Device, query: Query) -> bool:
        wanted = query.get("clientId")
        return (device.client_id or "").startswith(wanted) if wanted is not None else super().matches(device, query)


@mutant(breaks="DEV-75")
class NobodyMeansEverybody(Devices):
    """Lists all devices where the filter matches none."""

    def matching(self, app: App, query: Query) -> list[Entry]:
        return super().matching(app, query) or super().matching(app, {})


@mutant(breaks="DEV-76")
class ClientFilterTakesIds(Devices):
    """Lists by clientId also the device that has this id."""

    def matches(self, device: Device, query: Query) -> bool:
        return device.id == query.get("clientId") or super().matches(device, query)


@mutant(breaks="DEV-77")
class PushPagesOverlap(PushPaging):
    """Begins every page with the last item of the page before."""

    def after_cursor(self, entries: list[Entry], window: Window) -> list[Entry]:
        if window.cursor is None or window.limit == 1:
            return super().after_cursor(entries, window)
        return super().after_cursor(entries, replace(window, cursor=window.cursor - 1))


@mutant(breaks="DEV-78")
class PushPagesAreOneTooLong(PushPaging):
    """Puts one more device on a page than the limit says."""

    def limit(self, query: Query) -> int:
        return super().limit(query) + 1


@mutant(breaks="DEV-79")
class ThousandDevicesAreTooMany(PushPaging):
    """Refuses the largest limit that is allowed."""

    def largest_limit(self, limit: int) -> int:
        if limit >= 1000:
            raise bad_value("limit is below 1000")
        return limit


@mutant(breaks="DEV-80")
class ZeroIsNoPushLimit(PushPaging):
    """Takes the limit 0 for none."""

    def limit(self, query: Query) -> int:
        return super().limit({name: value for name, value in query.items() if (name, value) != ("limit", "0")})


@mutant(breaks="DEV-81")
class DevicesWithoutClientAreNotListed(Devices):
    """Leaves devices without a client out of the list of all devices."""

    def matches(self, device: Device, query: Query) -> bool:
        return super().matches(device, query) and ("deviceId" in query or device.client_id is not None)


@mutant(breaks="DEV-82")
class ListsLeaveMetadataOut(Devices):
    """Lists devices without their metadata."""

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        return replace(reply, body=[without(each, "metadata") for each in reply.body])


@mutant(breaks="DEV-83")
class MsgpackListsLeaveTheClientOut(Devices):
    """Lists devices in MessagePack without their client."""

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        if call.presentation.format is not Format.MSGPACK:
            return reply
        return replace(reply, body=[without(each, "clientId") for each in reply.body])


@mutant(breaks="DEV-84")
class ListsShowSecrets(Devices):
    """Shows the secrets of all devices in a list."""

    def summary(self, device: Device) -> dict[str, Json]:
        secret = {"deviceSecret": device.secret} if device.secret else {}
        return {**super().summary(device), **secret}


@mutant(breaks="DEV-85")
class PushPagesAreTenByDefault(PushPaging):
    """Puts ten devices on a page where no limit is given."""

    def limit(self, query: Query) -> int:
        return super().limit({"limit": "10", **query})


def without(body: Json, name: str) -> Json:
    return {each: value for each, value in body.items() if each != name}
