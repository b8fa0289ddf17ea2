"""Choices of messages: forms of ids, members beside the documented, forms of data."""

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
from conformance.reference.wire import Json, Reply


@choice(permitted_by="ably/docs rest-api, publish: an id ends in an index; its base is the server's")
class LongIds(Names):
    """The base of an id is a UUID."""

    def message_base(self) -> str:
        return str(uuid4())


@choice(permitted_by="ably/specification features BPR2b: messageId is what the ids begin with")
class BaseAsMessageId(Messages):
    """A publish without ids is answered the base of its ids."""

    def store(self, app: App, name: str, messages: list[dict[str, Json]]) -> Receipt:
        receipt = super().store(app, name, messages)
        return receipt if "id" in messages[0] else replace(receipt, ids=[receipt.ids[0].rpartition(":")[0]])


@choice(permitted_by="ably/docs rest-api, publish: an answer has channel and messageId; serials are new")
class NoSerials(Messages):
    """Neither an answer to a publish nor history knows serials, actions and versions."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {member: value for member, value in super().receipt(name, receipt).items() if member != "serials"}

    def view(self, message: Message, format_: Format) -> Json:
        return {name: value for name, value in super().view(message, format_).items() if name not in NEW}


NEW = ("serial", "action", "version")


@choice(permitted_by="ably/specification features TM2: newer servers send more members")
class VersionedMessages(Messages):
    """A message of history has a version and annotations."""

    def view(self, message: Message, format_: Format) -> Json:
        version = {"serial": message.fields["serial"], "timestamp": message.timestamp}
        return {**super().view(message, format_), "version": version, "annotations": {"summary": {}}}


@choice(permitted_by="openapi.yaml, Message: timestamp is when the message was received")
class SpreadTimestamps(MessageLog):
    """The messages of an array are received one after the other, at times that rise."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        time.sleep(0.001)
        return super().stamped(app, message, id_, max(now, self.clock.now()))


@choice(permitted_by="ably/docs rest-api, publish: data is a text, an object or an array; of the rest nothing is said")
class NumbersAreTexts(Publishing):
    """Numbers and booleans as data are kept as their text."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        if isinstance(data, bool | int | float):
            return super().payload({**given, "data": json.dumps(data)})
        return super().payload(given)


@choice(permitted_by="RFC 8259: one value has many texts")
class OtherJsonText(Publishing):
    """An object as data is kept as a text with blanks and escapes, its members sorted."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        kept = super().payload(given)
        if isinstance(given.get("data"), dict | list):
            return {**kept, "data": json.dumps(json.loads(kept["data"]), sort_keys=True)}
        return kept


@choice(permitted_by="RFC 8259: one value has many texts")
class OtherPushText(PushDelivery):
    """A push that becomes a message has its payload as a text with blanks."""

    def message(self, payload: Mapping[str, Json]) -> dict[str, Json]:
        kept = super().message(payload)
        return {**kept, "data": json.dumps(json.loads(kept["data"]), sort_keys=True)}


@choice(permitted_by="ably/specification features: only a connectionKey attributes a publish to a connection")
class ConnectionIdRefused(Publishing):
    """A message that names a connectionId is refused."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        if isinstance(given, dict) and given.get("connectionId") is not None:
            raise bad_request("connectionId is set by the service", 40006)
        return super().message(given, caller)


@choice(permitted_by="ably/ably-python test/ably/rest/restchannelpublish_test: push payloads go where push is enabled")
class PushNeedsARule(Messages):
    """A message with a push payload is refused on a channel that push is not enabled for."""

    def store(self, app: App, name: str, messages: list[dict[str, Json]]) -> Receipt:
        if not app.namespace_of(name).is_push_enabled and any("push" in each.get("extras", {}) for each in messages):
            raise unauthorized(40160, f"push is not enabled for the namespace of {name}")
        return super().store(app, name, messages)


@choice(permitted_by="ably/docs rest-api: of two reasons to refuse, nothing says which comes first")
class BodiesBeforeRights(Messages):
    """A publish is looked at before its publisher's rights are."""

    def publish(self, call: Call) -> Reply:
        self.publishing.accept(self.body(call), call.caller)
        return super().publish(call)


@choice(permitted_by="ably/docs storage-history: two minutes of a channel that is not persisted")
class TwoMinutes(Messages):
    """What is not persisted is kept for two minutes."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        oldest = self.log.clock.now() - KEPT_FOR
        kept = super().within(channel, window)
        return kept if channel.name.startswith("persisted:") else [each for each in kept if each[1].timestamp >= oldest]


KEPT_FOR = 120_000
