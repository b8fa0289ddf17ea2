"""Mutants of pushes: single members of a push."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from conformance.reference.devices import Devices
from conformance.reference.errors import bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.push_payload import MEMBERS
from conformance.reference.push_publish import PushPublish
from conformance.reference.state import Device
from conformance.reference.wire import Json


@mutant(breaks="PSH-68")
class NotificationsLoseTheirSound(PushDelivery):
    """Delivers a notification with its title and body only."""

    def message(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        notification = payload.get("notification") or {}
        shown = {name: notification[name] for name in ("title", "body") if name in notification}
        return super().message({**payload, "notification": shown} if shown else payload)


@mutant(breaks="PSH-68")
class EmptyTextsOfPushesAreDropped(PushDelivery):
    """Drops empty texts from the data of a push."""

    def message(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        data = payload.get("data") or {}
        return super().message({**payload, **({"data": {n: v for n, v in data.items() if v != ""}} if data else {})})


@mutant(breaks="PSH-69")
class RecipientsMayBeTexts(PushPublish):
    """Takes a recipient that is a text for a clientId."""

    def recipient(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        given = body.get("recipient")
        return super().recipient({"recipient": {"clientId": given} if isinstance(given, str) else given})


@mutant(breaks="PSH-70")
class IdsOfRecipientsMayBeAnything(PushPublish):
    """Accepts a push to a recipient whose ID is no text, and discards it."""

    def require_recipient(self, recipient: Mapping[str, Json]) -> None:
        super().require_recipient(
            {name: value if isinstance(value, str) else "none" for name, value in recipient.items()}
        )


@dataclass(frozen=True, slots=True)
class _SameRecipient(Device):
    """A changed device to which pushes go as before the change."""

    former: Mapping[str, Json] = field(default_factory=dict)

    @property
    def recipient(self) -> Mapping[str, Json]:
        return self.former


@dataclass(frozen=True, slots=True)
class _SameClient(Device):
    """A changed device that is found by its client of before the change."""

    former: str | None = None

    @property
    def client_id(self) -> str | None:
        return self.former


def _values(device: Device) -> dict[str, Json]:
    return {each.name: getattr(device, each.name) for each in fields(device)}


@mutant(breaks="PSH-71")
class PushesGoToTheFormerRecipient(Devices):
    """Pushes to the recipient that a device had before a PATCH changed it."""

    def patched(self, device: Device, body: Mapping[str, Json]) -> Device:
        new = super().patched(device, body)
        return _SameRecipient(**_values(new), former=device.recipient)


@mutant(breaks="PSH-72")
class PushesGoToTheFormerClient(Devices):
    """Finds a device for pushes by the client that it had before a PATCH changed it."""

    def patched(self, device: Device, body: Mapping[str, Json]) -> Device:
        new = super().patched(device, body)
        return _SameClient(**_values(new), former=device.client_id)


@mutant(breaks="PSH-73")
class UnknownMembersOfPushesAreRejected(PushPublish):
    """Rejects a push that has a member without a meaning for this server."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        if body.keys() - {"recipient", "push", *MEMBERS}:
            raise bad_request("unknown member of a push")
        return super().payload(body)


@mutant(breaks="PSH-74")
class NotificationsMayBeTexts(PushPublish):
    """Takes a notification that is a text for its title."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        given = body.get("notification")
        return super().payload({**body, "notification": {"title": given}} if isinstance(given, str) else body)


@mutant(breaks="PSH-75")
class EmptyIdsAreSomebody(PushPublish):
    """Accepts a push to an empty ID, and discards it."""

    def require_recipient(self, recipient: Mapping[str, Json]) -> None:
        super().require_recipient({name: value or "nobody" for name, value in recipient.items()})
