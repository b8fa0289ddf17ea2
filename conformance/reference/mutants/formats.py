"""Lies about formats: which one is answered, and what one of them does to a body."""

# ruff: noqa: ARG002  a lie often ignores what it is told

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


# Which format is answered --------------------------------------------------------------------------------------------


@mutant(breaks="RSP-15")
class FormatBeatsAccept(Negotiation):
    """Follows `format` where Accept says something else."""

    def choose(self, request: Request) -> Format:
        return self.asked(request) or super().choose(request)


@mutant(breaks="RSP-16")
class FormatIsIgnored(Negotiation):
    """Looks at Accept alone."""

    def asked(self, request: Request) -> Format | None:
        return None


@mutant(breaks="RSP-17")
class MessagePackIsTheDefault(Negotiation):
    """Answers MessagePack to who asks for nothing."""

    def choose(self, request: Request) -> Format:
        is_nothing = request.header(b"accept") in {"", "*/*"} and "format" not in request.query
        return Format.MSGPACK if is_nothing else super().choose(request)


@mutant(breaks="RSP-18")
class CallbackHasOneName(Negotiation):
    """Calls the function callback, whichever was named."""

    def callback(self, request: Request) -> str:
        return "callback"


@mutant(breaks="RSP-19")
class CallbackIsJsonp(Negotiation):
    """Calls the function jsonp where none is named."""

    def callback(self, request: Request) -> str:
        return super().callback(request) if "callback" in request.query else "jsonp"


@mutant(breaks="RSP-20")
class HtmlIsNotAcceptable(Negotiation):
    """Refuses to make a page."""

    def choose(self, request: Request) -> Format:
        chosen = super().choose(request)
        if chosen is Format.HTML:
            raise Refusal(406, 40000, "there are no pages")
        return chosen


@mutant(breaks="RSP-21")
class ErrorsAreJson(Presenting):
    """Answers an error in JSON, whatever was asked for."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        return super().answer(reply, presentation if reply.status < 400 else Presentation(), request)


@mutant(breaks="RSP-45")
class AnswersComeAsTheBody(Negotiation):
    """Answers in the format of the body that was sent."""

    def choose(self, request: Request) -> Format:
        return BY_MEDIA_TYPE.get(media_type(request)) or super().choose(request)


# What else an answer is shaped by ------------------------------------------------------------------------------------


@mutant(breaks="RSP-22")
class EnvelopesAreForgotten(Negotiation):
    """Puts no answer into an envelope."""

    def presentation(self, request: Request) -> Presentation:
        return replace(super().presentation(request), enveloped=False)


@mutant(breaks="RSP-23")
class ErrorsHaveNoEnvelope(Presenting):
    """Puts an answer into an envelope, and an error not."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        is_enveloped = presentation.enveloped and reply.status < 400
        return super().answer(reply, replace(presentation, enveloped=is_enveloped), request)


@mutant(breaks="RSP-24")
class FieldsAreForgotten(Shaping):
    """Answers all members, whichever were named."""

    def only(self, tree: Json, fields: list[str]) -> Json:
        return tree


@mutant(breaks="RSP-25")
class FlattenIsForgotten(Shaping):
    """Leaves an answer as deep as it is."""

    def shape(self, tree: Json, query: Mapping[str, str]) -> Json:
        return super().shape(tree, {name: value for name, value in query.items() if name != "flatten"})


@mutant(breaks="RSP-26")
class OtherOriginsReadNothing(Presenting):
    """Says nothing to the page of another origin."""

    def common_headers(self, request: Request) -> Headers:
        return (("X-Ably-Serverid", self.server_id),)


# What MessagePack and forms do to a body -----------------------------------------------------------------------------


@mutant(breaks="RSP-40")
class MessagePackDropsWhatIsEmpty(Encoding):
    """Leaves empty texts and objects out of what it packs."""

    def msgpack(self, tree: Json) -> bytes:
        return super().msgpack(filled(tree))


def filled(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: filled(value) for name, value in tree.items() if value not in ("", {})}
    return [filled(each) for each in tree] if isinstance(tree, list) else tree


@mutant(breaks="RSP-41")
class MessagePackDecomposesLetters(Encoding):
    """Packs a letter with an accent as two characters."""

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
    """Does not read the extras of a message in MessagePack."""

    FORGOTTEN = "extras"


@mutant(breaks="RSP-46")
class PackedMetadataIsForgotten(_Forgetful):
    """Does not read the metadata of a device in MessagePack."""

    FORGOTTEN = "metadata"


@mutant(breaks="RSP-43")
class BlanksOfFormsStayPluses(Decoding):
    """Reads a plus in a form as a plus."""

    def form(self, body: bytes) -> Json:
        return super().form(body.replace(b"+", b"%2B"))


@mutant(breaks="RSP-47")
class FormsForgetCase(Decoding):
    """Reads the names of a form in small letters."""

    def form(self, body: bytes) -> Json:
        return {name.lower(): value for name, value in super().form(body).items()}


@mutant(breaks="RSP-44")
class IntegersAreFloats(Decoding):
    """Reads an integer by way of a float."""

    def json(self, body: bytes) -> Json:
        super().json(body)
        return json.loads(body, parse_int=lambda digits: int(float(digits)))


@mutant(breaks="GEN-06")
class PackedPublishesNameNoChannel(Messages):
    """Does not name the channel to who publishes in MessagePack."""

    def publish(self, call: Call) -> Reply:
        reply = super().publish(call)
        if media_type(call.request) != PACKED:
            return reply
        return replace(reply, body={name: value for name, value in reply.body.items() if name != "channel"})
