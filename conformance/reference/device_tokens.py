"""The two tokens of a device: its identity token, and the update token for changing its registration."""

from conformance.reference.access import Caller
from conformance.reference.clock import Clock, Names
from conformance.reference.state import App, Capability, Device, Token
from conformance.reference.tokens import Tokens
from conformance.reference.wire import Json

# In milliseconds, as recorded from the service.
LIFE = 365 * 24 * 3_600_000

CAPABILITY: Capability = {"*": ("push-subscribe",)}


class DeviceTokens:
    """Issues both as Ably tokens with a device id, so that they are accepted like any other token."""

    def __init__(self, tokens: Tokens, clock: Clock, names: Names) -> None:
        self.tokens = tokens
        self.clock = clock
        self.names = names

    def identity(self, caller: Caller, device: Device) -> Json:
        """FEAT RSH3b3: the details of a new identity token."""
        text = self.names.token(caller.app.id)
        token = self.issue(caller, text, device.id, device.client_id)
        return {**self.tokens.details(token), "deviceId": device.id}

    def update_token(self, caller: Caller, device_id: str, client_id: str | None) -> str:
        text = self.names.token(caller.app.id)
        self.issue(caller, text, device_id, client_id)
        return text

    def issue(self, caller: Caller, text: str, device_id: str, client_id: str | None) -> Token:
        now = self.clock.now()
        token = Token(text, caller.key, CAPABILITY, now, now + LIFE, client_id, device_id)
        self.tokens.remember(caller.app, token)
        return token

    def forget(self, app: App, text: str) -> None:
        app.tokens.pop(text, None)

    def forget_device(self, app: App, device_id: str) -> None:
        for text in [text for text, token in app.tokens.items() if token.device_id == device_id]:
            self.forget(app, text)
