"""Lies about several messages in one publish, and about a publish that is repeated."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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
    """Takes the messages of an array from its end."""

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        return super().append(app, channel, messages[::-1])


@mutant(breaks="PUB-31")
class AnswersTheLastId(Messages):
    """Answers a publish with the id of its last message."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {**super().receipt(name, receipt), "messageId": receipt.ids[-1]}


@mutant(breaks="PUB-32")
class ArraysShareOneId(MessageLog):
    """Gives all messages of an array the id of the first."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        return super().stamped(app, message, id_ if "id" in message else f"{id_.rpartition(':')[0]}:0", now)


@mutant(breaks="PUB-33")
class EveryMessageHasItsOwnBase(MessageLog):
    """Makes an id for each message of an array without regard to the others."""

    def id(self, base: str, index: int) -> str:
        return f"{self.names.message_base()}:0"


@mutant(breaks="PUB-34")
class ArraysTakeTime(MessageLog):
    """Stamps each message of an array a millisecond after the one before."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        index = id_.rpartition(":")[2]
        return super().stamped(app, message, id_, now + int(index) if index.isdecimal() else now)


@mutant(breaks="PUB-35")
class ArraysShareOneSerial(Messages):
    """Answers the serial of the first message for all of an array."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {**super().receipt(name, receipt), "serials": [receipt.serials[0]] * len(receipt.serials)}


@mutant(breaks="PUB-36")
class SerialsAreKeptSecret(Messages):
    """Answers no serials."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {each: value for each, value in super().receipt(name, receipt).items() if each != "serials"}


@mutant(breaks="PUB-37")
class GoodPartOfArraysStays(Messages):
    """Refuses an array for one message and keeps those that came before it."""

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
    """Takes an array whatever its ids are."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        pass


@mutant(breaks="PUB-39")
class SomeIdsAreEnough(Publishing):
    """Looks at the ids of an array only where every message has one."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        if all("id" in message for message in messages):
            super().require_ids(messages)


@mutant(breaks="PUB-40")
class AnyDifferentIdsWillDo(Publishing):
    """Refuses ids of an array only where two are the same."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        ids = [message["id"] for message in messages if "id" in message]
        if len(ids) != len(set(ids)):
            super().require_ids(messages)


@mutant(breaks="PUB-41")
class BasesMayDiffer(Publishing):
    """Looks at the indexes of an array's ids and not at their bases."""

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        if len(messages) > 1 and any("id" in message for message in messages):
            for index, message in enumerate(messages):
                self.base_of(message, index)


@mutant(breaks="PUB-42")
class ArraysEndAtHundred(Publishing):
    """Takes the first hundred messages of an array and forgets the others."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        return super().accept(body[:100] if isinstance(body, list) else body, caller)


@mutant(breaks="PUB-43")
class ArraysLoseTheirIds(Publishing):
    """Makes ids of its own for the messages of an array."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        accepted = super().accept(body, caller)
        if len(accepted) == 1:
            return accepted
        return [{name: value for name, value in message.items() if name != "id"} for message in accepted]


@mutant(breaks="PUB-44")
class AnArrayOfOneNeedsAnIndex(Publishing):
    """Demands ids of base and index also where an array has one message."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        if isinstance(body, list) and len(body) == 1 and "id" in body[0]:
            self.base_of(body[0], 0)
        return super().accept(body, caller)


@mutant(breaks="PUB-45")
class BackwardsGoesByTimeAlone(Paging):
    """Sorts by time alone when it reads backwards, so that messages of one publish keep their order."""

    def in_order(self, entries: list[Entry], window: Window) -> list[Entry]:
        if not window.backwards:
            return entries
        return sorted(entries, key=lambda entry: getattr(entry[1], "timestamp", entry[0]), reverse=True)


@mutant(breaks="PUB-04")
class TheLastOfAnIdWins(MessageLog):
    """Replaces a message by a later one with its id."""

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        receipt = super().append(app, channel, messages)
        given = dict(zip(receipt.ids, messages, strict=True))
        for number, kept in enumerate(channel.messages):
            latest = given.get(kept.fields["id"], {})
            channel.messages[number] = dataclasses.replace(kept, fields={**kept.fields, **latest})
        return receipt


@mutant(breaks="PUB-05")
class RepeatedIdsAreRefused(MessageLog):
    """Refuses a message whose id it knows."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        if super().is_repeated(channel, id_):
            raise bad_request("the id was used before", 40031)
        return False


@mutant(breaks="PUB-06")
class IdsAreUniqueOnTheServer(MessageLog):
    """Knows the ids of all channels together."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return any(message.fields["id"] == id_ for _, message in self.order)


@mutant(breaks="PUB-08")
class RepeatedArraysAreStored(MessageLog):
    """Recognises repeated messages, but no repeated arrays."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return ":" not in id_ and super().is_repeated(channel, id_)


@mutant(breaks="PUB-46")
class OnlyTheLatestIdIsKnown(MessageLog):
    """Compares an id with that of the latest message alone."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return bool(channel.messages) and channel.messages[-1].fields["id"] == id_


@mutant(breaks="PUB-47")
class MessagePackHasNoIds(Decoding):
    """Overlooks the id of a message in MessagePack."""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return {name: value for name, value in tree.items() if name != "id"} if isinstance(tree, dict) else tree


@mutant(breaks="PUB-48")
class IdsIgnoreCase(MessageLog):
    """Compares ids without regard to case."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return id_.casefold() in {known.casefold() for known in channel.serials}


@mutant(breaks="PUB-49")
class IdsAreUnquoted(Publishing):
    """Reads a plus sign in an id as a blank, as in a query."""

    def id(self, given: Mapping[str, Json]) -> Json:
        id_ = super().id(given)
        return id_.replace("+", " ") if isinstance(id_, str) else id_


@mutant(breaks="PUB-98")
class RefusedIdsAreUsedUp(Messages):
    """Remembers the id of a message before it looks at the rest of it."""

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
    """Moves a message to the end of its channel when it is sent again."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        found = next((each for each in channel.messages if each.fields["id"] == id_), None)
        if found is not None:
            channel.messages.remove(found)
            channel.messages.append(found)
        return super().is_repeated(channel, id_)
