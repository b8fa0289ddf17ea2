"""Mutants of deleting devices and their subscriptions."""

from collections.abc import Mapping
from typing import ClassVar

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.devices import Devices
from conformance.reference.errors import bad_request, not_found
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry
from conformance.reference.state import App, Device
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply


@mutant(breaks="DEV-03")
class UnregisteringDoesNothing(Devices):
    """Answers the deletion of a device with success and keeps the device."""

    def remove(self, app: App, device_id: str) -> None:
        pass


@mutant(breaks="DEV-04")
class UnregisteringAnswersAnObject(Devices):
    """Answers the deletion of a device with 200 and an empty object instead of 204."""

    def unregister(self, call: Call) -> Reply:
        super().unregister(call)
        return Reply(200, {})


@mutant(breaks="DEV-07")
class UnregisterKeepsSubscriptions(Devices):
    """Deletes a device and keeps its subscriptions."""

    def forget_subscriptions(self, app: App, device_id: str) -> None:
        pass


@mutant(breaks="DEV-62")
class UnregisteringTwiceFails(Devices):
    """Answers the deletion of an unknown device with 404 instead of 204."""

    def unregister(self, call: Call) -> Reply:
        self.existing(call.caller.app, call.parameter("device"))
        return super().unregister(call)


@mutant(breaks="DEV-63")
class UnregisteringTakesPrefixes(Devices):
    """Deletes every device whose id begins with the given id."""

    def unregister(self, call: Call) -> Reply:
        app, named = call.caller.app, call.parameter("device")
        for device_id in [each for each in app.devices if each.startswith(named)]:
            self.remove(app, device_id)
        return super().unregister(call)


@mutant(breaks="DEV-64")
class DeviceIdMeansItsClient(Devices):
    """Deletes all devices of the client when one of them is deleted by deviceId."""

    def unregister_where(self, call: Call) -> Reply:
        app = call.caller.app
        named = self.find(app, call.query.get("deviceId", ""))
        reply = super().unregister_where(call)
        for each in list(app.devices.values()):
            if named is not None and each.client_id == named.client_id:
                self.remove(app, each.id)
        return reply


@mutant(breaks="DEV-65")
class OneDeviceOfAClientGoes(Devices):
    """Deletes only the first device of a client when its devices are deleted by clientId."""

    def unregister_where(self, call: Call) -> Reply:
        self.require_one_filter(call.query)
        for _, device in self.matching(call.caller.app, call.query)[:1]:
            self.remove(call.caller.app, device.id)
        return Reply(204)


@mutant(breaks="DEV-66")
class NoMatchIsNotFound(Devices):
    """Answers the deletion of devices by a filter with 404 when no device matches."""

    def unregister_where(self, call: Call) -> Reply:
        if not self.matching(call.caller.app, call.query):
            raise not_found("no device matches")
        return super().unregister_where(call)


@mutant(breaks="DEV-67")
class BothIdsUnregisterEither(Devices):
    """Accepts deviceId together with clientId and deletes devices that match either."""

    def require_one_filter(self, query: Mapping[str, str]) -> None:
        if "deviceId" not in query and "clientId" not in query:
            raise bad_request("a deletion of devices must have deviceId or clientId")


@mutant(breaks="DEV-68")
class FilteredUnregistrationKeepsSubscriptions(Devices):
    """Deletes devices by a filter and keeps their subscriptions."""

    def unregister_where(self, call: Call) -> Reply:
        self.require_one_filter(call.query)
        for _, device in self.matching(call.caller.app, call.query):
            call.caller.app.devices.pop(device.id)
        return Reply(204)


@mutant(breaks="DEV-69")
class SubscriptionsOfTheChannelGo(Subscriptions):
    """Deletes all subscriptions of a device's channels along with the device, even those of others."""

    def forget_device(self, app: App, device_id: str) -> None:
        channels = {item.channel for item in app.subscriptions.values() if item.device_id == device_id}
        for item in [item for item in app.subscriptions.values() if item.channel in channels]:
            self.remove(app, item)


@mutant(breaks="DEV-70")
class ClientGoesWithItsDevices(Devices):
    """Deletes the subscriptions of a client when its devices are deleted."""

    def unregister_where(self, call: Call) -> Reply:
        app, client = call.caller.app, call.query.get("clientId")
        for item in [item for item in app.subscriptions.values() if client and item.client_id == client]:
            self.subscriptions.remove(app, item)
        return super().unregister_where(call)


@mutant(breaks="DEV-71")
class IdsAreUsedOnce(Devices):
    """Rejects the id of a deleted device when it is registered again."""

    used: ClassVar[set[tuple[str, str]]] = set()

    def created(self, caller: Caller, device_id: str, fields: Mapping[str, Json], secret: str | None) -> Device:
        if (caller.app.id, device_id) in self.used:
            raise bad_request("the id was in use")
        self.used.add((caller.app.id, device_id))
        return super().created(caller, device_id, fields, secret)


@mutant(breaks="DEV-72")
class SubscriptionsWaitForTheDevice(Subscriptions):
    """Restores the subscriptions of a deleted device when its id is registered again."""

    def forget_device(self, app: App, device_id: str) -> None:
        pass

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        found = super().matching(app, query)
        return [entry for entry in found if entry[1].device_id is None or entry[1].device_id in app.devices]


@mutant(breaks="DEV-73")
class FormerPushChannelsStay(Subscriptions):
    """Lists every channel that ever had a push subscription."""

    seen: ClassVar[dict[str, list[Entry]]] = {}

    def subscribed_channels(self, app: App) -> list[Entry]:
        known = {name: position for position, name in self.seen.get(app.id, ())}
        known |= {name: position for position, name in super().subscribed_channels(app)}
        self.seen[app.id] = sorted((position, name) for name, position in known.items())
        return self.seen[app.id]
