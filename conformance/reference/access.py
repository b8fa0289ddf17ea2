"""The caller of a request, and the checks of its capability."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest

from conformance.reference.capability import Capabilities
from conformance.reference.errors import unauthorized
from conformance.reference.state import App, Capability, Device, Key
from conformance.reference.wire import Request

WILDCARD_CLIENT = "*"


class Means(Enum):
    BASIC = "basic"
    TOKEN = "token"  # noqa: S105  a name, not a secret


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of a request."""

    app: App
    key: Key
    capability: Capability
    means: Means
    client_id: str | None = None
    device_id: str | None = None
    device_secret: str | None = None


class Access:
    """Checks the capability of a caller. All such checks use this class."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities

    def require(self, caller: Caller, operation: str, resource: str) -> None:
        if not self.allows(caller, operation, resource):
            raise self.denied(operation, resource)

    def allows(self, caller: Caller, operation: str, resource: str) -> bool:
        return self.capabilities.allows(caller.capability, operation, resource)

    def denied(self, operation: str, resource: str) -> Exception:
        # 401, not 403. Codes 40140 to 40149 would make an SDK renew its token and retry.
        return unauthorized(40160, f"the capability does not allow {operation} on {resource}")

    def require_push_admin(self, caller: Caller, resource: str = "*") -> None:
        self.require(caller, "push-admin", resource)

    def require_device(self, caller: Caller, device_id: str, device: Device | None) -> None:
        """Requires push-admin, or that the caller is the device itself."""
        if not self.allows(caller, "push-admin", "*") and not self.is_device(caller, device_id, device):
            raise self.denied("push-admin", "*")

    def is_device(self, caller: Caller, device_id: str, device: Device | None) -> bool:
        if not self.capabilities.allows_anywhere(caller.capability, "push-subscribe"):
            return False
        return caller.device_id == device_id or self.knows_secret(caller, device)

    def knows_secret(self, caller: Caller, device: Device | None) -> bool:
        if caller.device_secret is None or device is None or device.secret is None:
            return False
        return compare_digest(caller.device_secret.encode(), device.secret.encode())

    def is_client(self, caller: Caller, client_id: str | None) -> bool:
        """Whether the caller is this client: an identified client may manage its own push subscriptions."""
        return client_id is not None and caller.client_id in {client_id, WILDCARD_CLIENT}


def decode_base64(text: str) -> str | None:
    """The decoded text, or None. Strict, so that a raw token is not taken for an encoded one."""
    try:
        return b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def device_secret(request: Request) -> str | None:
    secret = request.header(b"x-ably-devicesecret")
    return secret or None
