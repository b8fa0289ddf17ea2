"""The time of the server and its random names: the two sources of values that a test cannot predict."""

import secrets
import string
import time

# Characters of ids and secrets: none needs escaping in a URL.
ALPHABET = string.ascii_letters + string.digits


MILLISECOND = 0.001


class Clock:
    """The time in milliseconds since the epoch, which never decreases."""

    def __init__(self) -> None:
        self.start = time.time_ns() - time.monotonic_ns()
        self.last = 0
        self.told = 0
        self.stamped = 0

    def now(self) -> int:
        self.last = max(self.last, self.read())
        return self.last

    def read(self) -> int:
        """Of the start and what has passed since: whoever sets the clock of this machine does not change it."""
        return (self.start + time.monotonic_ns()) // 1_000_000

    def tell(self) -> int:
        """The time for GET /time: later than the timestamps of all messages so far."""
        self.told = self.after(self.stamped)
        return self.told

    def stamp(self) -> int:
        """The timestamp of a message: later than all answers to GET /time so far."""
        self.stamped = self.after(self.told)
        return self.stamped

    def after(self, instant: int) -> int:
        # PY/restchannelhistory requests the time between two publishes and uses it as an inclusive bound. Over
        # loopback, all three would often share a millisecond.
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
        # One call for all characters, unlike `random`: this is a hot path of publishing.
        return secrets.token_urlsafe(8)[:10]

    def connection_id(self) -> str:
        return self.random(10)

    def server_id(self) -> str:
        """In the form that was recorded: role, process, number, region and machine."""
        return f"frontend.{secrets.token_hex(2)}.1.eu-west-1-A.i-{secrets.token_hex(9)[:17]}"

    def token(self, app_id: str) -> str:
        """An opaque Ably token. RB/auth expects the app id, a dot, word characters and hyphens; more than 64 in all."""
        return f"{app_id}.{self.random(64)}"

    def persisted_token(self, app_id: str) -> str:
        """A token that the service would look up, so it is short: RB/auth expects A after the dot, and less than 64."""
        return f"{app_id}.A{self.random(40)}"

    def random(self, length: int) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(length))
