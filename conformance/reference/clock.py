"""The server's time and its random names: the two things that a test cannot foresee."""

import secrets
import string
import time

# Six of these make an app or key id: URL-safe, and nothing that must be quoted anywhere.
ALPHABET = string.ascii_letters + string.digits


MILLISECOND = 0.001


class Clock:
    """Milliseconds since the epoch, never running backwards."""

    def __init__(self) -> None:
        self.last = 0
        self.told = 0
        self.stamped = 0

    def now(self) -> int:
        self.last = max(self.last, self.read())
        return self.last

    def read(self) -> int:
        return time.time_ns() // 1_000_000

    def tell(self) -> int:
        """The time for a client: later than that of all messages so far."""
        self.told = self.after(self.stamped)
        return self.told

    def stamp(self) -> int:
        """The time of a message: later than all that clients were told so far."""
        self.stamped = self.after(self.told)
        return self.stamped

    def after(self, instant: int) -> int:
        # PY/restchannelhistory asks for the time between two publishes, and takes it for both bounds, which are
        # inclusive: over loopback all three would often share a millisecond.
        if self.now() <= instant:
            time.sleep(MILLISECOND)
        self.last = max(self.now(), instant + 1)
        return self.last


class Names:
    def app_id(self) -> str:
        return self.random(6)

    def key_id(self) -> str:
        return self.random(6)

    def secret(self) -> str:
        return self.random(43)

    def message_base(self) -> str:
        # Drawn in one piece: a publish spends much of its time here otherwise.
        return secrets.token_urlsafe(8)[:10]

    def connection_id(self) -> str:
        return self.random(10)

    def token(self, app_id: str) -> str:
        """An opaque Ably token: RB/auth wants the app id, a dot, then word characters and dashes."""
        return f"{app_id}.{self.random(48)}"

    def random(self, length: int) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(length))
