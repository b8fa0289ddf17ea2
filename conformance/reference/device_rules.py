"""Validates device registrations."""

from collections.abc import Mapping

from conformance.reference.errors import Refusal, bad_request
from conformance.reference.state import Device
from conformance.reference.wire import Json

PLATFORMS = ("ios", "android", "browser")
FORM_FACTORS = ("phone", "tablet", "desktop", "tv", "watch", "car", "embedded", "other")
TRANSPORTS = ("apns", "fcm", "gcm", "web", "ablyChannel")

ACTIVE = "ACTIVE"

LONGEST_ID = 1024


class DeviceRules:
    """Reads a device from a body. Raises the refusals of the service for invalid ones."""

    def id(self, body: Mapping[str, Json]) -> str:
        id_ = body.get("id")
        if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
            raise bad_request(f"the id of a device must be a string of 1 to {LONGEST_ID} characters", 40015)
        return id_

    def fields(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """The members of a complete device, without its secrets."""
        fields = {
            "platform": self.one_of(body, "platform", PLATFORMS),
            "formFactor": self.one_of(body, "formFactor", FORM_FACTORS),
            "clientId": self.client_id(body),
            "metadata": self.metadata(body),
            "push": {"recipient": self.recipient(body), "state": ACTIVE},
        }
        return {name: value for name, value in fields.items() if value is not None}

    def one_of(self, body: Mapping[str, Json], name: str, known: tuple[str, ...]) -> str:
        value = body.get(name)
        if value not in known:
            raise bad_request(f"{name} of a device must be one of {', '.join(known)}")
        return str(value)

    def client_id(self, body: Mapping[str, Json]) -> str | None:
        return self.optional_text(body, "clientId", 40012)

    def secret(self, body: Mapping[str, Json]) -> str | None:
        return self.optional_text(body, "deviceSecret", 40000)

    def optional_text(self, body: Mapping[str, Json], name: str, code: int) -> str | None:
        value = body.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise bad_request(f"{name} of a device must be a string", code)
        return value

    def metadata(self, body: Mapping[str, Json]) -> Json:
        metadata = body.get("metadata")
        if metadata is None:
            return {}
        if not isinstance(metadata, dict):
            raise bad_request("metadata of a device must be an object")
        return metadata

    def recipient(self, body: Mapping[str, Json]) -> Json:
        """The recipient of the device. Unknown members are kept: RB/push_admin reads them back."""
        push = body.get("push")
        recipient = push.get("recipient") if isinstance(push, dict) else None
        if not isinstance(recipient, dict):
            raise bad_request("a device must have a push.recipient")
        if recipient.get("transportType") not in TRANSPORTS:
            raise bad_request(f"transportType must be one of {', '.join(TRANSPORTS)}")
        for name in ("deviceToken", "registrationToken", "targetUrl"):
            if recipient.get(name) is not None and not isinstance(recipient[name], str):
                raise bad_request(f"{name} of a recipient must be a string")
        return {name: value for name, value in recipient.items() if value is not None}

    def require_same_id(self, body: Mapping[str, Json], device_id: str) -> None:
        if body.get("id") is not None and body["id"] != device_id:
            raise bad_request("the id of the device differs from that in the path")

    def require_unchanged(self, body: Mapping[str, Json], device: Device | None) -> None:
        """Rejects changes of members that a client may only send back unchanged."""
        push = body.get("push")
        state = push.get("state") if isinstance(push, dict) else None
        if not self.is_same(state, ACTIVE):
            raise self.immutable("push.state")
        if not self.is_same(body.get("updateToken"), device.update_token if device else None):
            raise self.immutable("updateToken")
        if device is not None:
            self.require_same_identity(body, device)

    def require_same_identity(self, body: Mapping[str, Json], device: Device) -> None:
        # PHP/PushDeviceRegistrations: a changed formFactor is accepted, a changed deviceSecret is rejected.
        if device.secret is not None and not self.is_same(body.get("deviceSecret"), device.secret):
            raise self.immutable("deviceSecret")
        if not self.is_same(body.get("platform"), device.fields["platform"]):
            raise self.immutable("platform")

    def is_same(self, sent: Json, known: Json) -> bool:
        return sent is None or sent == known

    def immutable(self, name: str) -> Refusal:
        return bad_request(f"{name} of a device cannot be changed")

    def require_patchable(self, body: Mapping[str, Json]) -> None:
        unknown = set(body) - {"id", "clientId", "metadata", "push"}
        if unknown:
            raise bad_request(f"a patch of a device cannot change {', '.join(sorted(unknown))}")
        push = body.get("push", {})
        if not isinstance(push, dict) or set(push) - {"recipient", "state", "error"}:
            raise bad_request("a patch of push can change only its recipient")
