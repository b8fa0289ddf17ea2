"""Lies about devices, subscriptions and notifications."""

from conformance.reference.devices import Devices
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App, Device, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json


@mutant(breaks="DEV-07")
class UnregisterKeepsSubscriptions(Devices):
    """Deletes the device and forgets that it was subscribed."""

    def forget_subscriptions(self, app: App, device_id: str) -> None:
        pass


@mutant(breaks="DEV-04")
class PatchMergesMetadata(Devices):
    """Merges the metadata of a patch into the known metadata in place of replacing it."""

    def patched(self, device: Device, body: Json) -> Device:
        metadata = body.get("metadata")
        if metadata is not None:
            body = {**body, "metadata": {**device.fields.get("metadata", {}), **metadata}}
        return super().patched(device, body)


@mutant(breaks="SUB-05")
class ClientFilterIsIgnored(Subscriptions):
    """Lists every subscription, whatever clientId the query names."""

    def matches_subscriber(self, item: Subscription, query: Json) -> bool:
        rest = {name: value for name, value in query.items() if name != "clientId"}
        return super().matches_subscriber(item, rest)
