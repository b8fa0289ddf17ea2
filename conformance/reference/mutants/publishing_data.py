"""Mutants of message data: encoding, characters and size."""

# ruff: noqa: ARG002  an override often ignores an argument

import json
import unicodedata
from collections.abc import Mapping, Sequence
from re import compile as pattern

from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.encoding import json_text
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.payloads import Payloads
from conformance.reference.publishing import LARGEST_PUBLISH, Publishing
from conformance.reference.wire import Json, Request, media_type

ESCAPED_SURROGATE = pattern(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
KNOWN_STEPS = frozenset({"json", "utf-8", "base64", "cipher+aes-128-cbc", "cipher+aes-256-cbc"})


@mutant(breaks="PUB-67")
class NothingIsTooLarge(Publishing):
    """Accepts messages of any size."""

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        pass


@mutant(breaks="PUB-68")
class TheLimitIsThatOfFreeAccounts(Publishing):
    """Rejects messages above 16 KiB instead of 64 KiB."""

    def size(self, message: Mapping[str, Json]) -> int:
        return super().size(message) * 4


@mutant(breaks="PUB-69")
class EveryMessageHasTheWholeLimit(Publishing):
    """Applies the size limit to each message of an array instead of to their sum."""

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        for message in messages:
            super().require_size([message])


@mutant(breaks="PUB-70")
class TheLimitItselfIsTooLarge(Publishing):
    """Rejects a publish of exactly the largest allowed size."""

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        super().require_size(messages)
        if sum(self.size(message) for message in messages) == LARGEST_PUBLISH:
            raise Refusal(413, 40009, "the messages are too large")


@mutant(breaks="PUB-71")
class SizeIsCountedInCharacters(Publishing):
    """Measures strings in characters instead of bytes for the size limit."""

    def length(self, value: str | bytes | None) -> int:
        return len(value or "")


@mutant(breaks="PUB-72")
class StructuresHaveNoEncoding(Publishing):
    """Stores an object as JSON text without the encoding json."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        return {**stored, "encoding": None} if isinstance(given.get("data"), dict | list) else stored


@mutant(breaks="PUB-72")
class StructuresLoseTheirLastCharacter(Publishing):
    """Stores an object as a text that is not JSON, because its last character is missing."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        return {**stored, "data": stored["data"][:-1]} if isinstance(given.get("data"), dict | list) else stored


@mutant(breaks="PUB-73")
class PackedReadersGetHalfTheText(Payloads):
    """Writes the JSON text of an object without its last character for readers of MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        if fields.get("encoding") != "json":
            return super().as_bytes(fields, data)
        return {**super().as_bytes(fields, data), "data": data[:-1]}


@mutant(breaks="PUB-73")
class MessagePackReadersGetObjects(Payloads):
    """Decodes JSON data to an object for readers of MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        if fields.get("encoding") != "json":
            return super().as_bytes(fields, data)
        return {**{name: fields[name] for name in fields if name != "encoding"}, "data": json.loads(data)}


@mutant(breaks="PUB-74")
class Base64IsNotAnnounced(Payloads):
    """Writes binary data as base64 in JSON without the encoding base64."""

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_text(fields, data)
        return seen if seen is fields else {**{name: seen[name] for name in seen if name != "encoding"}}


@mutant(breaks="PUB-75")
class BytesAreBase64ForAll(Payloads):
    """Writes binary data as base64 in MessagePack too."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return self.as_text(fields, data) if isinstance(data, bytes) else super().as_bytes(fields, data)


@mutant(breaks="PUB-76")
class Base64StaysText(Payloads):
    """Does not decode data published as base64 text for readers of MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return fields


@mutant(breaks="PUB-77")
class Base64IsAnnouncedTwice(Payloads):
    """Writes the encoding base64/base64 for data that is base64-encoded once."""

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        if fields.get("encoding") == "base64":
            return {**fields, "encoding": "base64/base64"}
        return super().as_text(fields, data)


@mutant(breaks="PUB-78")
class OnlyTheLastStepIsKept(Publishing):
    """Keeps only the last step of an encoding."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        return {**stored, "encoding": stored["encoding"] and stored["encoding"].rpartition("/")[2]}


@mutant(breaks="PUB-79")
class DecodedBytesLoseTheirEncoding(Payloads):
    """Drops the whole encoding when it decodes the base64 step."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_bytes(fields, data)
        return seen if seen is fields else {name: value for name, value in seen.items() if name != "encoding"}


@mutant(breaks="PUB-80")
class UnknownEncodingsAreRefused(Publishing):
    """Rejects an unknown encoding."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        if not set((given.get("encoding") or "json").split("/")) <= KNOWN_STEPS:
            raise bad_request("the encoding is not known", 40013)
        return super().payload(given)


@mutant(breaks="PUB-81")
class TextThatParsesIsJson(Publishing):
    """Adds the encoding json to any string that begins like an object or array."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        if stored["encoding"] is None and isinstance(stored["data"], str) and stored["data"][:1] in {"{", "["}:
            return {**stored, "encoding": "json"}
        return stored


@mutant(breaks="PUB-82")
class JsonTextIsEncodedAgain(Publishing):
    """Encodes data that has the encoding json a second time."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        if given.get("encoding") == "json" and isinstance(given.get("data"), str):
            return {**stored, "data": json_text(given["data"])}
        return stored


@mutant(breaks="PUB-83")
class Base64ReplacesTheEncoding(Payloads):
    """Replaces the encoding of binary data by base64 instead of appending base64."""

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_text(fields, data)
        return seen if seen is fields else {**seen, "encoding": "base64"}


@mutant(breaks="PUB-84")
class BlanksOfFormsStayPlus(Decoding):
    """Does not decode plus signs in the values of a form to spaces."""

    def form_value(self, name: str, text: str) -> Json:
        return super().form_value(name, text.replace(" ", "+"))


@mutant(breaks="PUB-85")
class MessagePackArraysAreCut(Decoding):
    """Reads only the first message of an array sent in MessagePack."""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return tree[:1] if isinstance(tree, list) else tree


@mutant(breaks="PUB-86")
class BodiesAreAlwaysMessages(Messages):
    """Ignores the parameter enveloped=false."""

    def body(self, call: Call) -> Json:
        return call.body()


@mutant(breaks="PUB-87")
class BinaryBodiesAreText(Messages):
    """Stores a binary body as Latin-1 text."""

    def raw_data(self, request: Request) -> str | bytes:
        return request.body.decode("latin-1")


@mutant(breaks="PUB-90")
class NamesKeepToTheFirstPlane(Publishing):
    """Replaces characters beyond 16 bits and right-to-left characters in names by question marks."""

    def name(self, given: Mapping[str, Json]) -> Json:
        name = super().name(given)
        return "".join("?" if is_unusual(letter) else letter for letter in name) if name else name


def is_unusual(letter: str) -> bool:
    return ord(letter) > 0xFFFF or unicodedata.bidirectional(letter) in {"R", "AL", "RLO", "PDF"}


@mutant(breaks="PUB-91")
class MessagePackIsAscii(Decoding):
    """Replaces non-ASCII characters when it reads MessagePack."""

    def msgpack(self, body: bytes) -> Json:
        return as_ascii(super().msgpack(body))


def as_ascii(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: as_ascii(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [as_ascii(item) for item in tree]
    return tree.encode("ascii", "replace").decode() if isinstance(tree, str) else tree


@mutant(breaks="PUB-92")
class MessagePackReadersGetAscii(Payloads):
    """Replaces non-ASCII characters in data when it writes MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return super().as_bytes({**fields, "data": as_ascii(data)}, as_ascii(data))


@mutant(breaks="PUB-93")
class EscapedPairsAreTwoLetters(Decoding):
    """Decodes each half of an escaped surrogate pair as a replacement character."""

    def json(self, body: bytes) -> Json:
        return super().json(ESCAPED_SURROGATE.sub(rb"\\ufffd", body))


@mutant(breaks="PUB-94")
class HalfPairsAreStored(Decoding):
    """Accepts an unpaired surrogate in a body and fails when it encodes it."""

    def read(self, request: Request) -> Json:
        return self.reader(request)(request.body)


@mutant(breaks="PUB-95")
class TextsAreNormalised(Publishing):
    """Normalises text data to Unicode NFC."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        return super().payload(
            {**given, "data": unicodedata.normalize("NFC", data)} if isinstance(data, str) else given
        )


@mutant(breaks="PUB-96")
class ControlCharactersAreDropped(Publishing):
    """Drops control characters from text data."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        if not isinstance(data, str):
            return super().payload(given)
        return super().payload({**given, "data": "".join(each for each in data if unicodedata.category(each) != "Cc")})


@mutant(breaks="PUB-97")
class TextsAreTrimmed(Publishing):
    """Strips leading and trailing white space from text data."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        return super().payload({**given, "data": data.strip()} if isinstance(data, str) else given)


class _Scalars(Publishing):
    """Accepts a number or a boolean as data."""

    def scalar(self, value: Json) -> str | None:
        raise NotImplementedError

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        is_scalar = isinstance(data, bool | int | float)
        return super().payload({**given, "data": self.scalar(data)} if is_scalar else given)


@mutant(breaks="PUB-103")
class ScalarsAreLost(_Scalars):
    """Accepts a message whose data is a number or a boolean, and stores it without data."""

    def scalar(self, value: Json) -> str | None:
        return None


@mutant(breaks="PUB-104")
class ScalarsAreFractions(_Scalars):
    """Stores a number or a boolean as data in the form of a fraction: 7.0."""

    def scalar(self, value: Json) -> str | None:
        return str(float(value))


@mutant(breaks="PUB-105")
class AnyPackedNumberIsANumber(Decoding):
    """Accepts NaN and Infinity in MessagePack and writes them into JSON."""

    def read(self, request: Request) -> Json:
        return self.msgpack(request.body) if media_type(request) == "application/x-msgpack" else super().read(request)
