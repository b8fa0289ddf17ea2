"""The state of the server: applications and their data, in memory only."""

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from conformance.reference.wire import Json

Capability = Mapping[str, tuple[str, ...]]

# Metrics by their path in the nested shape, such as ("inbound", "rest", "messages", "count").
Metrics = dict[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Key:
    app_id: str
    id: str
    secret: str
    capability: Capability
    created: int
    is_revocable: bool = False
    is_privileged: bool = False

    @property
    def name(self) -> str:
        return f"{self.app_id}.{self.id}"


@dataclass(frozen=True, slots=True)
class Namespace:
    id: str
    is_persisted: bool = False
    is_push_enabled: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """An Ably token, or the equivalent of an Ably JWT. The identity token of a device has its `device_id`."""

    text: str
    key: Key
    capability: Capability
    issued: int
    expires: int
    client_id: str | None = None
    device_id: str | None = None
    revocation_key: str | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    key_name: str
    kind: str
    value: str
    issued_before: int
    applies_at: int


@dataclass(frozen=True, slots=True)
class Message:
    position: int
    timestamp: int
    fields: Mapping[str, Json]
    size: int


@dataclass(frozen=True, slots=True)
class Member:
    """A presence member, which is also its enter event."""

    position: int
    id: str
    client_id: str
    connection_id: str
    timestamp: int
    data: Json = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    position: int
    messages: deque[Message] = field(default_factory=deque)
    serials: dict[str, str] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Device:
    position: int
    id: str
    app_id: str
    fields: Mapping[str, Json]
    update_token: str
    secret: str | None = None

    @property
    def client_id(self) -> str | None:
        return self.fields.get("clientId")

    @property
    def recipient(self) -> Mapping[str, Json]:
        recipient: Mapping[str, Json] = self.fields["push"]["recipient"]
        return recipient


@dataclass(frozen=True, slots=True)
class Subscription:
    position: int
    channel: str
    device_id: str | None = None
    client_id: str | None = None
    app_id: str | None = None


@dataclass(frozen=True, slots=True)
class App:
    """One application with its data, isolated from all others."""

    id: str
    account_id: str
    created: int
    keys: dict[str, Key] = field(default_factory=dict)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    channels: OrderedDict[str, Channel] = field(default_factory=OrderedDict)
    devices: dict[str, Device] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str | None, str | None], Subscription] = field(default_factory=dict)
    tokens: OrderedDict[str, Token] = field(default_factory=OrderedDict)
    nonces: OrderedDict[tuple[str, str, str], int] = field(default_factory=OrderedDict)
    revocations: deque[Revocation] = field(default_factory=deque)
    minutes: dict[int, Metrics] = field(default_factory=dict)
    positions: Iterator[int] = field(default_factory=lambda: count(1))

    def namespace_of(self, channel: str) -> Namespace:
        """The namespace of a channel: the text before the first colon selects it."""
        name = channel.partition(":")[0]
        return self.namespaces.get(name) or Namespace(name)
