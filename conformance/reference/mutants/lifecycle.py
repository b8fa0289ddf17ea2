"""Lies that only a sequence shows: every step by itself is answered as it has to be."""

from collections.abc import Mapping

from conformance.reference.access import Caller
from conformance.reference.devices import Devices
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Device
from conformance.reference.wire import Json


@mutant(breaks="LIF-01")
class SavingAgainForgetsSubscriptions(Devices):
    """Takes a device that is saved again for a new one, and drops the subscriptions that it had."""

    def save(self, caller: Caller, device_id: str, body: Mapping[str, Json]) -> Device:
        if device_id in caller.app.devices:
            self.subscriptions.forget_device(caller.app, device_id)
        return super().save(caller, device_id, body)
