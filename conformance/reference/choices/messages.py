"""Choices of messages: ids, additional members, and forms of data."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.choices.mark import choice
from conformance.reference.clock import Names
from conformance.reference.errors import bad_request, unauthorized
from conformance.reference.message_log import MessageLog, Receipt
from conformance.reference.messages import Messages
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, Window
from conformance.reference.publishing import Publishing
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Json, Reply, Request


@choice(permitted_by="ably/docs rest-api, publish: an id ends in an index, the server chooses its base")
class LongIds(Names):
    """Uses a UUID as the base of message ids."""

    def message_base(self) -> str:
        return str(uuid4())


@choice(permitted_by="ably/specification features BPR2b: messageId is the common prefix of the ids")
class BaseAsMessageId(Messages):
    """Answers a publish without ids with the base of the generated ids as messageId."""

    def store(self, app: App, name: str, messages: list[dict[str, Json]]) -> Receipt:
        receipt = super().store(app, name, messages)
        return receipt if "id" in messages[0] else replace(receipt, ids=[receipt.ids[0].rpartition(":")[0]])


@choice(permitted_by="ably/docs rest-api, publish: an answer has channel and messageId; serials were added later")
class NoSerials(Messages):
    """Omits serials from the answer to a publish, and serial, action and version from history."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {member: value for member, value in super().receipt(name, receipt).items() if member != "serials"}

    def view(self, message: Message, format_: Format) -> Json:
        return {name: value for name, value in super().view(message, format_).items() if name not in NEW}


NEW = ("serial", "action", "version")


@choice(permitted_by="ably/specification features TM2: newer servers may send more members")
class VersionedMessages(Messages):
    """Adds version and annotations to the messages of a history."""

    def view(self, message: Message, format_: Format) -> Json:
        version = {"serial": message.fields["serial"], "timestamp": message.timestamp}
        return {**super().view(message, format_), "version": version, "annotations": {"summary": {}}}


@choice(permitted_by="openapi.yaml, Message: timestamp is when the message was received")
class SpreadTimestamps(MessageLog):
    """Gives the messages of an array rising timestamps."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        time.sleep(0.001)
        return super().stamped(app, message, id_, max(now, self.clock.now()))


@choice(permitted_by="ably/docs rest-api, publish: data is a string, an object or an array; other types are open")
class NumbersAreTexts(Publishing):
    """Stores numbers and booleans as data in the form of their JSON text."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        if isinstance(data, bool | int | float):
            return super().payload({**given, "data": json.dumps(data)})
        return super().payload(given)


@choice(permitted_by="RFC 8259: one value has many JSON texts")
class OtherJsonText(Publishing):
    """Stores an object as JSON text with spaces, escapes and sorted members."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        kept = super().payload(given)
        if isinstance(given.get("data"), dict | list):
            return {**kept, "data": json.dumps(json.loads(kept["data"]), sort_keys=True)}
        return kept


@choice(permitted_by="RFC 8259: one value has many JSON texts")
class OtherPushText(PushDelivery):
    """Writes the payload of a delivered notification as JSON text with spaces and sorted members."""

    def message(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        kept = super().message(payload)
        return {**kept, "data": json.dumps(json.loads(kept["data"]), sort_keys=True)}


@choice(permitted_by="ably/specification features: only a connectionKey attributes a publish to a connection")
class ConnectionIdRefused(Publishing):
    """Rejects a message with a connectionId."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        if isinstance(given, dict) and given.get("connectionId") is not None:
            raise bad_request("connectionId is set by the service", 40006)
        return super().message(given, caller)


@choice(permitted_by="ably/ably-python test/ably/rest/restchannelpublish_test: push payloads need an enabled channel")
class PushNeedsARule(Messages):
    """Rejects a message with a push payload on a channel for which push is not enabled."""

    def store(self, app: App, name: str, messages: list[dict[str, Json]]) -> Receipt:
        if not app.namespace_of(name).is_push_enabled and any("push" in each.get("extras", {}) for each in messages):
            raise unauthorized(40160, f"push is not enabled for the namespace of {name}")
        return super().store(app, name, messages)


@choice(permitted_by="ably/docs rest-api: which of two errors takes precedence is not documented")
class BodiesBeforeRights(Messages):
    """Validates the body of a publish before checking the capability."""

    def publish(self, call: Call) -> Reply:
        self.publishing.accept(self.body(call), call.caller)
        return super().publish(call)


@choice(permitted_by="ably/ably-common errors/codes/40099: reserved for artificial errors produced during testing")
class NoForcedNack(Messages):
    """Ignores the query parameter _forceNack, like any unknown one."""

    def refuse_forced_nack(self, query: Mapping[str, str]) -> None:
        pass


@choice(permitted_by="ably/docs storage-history: a channel that is not persisted keeps messages for two minutes")
class TwoMinutes(Messages):
    """Shows messages of channels that are not persisted for two minutes."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        oldest = self.log.clock.now() - KEPT_FOR
        kept = super().within(channel, window)
        return kept if channel.name.startswith("persisted:") else [each for each in kept if each[1].timestamp >= oldest]


KEPT_FOR = 120_000


@choice(permitted_by="ably/docs rest-api: query parameters that are not documented have no meaning")
class NoClientBesideTheBody(Messages):
    """Ignores the clientId in the query of a publish with enveloped=false."""

    def client_beside(self, request: Request) -> str | None:
        return super().client_beside(replace(request, query={}))
