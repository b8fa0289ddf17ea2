"""The applications of this server, and the lookup of keys."""

from re import compile as pattern

from conformance.reference.errors import Refusal, not_found, too_many, unauthorized
from conformance.reference.state import App, Key

MOST_APPS = 500

# In milliseconds. The sandbox deletes an application after about an hour, this server only to make room.
LIFETIME = 3_600_000

APP_ID = pattern(r"[A-Za-z0-9_-]{6}\Z")


class Apps:
    """Applications by id. The state of an application is reachable only through this class."""

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
        """The key of that name. Raises the refusal of an unknown key or application."""
        app_id, _, key_id = name.partition(".")
        app = self.find(app_id)
        if app is None:
            raise self.unknown_app(app_id)
        if key_id not in app.keys:
            raise not_found(f"key not found: {name}")
        return app.keys[key_id]

    def unknown_app(self, app_id: str) -> Refusal:
        # RB/base 74, UTS/presence: a well-formed app id is not found (404), any other text is invalid (401).
        if APP_ID.match(app_id):
            return not_found(f"application not found: {app_id}")
        return unauthorized(40101, "the credentials contain no application id")
