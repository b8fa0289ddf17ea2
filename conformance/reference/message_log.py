"""Stores published messages: in order, once per id, within a limit of memory."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.reference.clock import Clock, Names
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Json

# For all channels of all applications together; beyond it the oldest messages are removed.
MOST_BYTES = 128 * 1024 * 1024

# Estimated size in bytes of a message without its data.
OVERHEAD = 1024


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of one publish: the ids and serials of its messages, and those of them that are new."""

    ids: Sequence[str]
    serials: Sequence[str]
    added: Sequence[Message]


class MessageLog:
    def __init__(self, clock: Clock, names: Names) -> None:
        self.clock = clock
        self.names = names
        self.order: deque[tuple[Channel, Message]] = deque()
        self.bytes = 0

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        """Adds the messages of one publish. All share a timestamp, and generated ids share a base."""
        base, now = self.names.message_base(), self.clock.stamp()
        ids = [message.get("id") or self.id(base, index) for index, message in enumerate(messages)]
        added = [
            self.add(app, channel, self.stamped(app, message, id_, now))
            for id_, message in zip(ids, messages, strict=True)
            if not self.is_repeated(channel, id_)
        ]
        return Receipt(ids, [channel.serials.get(id_, "") for id_ in ids], added)

    def id(self, base: str, index: int) -> str:
        return f"{base}:{index}"

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        """Idempotence: a message with a known id is not stored again (FEAT RSL1k5)."""
        return id_ in channel.serials

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        position = next(app.positions)
        serial = f"{now:014d}-{position:06d}@{app.id}"
        fields = {"id": id_, "timestamp": now, **message, "serial": serial, "action": 0}
        return Message(position, now, {**fields, "id": id_}, self.size(message))

    def size(self, message: Mapping[str, Json]) -> int:
        texts = (value for value in message.values() if isinstance(value, str | bytes))
        return OVERHEAD + 4 * sum(len(value) for value in texts) + 4 * len(str(message.get("extras", "")))

    def add(self, app: App, channel: Channel, message: Message) -> Message:
        del app
        channel.serials[message.fields["id"]] = message.fields["serial"]
        if self.is_kept(message):
            channel.messages.append(message)
        self.order.append((channel, message))
        self.bytes += message.size
        self.make_room()
        return message

    def is_kept(self, message: Message) -> bool:
        return not (message.fields.get("extras") or {}).get("ephemeral")

    def make_room(self) -> None:
        while self.bytes > MOST_BYTES:
            channel, message = self.order.popleft()
            self.bytes -= message.size
            channel.serials.pop(message.fields["id"], None)
            if channel.messages and channel.messages[0] is message:
                channel.messages.popleft()
