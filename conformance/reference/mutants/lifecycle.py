"""Mutants whose fault only a sequence of requests shows: each single answer is correct."""

from collections.abc import Mapping

from conformance.reference.access import Caller
from conformance.reference.devices import Devices
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import Device
from conformance.reference.wire import Json


@mutant(breaks="LIF-01")
class SavingAgainForgetsSubscriptions(Devices):
    """Deletes the subscriptions of a device when it is saved again."""

    def save(self, caller: Caller, device_id: str, body: Mapping[str, Json]) -> Device:
        if device_id in caller.app.devices:
            self.subscriptions.forget_device(caller.app, device_id)
        return super().save(caller, device_id, body)
