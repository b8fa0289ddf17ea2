"""Validates the payload of a push notification, in `extras.push` and in POST /push/publish."""

from collections.abc import Mapping

from conformance.reference.errors import bad_request
from conformance.reference.wire import Json

TRANSPORTS = ("apns", "fcm", "gcm", "web")
MEMBERS = ("notification", "data", *TRANSPORTS)
NOTIFICATION_TEXTS = ("title", "body", "icon", "sound", "collapseKey")


def require_push_payload(payload: Mapping[str, Json], code: int = 40000) -> None:
    """Raises `code` if a documented member has the wrong type. Unknown members are accepted."""
    for name in ("notification", *TRANSPORTS):
        if payload.get(name) is not None and not isinstance(payload[name], dict):
            raise bad_request(f"{name} of a push payload must be an object", code)
    if payload.get("data") is not None and not isinstance(payload["data"], dict | str):
        raise bad_request("data of a push payload must be an object or a string", code)
    for holder in (payload, *(payload.get(name) or {} for name in TRANSPORTS)):
        require_notification(holder.get("notification"), code)


def require_notification(notification: Json, code: int) -> None:
    if notification is None:
        return
    if not isinstance(notification, dict):
        raise bad_request("a notification must be an object", code)
    for name in NOTIFICATION_TEXTS:
        if notification.get(name) is not None and not isinstance(notification[name], str):
            raise bad_request(f"{name} of a notification must be a string", code)
