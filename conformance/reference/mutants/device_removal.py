"""Lies about unregistering devices, and about what goes with them."""

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
    """Answers that a device was unregistered, and keeps it."""

    def remove(self, app: App, device_id: str) -> None:
        pass


@mutant(breaks="DEV-04")
class UnregisteringAnswersAnObject(Devices):
    """Answers 200 with an empty object to an unregistration."""

    def unregister(self, call: Call) -> Reply:
        super().unregister(call)
        return Reply(200, {})


@mutant(breaks="DEV-07")
class UnregisterKeepsSubscriptions(Devices):
    """Deletes the device and forgets that it was subscribed."""

    def forget_subscriptions(self, app: App, device_id: str) -> None:
        pass


@mutant(breaks="DEV-62")
class UnregisteringTwiceFails(Devices):
    """Answers 404 to the unregistration of a device that is gone."""

    def unregister(self, call: Call) -> Reply:
        self.existing(call.caller.app, call.parameter("device"))
        return super().unregister(call)


@mutant(breaks="DEV-63")
class UnregisteringTakesPrefixes(Devices):
    """Unregisters every device whose id begins with the one that is named."""

    def unregister(self, call: Call) -> Reply:
        app, named = call.caller.app, call.parameter("device")
        for device_id in [each for each in app.devices if each.startswith(named)]:
            self.remove(app, device_id)
        return super().unregister(call)


@mutant(breaks="DEV-64")
class DeviceIdMeansItsClient(Devices):
    """Unregisters by deviceId all devices of the client whose device it is."""

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
    """Unregisters by clientId the first device that it finds, and no more."""

    def unregister_where(self, call: Call) -> Reply:
        self.require_one_filter(call.query)
        for _, device in self.matching(call.caller.app, call.query)[:1]:
            self.remove(call.caller.app, device.id)
        return Reply(204)


@mutant(breaks="DEV-66")
class NoMatchIsNotFound(Devices):
    """Answers 404 where no device matches the filter of an unregistration."""

    def unregister_where(self, call: Call) -> Reply:
        if not self.matching(call.caller.app, call.query):
            raise not_found("no device matches")
        return super().unregister_where(call)


@mutant(breaks="DEV-67")
class BothIdsUnregisterEither(Devices):
    """Unregisters by deviceId and clientId at once whatever matches one of them."""

    def require_one_filter(self, query: Mapping[str, str]) -> None:
        if "deviceId" not in query and "clientId" not in query:
            raise bad_request("devices are deleted by deviceId or by clientId")


@mutant(breaks="DEV-68")
class FilteredUnregistrationKeepsSubscriptions(Devices):
    """Unregisters devices by a filter and forgets their subscriptions."""

    def unregister_where(self, call: Call) -> Reply:
        self.require_one_filter(call.query)
        for _, device in self.matching(call.caller.app, call.query):
            call.caller.app.devices.pop(device.id)
        return Reply(204)


@mutant(breaks="DEV-69")
class SubscriptionsOfTheChannelGo(Subscriptions):
    """Takes with a device all subscriptions of the channels that it was subscribed to."""

    def forget_device(self, app: App, device_id: str) -> None:
        channels = {item.channel for item in app.subscriptions.values() if item.device_id == device_id}
        for item in [item for item in app.subscriptions.values() if item.channel in channels]:
            self.remove(app, item)


@mutant(breaks="DEV-70")
class ClientGoesWithItsDevices(Devices):
    """Deletes the subscriptions of a client whose devices are unregistered."""

    def unregister_where(self, call: Call) -> Reply:
        app, client = call.caller.app, call.query.get("clientId")
        for item in [item for item in app.subscriptions.values() if client and item.client_id == client]:
            self.subscriptions.remove(app, item)
        return super().unregister_where(call)


@mutant(breaks="DEV-71")
class IdsAreUsedOnce(Devices):
    """Refuses to register an id that was ever registered before."""

    used: ClassVar[set[tuple[str, str]]] = set()

    def created(self, caller: Caller, device_id: str, fields: Mapping[str, Json], secret: str | None) -> Device:
        if (caller.app.id, device_id) in self.used:
            raise bad_request("the id was in use")
        self.used.add((caller.app.id, device_id))
        return super().created(caller, device_id, fields, secret)


@mutant(breaks="DEV-72")
class SubscriptionsWaitForTheDevice(Subscriptions):
    """Hides the subscriptions of a device while it is not registered, and shows them when it is again."""

    def forget_device(self, app: App, device_id: str) -> None:
        pass

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        found = super().matching(app, query)
        return [entry for entry in found if entry[1].device_id is None or entry[1].device_id in app.devices]


@mutant(breaks="DEV-73")
class FormerPushChannelsStay(Subscriptions):
    """Lists every channel that ever was subscribed to."""

    seen: ClassVar[dict[str, list[Entry]]] = {}

    def subscribed_channels(self, app: App) -> list[Entry]:
        known = {name: position for position, name in self.seen.get(app.id, ())}
        known |= {name: position for position, name in super().subscribed_channels(app)}
        self.seen[app.id] = sorted((position, name) for name, position in known.items())
        return self.seen[app.id]
