"""Lies about what data becomes on its way: its encoding, its letters, its size."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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
from conformance.reference.wire import Json, Request

ESCAPED_SURROGATE = pattern(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
KNOWN_STEPS = frozenset({"json", "utf-8", "base64", "cipher+aes-128-cbc", "cipher+aes-256-cbc"})


@mutant(breaks="PUB-67")
class NothingIsTooLarge(Publishing):
    """Takes messages of any size."""

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        pass


@mutant(breaks="PUB-68")
class TheLimitIsThatOfFreeAccounts(Publishing):
    """Refuses what exceeds 16 KiB."""

    def size(self, message: Mapping[str, Json]) -> int:
        return super().size(message) * 4


@mutant(breaks="PUB-69")
class EveryMessageHasTheWholeLimit(Publishing):
    """Measures the messages of an array one by one."""

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        for message in messages:
            super().require_size([message])


@mutant(breaks="PUB-70")
class TheLimitItselfIsTooLarge(Publishing):
    """Refuses a publish of exactly the largest size."""

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        super().require_size(messages)
        if sum(self.size(message) for message in messages) == LARGEST_PUBLISH:
            raise Refusal(413, 40009, "the messages are too large")


@mutant(breaks="PUB-71")
class SizeIsCountedInCharacters(Publishing):
    """Counts the characters of a text in place of its bytes."""

    def length(self, value: str | bytes | None) -> int:
        return len(value or "")


@mutant(breaks="PUB-72")
class StructuresHaveNoEncoding(Publishing):
    """Stores an object as JSON text and does not say so."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        return {**stored, "encoding": None} if isinstance(given.get("data"), dict | list) else stored


@mutant(breaks="PUB-73")
class MessagePackReadersGetObjects(Payloads):
    """Turns JSON text back into an object for who reads MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        if fields.get("encoding") != "json":
            return super().as_bytes(fields, data)
        return {**{name: fields[name] for name in fields if name != "encoding"}, "data": json.loads(data)}


@mutant(breaks="PUB-74")
class Base64IsNotAnnounced(Payloads):
    """Writes bytes as base64 for who reads JSON and does not say so."""

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_text(fields, data)
        return seen if seen is fields else {**{name: seen[name] for name in seen if name != "encoding"}}


@mutant(breaks="PUB-75")
class BytesAreBase64ForAll(Payloads):
    """Writes bytes as base64 also for who reads MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return self.as_text(fields, data) if isinstance(data, bytes) else super().as_bytes(fields, data)


@mutant(breaks="PUB-76")
class Base64StaysText(Payloads):
    """Leaves base64 as it was published for who reads MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return fields


@mutant(breaks="PUB-77")
class Base64IsAnnouncedTwice(Payloads):
    """Adds base64 to the encoding of what is base64 already."""

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        if fields.get("encoding") == "base64":
            return {**fields, "encoding": "base64/base64"}
        return super().as_text(fields, data)


@mutant(breaks="PUB-78")
class OnlyTheLastStepIsKept(Publishing):
    """Keeps the last step of an encoding and forgets those before it."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        return {**stored, "encoding": stored["encoding"] and stored["encoding"].rpartition("/")[2]}


@mutant(breaks="PUB-79")
class DecodedBytesLoseTheirEncoding(Payloads):
    """Drops the whole encoding when it takes the base64 off."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_bytes(fields, data)
        return seen if seen is fields else {name: value for name, value in seen.items() if name != "encoding"}


@mutant(breaks="PUB-80")
class UnknownEncodingsAreRefused(Publishing):
    """Refuses an encoding that it could not undo itself."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        if not set((given.get("encoding") or "json").split("/")) <= KNOWN_STEPS:
            raise bad_request("the encoding is not known", 40013)
        return super().payload(given)


@mutant(breaks="PUB-81")
class TextThatParsesIsJson(Publishing):
    """Says encoding json of every text that looks like an object or array."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        if stored["encoding"] is None and isinstance(stored["data"], str) and stored["data"][:1] in {"{", "["}:
            return {**stored, "encoding": "json"}
        return stored


@mutant(breaks="PUB-82")
class JsonTextIsEncodedAgain(Publishing):
    """Encodes what its publisher encoded as JSON a second time."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        stored = super().payload(given)
        if given.get("encoding") == "json" and isinstance(given.get("data"), str):
            return {**stored, "data": json_text(given["data"])}
        return stored


@mutant(breaks="PUB-83")
class Base64ReplacesTheEncoding(Payloads):
    """Says base64 of bytes in place of the encoding that they had."""

    def as_text(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        seen = super().as_text(fields, data)
        return seen if seen is fields else {**seen, "encoding": "base64"}


@mutant(breaks="PUB-84")
class BlanksOfFormsStayPlus(Decoding):
    """Leaves the plus signs of a form that stand for blanks."""

    def form_value(self, name: str, text: str) -> Json:
        return super().form_value(name, text.replace(" ", "+"))


@mutant(breaks="PUB-85")
class MessagePackArraysAreCut(Decoding):
    """Reads the first message alone of an array in MessagePack."""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return tree[:1] if isinstance(tree, list) else tree


@mutant(breaks="PUB-86")
class BodiesAreAlwaysMessages(Messages):
    """Does not know enveloped=false."""

    def body(self, call: Call) -> Json:
        return call.body()


@mutant(breaks="PUB-87")
class BinaryBodiesAreText(Messages):
    """Takes a binary body for a text."""

    def raw_data(self, request: Request) -> str | bytes:
        return request.body.decode("latin-1")


@mutant(breaks="PUB-90")
class NamesKeepToTheFirstPlane(Publishing):
    """Replaces the letters of a name that do not fit into 16 bits or go from right to left."""

    def name(self, given: Mapping[str, Json]) -> Json:
        name = super().name(given)
        return "".join("?" if is_unusual(letter) else letter for letter in name) if name else name


def is_unusual(letter: str) -> bool:
    return ord(letter) > 0xFFFF or unicodedata.bidirectional(letter) in {"R", "AL", "RLO", "PDF"}


@mutant(breaks="PUB-91")
class MessagePackIsAscii(Decoding):
    """Replaces letters beyond ASCII when it reads MessagePack."""

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
    """Replaces letters beyond ASCII when it writes MessagePack."""

    def as_bytes(self, fields: dict[str, Json], data: Json) -> dict[str, Json]:
        return super().as_bytes({**fields, "data": as_ascii(data)}, as_ascii(data))


@mutant(breaks="PUB-93")
class EscapedPairsAreTwoLetters(Decoding):
    """Takes each half of an escaped surrogate pair for a letter that it does not know."""

    def json(self, body: bytes) -> Json:
        return super().json(ESCAPED_SURROGATE.sub(rb"\\ufffd", body))


@mutant(breaks="PUB-94")
class HalfPairsAreStored(Decoding):
    """Takes half a surrogate pair for text, and finds out when it writes it."""

    def read(self, request: Request) -> Json:
        return self.reader(request)(request.body)


@mutant(breaks="PUB-95")
class TextsAreNormalised(Publishing):
    """Composes the letters of a text that can be composed."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        return super().payload(
            {**given, "data": unicodedata.normalize("NFC", data)} if isinstance(data, str) else given
        )


@mutant(breaks="PUB-96")
class ControlCharactersAreDropped(Publishing):
    """Leaves out what cannot be printed."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        if not isinstance(data, str):
            return super().payload(given)
        return super().payload({**given, "data": "".join(each for each in data if unicodedata.category(each) != "Cc")})


@mutant(breaks="PUB-97")
class TextsAreTrimmed(Publishing):
    """Cuts the blanks at the ends of a text."""

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data = given.get("data")
        return super().payload({**given, "data": data.strip()} if isinstance(data, str) else given)
