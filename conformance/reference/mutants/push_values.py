"""Mutants of pushes: single members of a push."""

from collections.abc import Mapping

from conformance.reference.mutants.mark import mutant
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.push_publish import PushPublish
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
