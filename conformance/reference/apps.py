"""The applications of this server, and how a key or token finds its own."""

from re import compile as pattern

from conformance.reference.errors import Refusal, not_found, too_many, unauthorized
from conformance.reference.state import App, Key

MOST_APPS = 500

# The sandbox forgets an application after about an hour; here only when room is needed.
LIFETIME = 3_600_000

APP_ID = pattern(r"[A-Za-z0-9_-]{6}\Z")


class Apps:
    """Tenants by id. There is no other way from one to another's state than through here."""

    def __init__(self) -> None:
        self.by_id: dict[str, App] = {}

    def add(self, app: App) -> None:
        self.make_room(app.created)
        self.by_id[app.id] = app

    def make_room(self, now: int) -> None:
        if len(self.by_id) < MOST_APPS:
            return
        oldest = next(iter(self.by_id.values()))
        if oldest.created + LIFETIME > now:
            raise too_many(f"{MOST_APPS} applications exist; delete one")
        self.remove(oldest.id)

    def remove(self, app_id: str) -> None:
        self.by_id.pop(app_id, None)

    def find(self, app_id: str) -> App | None:
        return self.by_id.get(app_id)

    def key(self, name: str) -> Key:
        """The key of that name. Raises what the service answers for one that does not exist."""
        app_id, _, key_id = name.partition(".")
        app = self.find(app_id)
        if app is None:
            raise self.unknown_app(app_id)
        if key_id not in app.keys:
            raise not_found(f"no key is named {name}")
        return app.keys[key_id]

    def unknown_app(self, app_id: str) -> Refusal:
        # RB/base 74, UTS/presence: only what looks like an app id can be looked for in vain.
        if APP_ID.match(app_id):
            return not_found(f"no application has the id {app_id}")
        return unauthorized(40101, "the credentials name no application")
