"""Mutants of response formats, and of decoding and encoding bodies."""

# ruff: noqa: ARG002  an override often ignores an argument

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.encoding import Encoding
from conformance.reference.errors import Refusal
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import BY_MEDIA_TYPE, Format, Negotiation, Presentation
from conformance.reference.presenting import Presenting
from conformance.reference.shaping import Shaping
from conformance.reference.wire import Answer, Headers, Json, Reply, Request, media_type

PACKED = "application/x-msgpack"


@mutant(breaks="RSP-15")
class FormatBeatsAccept(Negotiation):
    """Prefers the parameter format to the Accept header."""

    def choose(self, request: Request) -> Format:
        return self.asked(request) or super().choose(request)


@mutant(breaks="RSP-16")
class FormatIsIgnored(Negotiation):
    """Ignores the parameter format."""

    def asked(self, request: Request) -> Format | None:
        return None


@mutant(breaks="RSP-17")
class MessagePackIsTheDefault(Negotiation):
    """Answers in MessagePack when the request asks for no format."""

    def choose(self, request: Request) -> Format:
        is_nothing = request.header(b"accept") in {"", "*/*"} and "format" not in request.query
        return Format.MSGPACK if is_nothing else super().choose(request)


@mutant(breaks="RSP-18")
class CallbackHasOneName(Negotiation):
    """Ignores the requested name of the JSONP callback and always uses `callback`."""

    def callback(self, request: Request) -> str:
        return "callback"


@mutant(breaks="RSP-19")
class CallbackIsJsonp(Negotiation):
    """Uses `jsonp` instead of `callback` as the default name of the JSONP callback."""

    def callback(self, request: Request) -> str:
        return super().callback(request) if "callback" in request.query else "jsonp"


@mutant(breaks="RSP-20")
class HtmlIsNotAcceptable(Negotiation):
    """Answers a request for HTML with 406."""

    def choose(self, request: Request) -> Format:
        chosen = super().choose(request)
        if chosen is Format.HTML:
            raise Refusal(406, 40000, "HTML is not available")
        return chosen


@mutant(breaks="RSP-21")
class ErrorsAreJson(Presenting):
    """Answers errors in JSON, whatever format was requested."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        return super().answer(reply, presentation if reply.status < 400 else Presentation(), request)


@mutant(breaks="RSP-45")
class AnswersComeAsTheBody(Negotiation):
    """Answers in the format of the request body instead of the requested one."""

    def choose(self, request: Request) -> Format:
        return BY_MEDIA_TYPE.get(media_type(request)) or super().choose(request)


@mutant(breaks="RSP-22")
class EnvelopesAreForgotten(Negotiation):
    """Ignores the parameter envelope."""

    def presentation(self, request: Request) -> Presentation:
        return replace(super().presentation(request), enveloped=False)


@mutant(breaks="RSP-23")
class ErrorsHaveNoEnvelope(Presenting):
    """Does not put errors into the requested envelope."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        is_enveloped = presentation.enveloped and reply.status < 400
        return super().answer(reply, replace(presentation, enveloped=is_enveloped), request)


@mutant(breaks="RSP-24")
class FieldsAreForgotten(Shaping):
    """Ignores the parameter fields."""

    def only(self, tree: Json, fields: list[str]) -> Json:
        return tree


@mutant(breaks="RSP-25")
class FlattenIsForgotten(Shaping):
    """Ignores the parameter flatten."""

    def shape(self, tree: Json, query: Mapping[str, str]) -> Json:
        return super().shape(tree, {name: value for name, value in query.items() if name != "flatten"})


@mutant(breaks="RSP-26")
class OtherOriginsReadNothing(Presenting):
    """Omits the CORS headers from all answers."""

    def common_headers(self, request: Request) -> Headers:
        return (("X-Ably-Serverid", self.server_id),)


@mutant(breaks="RSP-40")
class MessagePackDropsWhatIsEmpty(Encoding):
    """Drops members with empty strings and empty objects from MessagePack answers."""

    def msgpack(self, tree: Json) -> bytes:
        return super().msgpack(filled(tree))


def filled(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: filled(value) for name, value in tree.items() if value not in ("", {})}
    return [filled(each) for each in tree] if isinstance(tree, list) else tree


@mutant(breaks="RSP-41")
class MessagePackDecomposesLetters(Encoding):
    """Decomposes accented letters in MessagePack answers (Unicode NFD)."""

    def msgpack(self, tree: Json) -> bytes:
        return super().msgpack(decomposed(tree))


def decomposed(tree: Json) -> Json:
    if isinstance(tree, str):
        return unicodedata.normalize("NFD", tree)
    if isinstance(tree, dict):
        return {name: decomposed(value) for name, value in tree.items()}
    return [decomposed(each) for each in tree] if isinstance(tree, list) else tree


class _Forgetful(Decoding):
    FORGOTTEN = ""

    def msgpack(self, body: bytes) -> Json:
        tree = super().msgpack(body)
        return [self.without(each) for each in tree] if isinstance(tree, list) else self.without(tree)

    def without(self, item: Json) -> Json:
        return {name: item[name] for name in item if name != self.FORGOTTEN} if isinstance(item, dict) else item


@mutant(breaks="RSP-42")
class PackedExtrasAreForgotten(_Forgetful):
    """Drops the extras of a message sent in MessagePack."""

    FORGOTTEN = "extras"


@mutant(breaks="RSP-46")
class PackedMetadataIsForgotten(_Forgetful):
    """Drops the metadata of a device sent in MessagePack."""

    FORGOTTEN = "metadata"


@mutant(breaks="RSP-43")
class BlanksOfFormsStayPluses(Decoding):
    """Does not decode plus signs in a form to spaces."""

    def form(self, body: bytes) -> Json:
        return super().form(body.replace(b"+", b"%2B"))


@mutant(breaks="RSP-47")
class FormsForgetCase(Decoding):
    """Converts the field names of a form to lower case."""

    def form(self, body: bytes) -> Json:
        return {name.lower(): value for name, value in super().form(body).items()}


@mutant(breaks="RSP-44")
class IntegersAreFloats(Decoding):
    """Reads JSON integers as floats, which loses precision."""

    def json(self, body: bytes) -> Json:
        super().json(body)
        return json.loads(body, parse_int=lambda digits: int(float(digits)))


@mutant(breaks="GEN-06")
class PackedPublishesNameNoChannel(Messages):
    """Omits the channel from the answer to a publish sent in MessagePack."""

    def publish(self, call: Call) -> Reply:
        reply = super().publish(call)
        if media_type(call.request) != PACKED:
            return reply
        return replace(reply, body={name: value for name, value in reply.body.items() if name != "channel"})


@mutant(breaks="RSP-50")
class WeightsAreIgnored(Negotiation):
    """Ignores the weights of Accept, so that a format with q=0 is sent."""

    def accepted(self, accept: str) -> Format | None:
        return super().accepted(",".join(each.partition(";")[0] for each in accept.split(",")))


@mutant(breaks="RSP-51")
class JsonIsSentWhereNamed(Negotiation):
    """Sends JSON to every request whose Accept names it, even with q=0."""

    def accepted(self, accept: str) -> Format | None:
        return Format.JSON if Format.JSON.value in accept else super().accepted(accept)


@mutant(breaks="RSP-52")
class OtherOriginsReadNoErrors(Presenting):
    """Omits the CORS headers from errors."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        answer = super().answer(reply, presentation, request)
        is_error = reply.status >= 400
        return replace(answer, headers=without_cors(answer.headers)) if is_error else answer


def without_cors(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]


@mutant(breaks="RSP-53")
class NothingIsExposed(Presenting):
    """Allows other origins to read an answer without exposing its headers."""

    def common_headers(self, request: Request) -> Headers:
        return tuple(line for line in super().common_headers(request) if line[0] != "Access-Control-Expose-Headers")


@mutant(breaks="RSP-54")
class LastContentTypeCounts(Decoding):
    """Reads the body of a request with two Content-Type lines in the format of the last one."""

    def read(self, request: Request) -> Json:
        last = request.headers.get(b"content-type", b"").rpartition(b",")[2].strip()
        return super().read(replace(request, headers={**request.headers, b"content-type": last}))
