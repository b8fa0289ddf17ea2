"""Provisioning of the sandbox: POST /apps creates an application, DELETE /apps/{id} deletes it."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from conformance.reference.access import Means
from conformance.reference.apps import LIFETIME, Apps
from conformance.reference.call import Call
from conformance.reference.capability import FULL, Capabilities
from conformance.reference.channels import Channels
from conformance.reference.clock import Clock, Names
from conformance.reference.errors import bad_request, unauthorized
from conformance.reference.state import App, Channel, Key, Member, Namespace
from conformance.reference.wire import Json, Reply, Request

MOST_ITEMS = 500

ACTIVE_KEY = 0

# The members that SDK suites and the Control API send; those without effect here are read over.
APP_MEMBERS = frozenset({"keys", "namespaces", "channels", "connections", "limits", "labels", "tlsOnly"})
KEY_MEMBERS = frozenset({"capability", "revocableTokens", "privileged", "name"})
NAMESPACE_MEMBERS = frozenset(
    {
        "id",
        "persisted",
        "persistLast",
        "pushEnabled",
        "mutableMessages",
        "authenticated",
        "tlsOnly",
        "exposeTimeserial",
        "populateChannelRegistry",
        "batchingEnabled",
        "batchingInterval",
        "conflationEnabled",
        "conflationInterval",
        "conflationKey",
    }
)
CHANNEL_MEMBERS = frozenset({"name", "presence"})
PRESENCE_MEMBERS = frozenset({"clientId", "data", "encoding"})


class Provisioning:
    def __init__(
        self, *, apps: Apps, capabilities: Capabilities, channels: Channels, clock: Clock, names: Names
    ) -> None:
        self.apps = apps
        self.capabilities = capabilities
        self.channels = channels
        self.clock = clock
        self.names = names

    def create(self, call: Call) -> Reply:
        body = call.object_body()
        app = self.app(body)
        self.apps.add(app)
        return Reply(201, {**self.details(app, body), **self.address(call.request)})

    def app(self, body: Mapping[str, Json]) -> App:
        only_known(body, APP_MEMBERS)
        app = App(self.names.app_id(), self.names.app_id(), self.clock.now())
        for given in objects(body, "keys") or [{}]:
            key = self.key(app, given)
            app.keys[key.id] = key
        for given in objects(body, "namespaces"):
            namespace = self.namespace(given)
            app.namespaces[namespace.id] = namespace
        for given in objects(body, "channels"):
            self.add_fixtures(app, given)
        return app

    def key(self, app: App, given: Mapping[str, Json]) -> Key:
        only_known(given, KEY_MEMBERS)
        capability = given.get("capability")
        return Key(
            app_id=app.id,
            id=self.names.key_id(),
            secret=self.names.secret(),
            capability=FULL if capability is None else self.capabilities.read_of_key(capability),
            created=app.created,
            is_revocable=given.get("revocableTokens") is True,
            is_privileged=given.get("privileged") is True,
        )

    def namespace(self, given: Mapping[str, Json]) -> Namespace:
        only_known(given, NAMESPACE_MEMBERS)
        return Namespace(
            id=text(given, "id"),
            is_persisted=given.get("persisted") is True,
            is_push_enabled=given.get("pushEnabled") is True,
        )

    def add_fixtures(self, app: App, given: Mapping[str, Json]) -> None:
        only_known(given, CHANNEL_MEMBERS)
        channel = self.channels.open(app, self.channels.valid_name(text(given, "name")))
        connection_id = self.names.connection_id()
        for index, member in enumerate(objects(given, "presence")):
            self.add_member(app, channel, connection_id, index, member)

    def add_member(self, app: App, channel: Channel, connection_id: str, index: int, given: Mapping[str, Json]) -> None:
        """Adds a presence member. All fixtures of a channel share one connection (RB/presence 101)."""
        only_known(given, PRESENCE_MEMBERS)
        member = Member(
            position=next(app.positions),
            id=f"{connection_id}:0:{index}",
            client_id=text(given, "clientId"),
            connection_id=connection_id,
            timestamp=app.created,
            data=optional_text(given, "data"),
            encoding=optional_text(given, "encoding"),
        )
        channel.members.append(member)

    def details(self, app: App, body: Mapping[str, Json]) -> dict[str, Json]:
        return {
            "id": app.id,
            "appId": app.id,
            "accountId": app.account_id,
            "status": "enabled",
            "tlsOnly": False,
            "labels": "",
            "created": app.created,
            "modified": app.created,
            "keys": [self.key_details(key) for key in app.keys.values()],
            "namespaces": [self.namespace_details(app, item) for item in app.namespaces.values()],
            "connections": [],
            "channels": body.get("channels") or [],
        }

    def key_details(self, key: Key) -> Json:
        return {
            "id": key.id,
            "scopeId": key.app_id,
            "status": ACTIVE_KEY,
            "type": 0,
            "value": key.secret,
            "keyName": key.name,
            "keySecret": key.secret,
            "keyStr": f"{key.name}:{key.secret}",
            "capability": self.capabilities.text(key.capability),
            "created": key.created,
            "modified": key.created,
            "expires": key.created + LIFETIME,
            "privileged": key.is_privileged,
            "revocableTokens": key.is_revocable,
        }

    def namespace_details(self, app: App, namespace: Namespace) -> Json:
        return {
            "id": namespace.id,
            "appId": app.id,
            "persisted": namespace.is_persisted,
            "pushEnabled": namespace.is_push_enabled,
            "created": app.created,
            "modified": app.created,
        }

    def address(self, request: Request) -> Json:
        """The address of this server: ably-js and ably-go read it from the answer of a local sandbox."""
        is_tls = request.scheme == "https"
        host, colon, port = request.header(b"host").rpartition(":")
        if not colon or not port.isdecimal():
            return {"endpoint": request.header(b"host"), "port": 443 if is_tls else 80, "tls": is_tls}
        return {"endpoint": host, "port": int(port[:5]), "tls": is_tls}

    def delete(self, call: Call) -> Reply:
        caller, app_id = call.caller, call.parameter("app")
        if caller.means is not Means.BASIC or caller.app.id != app_id:
            raise unauthorized(40102, "only a key of the application can delete it")
        self.apps.remove(app_id)
        return Reply(204)


def only_known(given: Mapping[str, Json], known: frozenset[str]) -> None:
    """A misspelled member would otherwise make an application that lacks what its test needs."""
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        nearest = get_close_matches(unknown, known, 1, 0.0)[0]
        raise bad_request(f"POST /apps has no member {unknown}; the nearest is {nearest}")


def objects(holder: Mapping[str, Json], name: str) -> Sequence[Mapping[str, Json]]:
    given = holder.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MOST_ITEMS:
        raise bad_request(f"{name} must be a list of at most {MOST_ITEMS} objects")
    if not all(isinstance(item, dict) for item in given):
        raise bad_request(f"{name} must contain objects only")
    return given


def text(holder: Mapping[str, Json], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request(f"{name} must be a string")
    return value


def optional_text(holder: Mapping[str, Json], name: str) -> str | None:
    return text(holder, name) if holder.get(name) is not None else None
