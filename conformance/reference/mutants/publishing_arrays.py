"""Mutants of publishing arrays of messages, and of repeated publishes."""

# ruff: noqa: ARG002  an override often ignores an argument

import dataclasses
from collections.abc import Mapping, Sequence

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.message_log import MessageLog, Receipt
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.publishing import Publishing
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Json, Reply


@mutant(breaks="PUB-30")
class ArraysAreStoredFromTheirEnd(MessageLog):
    """Stores the messages of an array in reverse order."""

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        return super().append(app, channel, messages[::-1])


@mutant(breaks="PUB-31")
class AnswersTheLastId(Messages):
    """Answers a publish with the id of its last message instead of its first."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {**super().receipt(name, receipt), "messageId": receipt.ids[-1]}


@mutant(breaks="PUB-32")
class ArraysShareOneId(MessageLog):
    """Stores all messages of an array with the same generated id."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        return super().stamped(app, message, id_ if "id" in message else f"{id_.rpartition(':')[0]}:0", now)


@mutant(breaks="PUB-33")
class EveryMessageHasItsOwnBase(MessageLog):
    """Generates the ids of an array with a different base for each message."""

    def id(self, base: str, index: int) -> str:
        return f"{self.names.message_base()}:0"


@mutant(breaks="PUB-34")
class ArraysTakeTime(MessageLog):
    """Gives each message of an array a timestamp one millisecond after the one before."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        index = id_.rpartition(":")[2]
        return super().stamped(app, message, id_, now + int(index) if index.isdecimal() else now)


@mutant(breaks="PUB-35")
class ArraysShareOneSerial(Messages):
    """Answers a publish of an array with the serial of its first message for all of them."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {**super().receipt(name, receipt), "serials": [receipt.serials[0]] * len(receipt.serials)}


@mutant(breaks="PUB-36")
class SerialsAreKeptSecret(Messages):
    """Omits the serials from the answer to a publish."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {each: value for each, value in super().receipt(name, receipt).items() if each != "serials"}


@mutant(breaks="PUB-37")
class GoodPartOfArraysStays(Messages):
    """Stores the first message of an array that is rejected."""

    def publish(self, call: Call) -> Reply:
        try:
            return super().publish(call)
        except Refusal:
            self.store_first(call)
            raise

    def store_first(self, call: Call) -> None:
        body = self.body(call)
        if isinstance(body, list):
            self.store(call.caller.app, self.channels.name(call), self.publishing.accept(body[0], call.caller))


@mutant(breaks="PUB-38")
class IdsOfAnArrayAreNotLookedAt(Publishing):
    """Does not validate the ids of the messages in an array."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        pass


@mutant(breaks="PUB-39")
class SomeIdsAreEnough(Publishing):
    """Validates the ids of an array only if every message has one."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        if all("id" in message for message in messages):
            super().require_ids(messages)


@mutant(breaks="PUB-40")
class AnyDifferentIdsWillDo(Publishing):
    """Accepts any distinct ids in an array."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        ids = [message["id"] for message in messages if "id" in message]
        if len(ids) != len(set(ids)):
            super().require_ids(messages)


@mutant(breaks="PUB-41")
class BasesMayDiffer(Publishing):
    """Accepts ids with different bases in an array."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        if len(messages) > 1 and any("id" in message for message in messages):
            for index, message in enumerate(messages):
                self.base_of(message, index)


@mutant(breaks="PUB-42")
class ArraysEndAtHundred(Publishing):
    """Stores only the first 100 messages of an array."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        return super().accept(body[:100] if isinstance(body, list) else body, caller)


@mutant(breaks="PUB-43")
class ArraysLoseTheirIds(Publishing):
    """Replaces the ids that the publisher gave to the messages of an array."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        accepted = super().accept(body, caller)
        if len(accepted) == 1:
            return accepted
        return [{name: value for name, value in message.items() if name != "id"} for message in accepted]


@mutant(breaks="PUB-44")
class AnArrayOfOneNeedsAnIndex(Publishing):
    """Requires an id with an index for the message of a one-element array."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        if isinstance(body, list) and len(body) == 1 and "id" in body[0]:
            self.base_of(body[0], 0)
        return super().accept(body, caller)


@mutant(breaks="PUB-45")
class BackwardsGoesByTimeAlone(Paging):
    """Sorts backwards by timestamp alone, so that messages of one publish keep their forward order."""

    def in_order(self, entries: list[Entry], window: Window) -> list[Entry]:
        if not window.backwards:
            return entries
        return sorted(entries, key=lambda entry: getattr(entry[1], "timestamp", entry[0]), reverse=True)


@mutant(breaks="PUB-04")
class TheLastOfAnIdWins(MessageLog):
    """Replaces a stored message by a later one with the same id."""

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        receipt = super().append(app, channel, messages)
        given = dict(zip(receipt.ids, messages, strict=True))
        for number, kept in enumerate(channel.messages):
            latest = given.get(kept.fields["id"], {})
            channel.messages[number] = dataclasses.replace(kept, fields={**kept.fields, **latest})
        return receipt


@mutant(breaks="PUB-05")
class RepeatedIdsAreRefused(MessageLog):
    """Rejects a message with a repeated id instead of answering with success."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        if super().is_repeated(channel, id_):
            raise bad_request("the id was used before", 40031)
        return False


@mutant(breaks="PUB-06")
class IdsAreUniqueOnTheServer(MessageLog):
    """Recognises repeated ids across all channels instead of within one."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return any(message.fields["id"] == id_ for _, message in self.order)


@mutant(breaks="PUB-08")
class RepeatedArraysAreStored(MessageLog):
    """Stores a repeated array of messages again."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return ":" not in id_ and super().is_repeated(channel, id_)


@mutant(breaks="PUB-46")
class OnlyTheLatestIdIsKnown(MessageLog):
    """Compares the id of a message only with that of the latest message."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return bool(channel.messages) and channel.messages[-1].fields["id"] == id_


@mutant(breaks="PUB-47")
class MessagePackHasNoIds(Decoding):
    """Ignores the id of a message sent in MessagePack."""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return {name: value for name, value in tree.items() if name != "id"} if isinstance(tree, dict) else tree


@mutant(breaks="PUB-48")
class IdsIgnoreCase(MessageLog):
    """Compares message ids case-insensitively."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return id_.casefold() in {known.casefold() for known in channel.serials}


@mutant(breaks="PUB-49")
class IdsAreUnquoted(Publishing):
    """Replaces a plus sign in a message id by a space."""

    def id(self, given: Mapping[str, Json]) -> Json:
        id_ = super().id(given)
        return id_.replace("+", " ") if isinstance(id_, str) else id_


@mutant(breaks="PUB-98")
class RefusedIdsAreUsedUp(Messages):
    """Remembers the id of a rejected message, so that a corrected publish is not stored."""

    def publish(self, call: Call) -> Reply:
        try:
            return super().publish(call)
        except Refusal:
            body = self.body(call)
            if isinstance(body, dict) and "id" in body:
                self.channels.open(call.caller.app, self.channels.name(call)).serials[body["id"]] = ""
            raise


@mutant(breaks="LIF-02")
class RepeatsBecomeTheLatest(MessageLog):
    """Moves a stored message to the end of its channel when it is published again."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        found = next((each for each in channel.messages if each.fields["id"] == id_), None)
        if found is not None:
            channel.messages.remove(found)
            channel.messages.append(found)
        return super().is_repeated(channel, id_)
