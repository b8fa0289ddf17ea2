"""Lies about devices, subscriptions and notifications."""

from conformance.reference.devices import Devices
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App


@mutant(breaks="DEV-07")
class UnregisterKeepsSubscriptions(Devices):
    """Deletes the device and forgets that it was subscribed."""

    def forget_subscriptions(self, app: App, device_id: str) -> None:
        pass
