"""Mutants of publishing: the values of single members of a message."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.reference.access import Caller, Means
from conformance.reference.call import Call
from conformance.reference.credentials import Credentials
from conformance.reference.encoding import json_text
from conformance.reference.errors import bad_request
from conformance.reference.message_log import MessageLog, Receipt
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.publishing import EXTRAS, INDEXED_ID, Publishing
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Json, Reply, Request


@mutant(breaks="PUB-138")
class EmptyNamesAreDropped(Publishing):
    """Stores a message with an empty name without a name."""

    def name(self, given: Mapping[str, Json]) -> Json:
        return super().name(given) or None


@mutant(breaks="PUB-139")
class EmptyTextsAreDropped(Publishing):
    """Stores a message with an empty text as data without data."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        payload = super().payload(given)
        return {**payload, "data": payload["data"] or None}


class _Headers(Publishing):
    """Alters extras.headers."""

    def extras(self, given: Mapping[str, Json]) -> Json:
        extras = super().extras(given)
        if extras and isinstance(extras.get("headers"), dict):
            return {**extras, "headers": self.headers(extras["headers"])}
        return extras

    def headers(self, headers: dict[str, Json]) -> dict[str, Json]:
        return headers


@mutant(breaks="PUB-140")
class HeadersBecomeTexts(_Headers):
    """Stores the numbers and booleans in extras.headers as texts."""

    def headers(self, headers: dict[str, Json]) -> dict[str, Json]:
        return {name: json_text(value) if type(value) in {bool, int} else value for name, value in headers.items()}


@mutant(breaks="PUB-140")
class EmptyHeadersAreDropped(_Headers):
    """Drops empty texts from extras.headers."""

    def headers(self, headers: dict[str, Json]) -> dict[str, Json]:
        return {name: value for name, value in headers.items() if value != ""}


@mutant(breaks="PUB-141")
class ClientHeaderBeatsToken(Credentials):
    """Takes the clientId of X-Ably-ClientId also for a token, instead of the clientId of the token."""

    def identify(self, request: Request) -> Caller | None:
        caller = super().identify(request)
        header = self.assumed_client(request)
        if caller is not None and caller.means is Means.TOKEN and header:
            return replace(caller, client_id=header)
        return caller


@mutant(breaks="PUB-142")
class PublishAnswersInLowerCase(Messages):
    """Returns the channel name in lower case in the response to a publish."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return super().receipt(name.lower(), receipt)


@mutant(breaks="PUB-143")
class ClientIdsWeighNothing(Publishing):
    """Does not count the clientId of a message in its size."""

    def size(self, message: Mapping[str, Json]) -> int:
        return super().size({name: value for name, value in message.items() if name != "clientId"})


@mutant(breaks="PUB-144")
class ExtrasOfAnyType(Publishing):
    """Ignores a known member of extras that is a text."""

    def extras(self, given: Mapping[str, Json]) -> Json:
        extras = given.get("extras")
        if isinstance(extras, dict):
            extras = {name: value for name, value in extras.items() if name not in EXTRAS or not isinstance(value, str)}
        return super().extras({**given, "extras": extras})


@mutant(breaks="PUB-145")
class IndexesCountFromAnywhere(Publishing):
    """Accepts an array whose ids have other indexes than their positions."""

    def base_of(self, message: Mapping[str, Json], index: int) -> str:
        found = INDEXED_ID.match(message.get("id", ""))
        return found[1] if found else super().base_of(message, index)


class _CarriesOver(Messages):
    """Shows the last value of one member in the messages after it that do not have it."""

    name = ""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        last: dict[str, Json] = {}
        views: list[Json] = []
        for message in reply.body if isinstance(reply.body, list) else ():
            last = {self.name: message[self.name]} if self.name in message else last
            views.append({**last, **message})
        return replace(reply, body=views)


@mutant(breaks="PUB-146")
class ClientsAreCarriedOver(_CarriesOver):
    """Shows a message without clientId with the clientId of the message before it."""

    name = "clientId"


@mutant(breaks="PUB-146")
class ExtrasAreCarriedOver(_CarriesOver):
    """Shows a message without extras with the extras of the message before it."""

    name = "extras"


@mutant(breaks="PUB-146")
class EncodingsAreCarriedOver(_CarriesOver):
    """Shows a message without encoding with the encoding of the message before it."""

    name = "encoding"


@mutant(breaks="PUB-147")
class NoBodyIsAMessage(Messages):
    """Publishes an empty message when the request has no body."""

    def body(self, call: Call) -> Json:
        return super().body(call) if call.request.body else {}


@mutant(breaks="PUB-148")
class RepetitionsRenewTheTimestamp(MessageLog):
    """Gives a stored message the time of the last publish with its id as timestamp."""

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        receipt = super().append(app, channel, messages)
        for position, message in enumerate(channel.messages):
            if message.fields["id"] in receipt.ids and message not in receipt.added:
                fields = {**message.fields, "timestamp": self.clock.stamp()}
                channel.messages[position] = replace(message, fields=fields)
        return receipt


@mutant(breaks="PUB-149")
class IdsOfAnyType(Publishing):
    """Ignores the id of a message that is no text."""

    def id(self, given: Mapping[str, Json]) -> Json:
        id_ = given.get("id")
        return super().id({**given, "id": id_ if isinstance(id_, str) else None})


@mutant(breaks="PUB-149")
class EncodingsOfAnyType(Publishing):
    """Ignores the encoding of a message that is no text."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        encoding = given.get("encoding")
        return super().payload({**given, "encoding": encoding if isinstance(encoding, str) else None})


@mutant(breaks="PUB-150")
class EachClientHasItsIds(MessageLog):
    """Stores a message whose id another client has published on the channel."""

    def append(self, app: App, channel: Channel, messages: Sequence[Mapping[str, Json]]) -> Receipt:
        clients = {message.fields["id"]: message.fields.get("clientId") for message in channel.messages}
        for message in messages:
            if clients.get(message.get("id", "")) != message.get("clientId"):
                channel.serials.pop(message.get("id", ""), None)
        return super().append(app, channel, messages)


@mutant(breaks="PUB-151")
class ClientsIgnoreTheirCase(Publishing):
    """Accepts a clientId that differs from that of the token in case only."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        own = caller.client_id or ""
        return super().may_publish_as(caller, client_id) or own.lower() == client_id.lower()


@mutant(breaks="PUB-151")
class ClientsMayHaveASuffix(Publishing):
    """Accepts a clientId that begins with that of the token."""

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        return super().may_publish_as(caller, client_id) or client_id.startswith(caller.client_id or "*")


@mutant(breaks="PUB-152")
class EphemeralMeansEphemeral(MessageLog):
    """Keeps no message that has extras.ephemeral, whatever its value is."""

    def is_kept(self, message: Message) -> bool:
        return "ephemeral" not in (message.fields.get("extras") or {})


@mutant(breaks="PUB-153")
class NamesAreTrimmed(Publishing):
    """Removes leading and trailing whitespace from the name of a message."""

    def name(self, given: Mapping[str, Json]) -> Json:
        name = super().name(given)
        return name.strip() if isinstance(name, str) else name


@mutant(breaks="PUB-153")
class ClientsAreTrimmed(Publishing):
    """Removes leading and trailing whitespace from the clientId of a message."""

    def client_id(self, given: Mapping[str, Json], caller: Caller) -> str | None:
        client_id = super().client_id(given, caller)
        return client_id.strip() if client_id else client_id


@mutant(breaks="PUB-154")
class NullIsNoData(Publishing):
    """Rejects null as data of a message."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        if "data" in given and given["data"] is None:
            raise bad_request("the data of a message is null", 40013)
        return super().payload(given)


@mutant(breaks="PUB-155")
class NullExtrasAreNoObject(Publishing):
    """Rejects null as extras of a message."""

    def extras(self, given: Mapping[str, Json]) -> Json:
        if "extras" in given and given["extras"] is None:
            raise bad_request("the extras of a message are null", 40032)
        return super().extras(given)


@mutant(breaks="PUB-156")
class EmptyBytesAreDropped(Publishing):
    """Stores a message with empty binary data without data."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        payload = super().payload(given)
        return {name: value for name, value in payload.items() if value != b""}
