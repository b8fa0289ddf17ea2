"""Mutants of publishing: validating and storing single messages."""

# ruff: noqa: ARG002  an override often ignores an argument

import dataclasses
from collections.abc import Mapping

from conformance.reference.access import Caller, Means
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.credentials import Credentials
from conformance.reference.decoding import Decoding
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.message_log import MessageLog, Receipt
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.publishing import Publishing
from conformance.reference.state import App, Message
from conformance.reference.wire import Json, Reply, Request


@mutant(breaks="PUB-01")
class AnswersAnotherId(Messages):
    """Answers a publish with an id that none of its messages has."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {**super().receipt(name, receipt), "messageId": f"{self.log.names.message_base()}:0"}


@mutant(breaks="PUB-02")
class PushPayloadIsConsumed(Messages):
    """Omits the push payload of extras from history."""

    def view(self, message: Message, format_: Json) -> Json:
        seen = super().view(message, format_)
        extras = {name: value for name, value in seen.get("extras", {}).items() if name != "push"}
        return {**seen, "extras": extras} if "extras" in seen else seen


@mutant(breaks="PUB-10")
class PublishAnswers200(Messages):
    """Answers a publish with 200 instead of 201."""

    def publish(self, call: Call) -> Reply:
        return dataclasses.replace(super().publish(call), status=200)


@mutant(breaks="PUB-11")
class AbsentDataIsEmptyText(Publishing):
    """Stores an empty string for a message without data."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        return super().payload({"data": "", **given})


@mutant(breaks="PUB-12")
class NullNameIsNoText(Publishing):
    """Rejects a message whose name is null."""

    def name(self, given: Mapping[str, Json]) -> Json:
        if "name" in given and given["name"] is None:
            raise bad_request("the name of a message must be a string", 40016)
        return super().name(given)


@mutant(breaks="PUB-13")
class DataStandsInForNames(Publishing):
    """Uses the data of a message without a name as its name."""

    def name(self, given: Mapping[str, Json]) -> Json:
        data = given.get("data")
        return super().name({"name": data, **given} if isinstance(data, str) else given)


@mutant(breaks="PUB-14")
class IdsAreIndexesOnly(MessageLog):
    """Stores message ids without their unique base."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        return super().stamped(app, message, id_.rpartition(":")[2], now)


@mutant(breaks="PUB-15")
class TimestampsAreSeconds(MessageLog):
    """Stores message timestamps in seconds instead of milliseconds."""

    def stamped(self, app: App, message: Mapping[str, Json], id_: str, now: int) -> Message:
        return super().stamped(app, message, id_, now // 1000)


@mutant(breaks="PUB-16")
class PublisherSetsTheTimestamp(Publishing):
    """Accepts the timestamp that the publisher sends instead of setting its own."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        message = super().message(given, caller)
        return {**message, "timestamp": given["timestamp"]} if "timestamp" in given else message


@mutant(breaks="PUB-17")
class PublisherSetsTheConnection(Publishing):
    """Accepts the connectionId that the publisher sends."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        message = super().message(given, caller)
        return {**message, "connectionId": given["connectionId"]} if "connectionId" in given else message


@mutant(breaks="PUB-18")
class UnknownMembersAreRefused(Publishing):
    """Rejects a message with an unknown member."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        known = {"id", "name", "data", "encoding", "clientId", "connectionId", "connectionKey", "extras", "timestamp"}
        if isinstance(given, dict) and set(given) - known:
            raise bad_request("a message has an unknown member")
        return super().message(given, caller)


@mutant(breaks="PUB-19")
class ConnectionKeyIsIgnored(Publishing):
    """Ignores an invalid connectionKey instead of rejecting the message."""

    def refuse_connection_key(self, given: Mapping[str, Json]) -> None:
        pass


@mutant(breaks="PUB-20")
class ForcedRefusalComesTooLate(Messages):
    """Rejects a publish with _forceNack=true only after storing its messages."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        if self.refuses:
            raise bad_request("rejected because of _forceNack", 40099)
        return super().receipt(name, receipt)

    def refuse_forced_nack(self, query: Mapping[str, str]) -> None:
        self.refuses = query.get("_forceNack") == "true"


@mutant(breaks="PUB-21")
class UnknownParametersAreRefused(Messages):
    """Rejects a publish with an unknown query parameter."""

    def refuse_forced_nack(self, query: Mapping[str, str]) -> None:
        super().refuse_forced_nack(query)
        unknown = set(query) - {"_forceNack", "format", "v", "enveloped"}
        if unknown:
            raise bad_request(f"unknown parameters of a publish: {', '.join(unknown)}")


@mutant(breaks="PUB-22")
class BrokenJsonIsAnEmptyMessage(Decoding):
    """Reads a body that is not valid JSON as an empty object."""

    def json(self, body: bytes) -> Json:
        try:
            return super().json(body)
        except Refusal:
            return {}


@mutant(breaks="PUB-23")
class AnythingIsData(Publishing):
    """Publishes a body that is not a message object as the data of a message."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        return super().message(given if isinstance(given, dict) else {"data": str(given)}, caller)


@mutant(breaks="PUB-24")
class NamesAreMadeText(Publishing):
    """Converts a name that is not a string to a string instead of rejecting the message."""

    def name(self, given: Mapping[str, Json]) -> Json:
        name = given.get("name")
        return None if name is None else str(name)


@mutant(breaks="PUB-27")
class StrangeClientIdIsDropped(Publishing):
    """Drops a clientId that is not a string instead of rejecting the message."""

    def client_id(self, given: Mapping[str, Json], caller: Caller) -> str | None:
        if not isinstance(given.get("clientId"), str | None):
            return None
        return super().client_id(given, caller)


@mutant(breaks="PUB-25")
class UnknownExtrasAreKept(Publishing):
    """Accepts unknown and invalid members of extras."""

    def require_extra(self, name: str, value: Json) -> None:
        pass


@mutant(breaks="PUB-28")
class StrangeExtrasAreDropped(Publishing):
    """Drops extras that are not an object instead of rejecting the message."""

    def extras(self, given: Mapping[str, Json]) -> Json:
        extras = given.get("extras")
        return super().extras(given) if isinstance(extras, dict) else None


@mutant(breaks="PUB-26")
class OnlyPushExtrasAreKept(Publishing):
    """Drops all members of extras except push."""

    def extras(self, given: Mapping[str, Json]) -> Json:
        extras = super().extras(given)
        return {"push": extras["push"]} if extras and "push" in extras else None


@mutant(breaks="PUB-29")
class EphemeralMessagesAreKept(MessageLog):
    """Keeps ephemeral messages in history."""

    def is_kept(self, message: Message) -> bool:
        return True


@mutant(breaks="PUB-63")
class CapabilityIsCheckedTooLate(Messages):
    """Stores the messages of a publish before checking the capability."""

    def publish(self, call: Call) -> Reply:
        name = self.channels.name(call)
        receipt = self.store(call.caller.app, name, self.publishing.accept(self.body(call), call.caller))
        self.access.require(call.caller, "publish", name)
        return Reply(201, self.receipt(name, receipt))


@mutant(breaks="PUB-64")
class NobodyIsTheLatestApp(Credentials):
    """Accepts a request without credentials as one of the most recently created application."""

    def identify(self, request: Request) -> Caller | None:
        app = list(self.apps.by_id.values())[-1]
        key = next(iter(app.keys.values()))
        return super().identify(request) or Caller(app, key, key.capability, Means.BASIC)


@mutant(breaks="PUB-65")
class AnyChannelNameWillDo(Channels):
    """Accepts invalid channel names."""

    def valid_name(self, text: str) -> str:
        return text


@mutant(breaks="PUB-99")
class NullIsAnEmptyMessage(Publishing):
    """Takes null in an array of messages for a message without members."""

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        return super().message({} if given is None else given, caller)


@mutant(breaks="PUB-106")
class NamesMayBeginWithACommaOrABlank(Channels):
    """Accepts channel names with a leading comma or blank."""

    def valid_name(self, text: str) -> str:
        return text if text[:1] in {",", " "} else super().valid_name(text)
