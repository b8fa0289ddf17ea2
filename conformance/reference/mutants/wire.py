"""Mutants of the form of answers: status, media type, body, headers and errors."""

# ruff: noqa: ARG002  an override often ignores an argument

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.devices import Devices
from conformance.reference.encoding import Encoding
from conformance.reference.errors import Errors, Refusal
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format, Negotiation, Presentation
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.presenting import Presenting
from conformance.reference.service_time import ServiceTime
from conformance.reference.state import Device, Message
from conformance.reference.wire import Answer, Headers, Json, Reply, Request, media_type


@mutant(breaks="RSP-01", seen_by="TIM-01")
class TimeIsText(ServiceTime):
    """Writes the time as a string."""

    def tell(self, call: Call) -> Reply:
        return Reply(200, [str(self.clock.now())])


@mutant(breaks="RSP-02", seen_by="TIM-02")
class PackedTimeIsText(ServiceTime):
    """Writes the time as a string in MessagePack."""

    def tell(self, call: Call) -> Reply:
        is_packed = call.presentation.format is Format.MSGPACK
        return Reply(200, [str(self.clock.now())]) if is_packed else super().tell(call)


@mutant(breaks="RSP-03", seen_by="PUB-01")
class PublishIsMerelyOk(Messages):
    """Answers a publish with 200 instead of 201."""

    def publish(self, call: Call) -> Reply:
        return replace(super().publish(call), status=200)


@mutant(breaks="RSP-04", seen_by="TIM-07")
class ListsHaveAByteOrderMark(Encoding):
    """Writes a byte order mark before a JSON array."""

    def json(self, tree: Json) -> bytes:
        mark = b"\xef\xbb\xbf" if isinstance(tree, list) else b""
        return mark + super().json(tree)


@mutant(breaks="RSP-05", seen_by="TIM-02")
class PackedBodiesAreTerminated(Encoding):
    """Adds a zero byte at the end of a MessagePack body."""

    def msgpack(self, tree: Json) -> bytes:
        return super().msgpack(tree) + b"\x00"


@mutant(breaks="RSP-06", seen_by="STA-01")
class NameOfAChannelComesTwice(Encoding):
    """Writes the member channelId twice in the JSON details of a channel."""

    def json(self, tree: Json) -> bytes:
        text = super().json(tree)
        is_channel = isinstance(tree, dict) and "channelId" in tree
        return text[:-1] + b',"channelId":' + json.dumps(tree["channelId"]).encode() + b"}" if is_channel else text


@mutant(breaks="RSP-09", seen_by="TIM-07")
class MediaTypesNameACharset(Encoding):
    """Adds a charset to the media type of every body."""

    def media_type(self, presentation: Presentation) -> str:
        return f"{super().media_type(presentation)}; charset=utf-8"


@mutant(breaks="RSP-10", seen_by="DEV-07")
class NothingHasALength(Presenting):
    """Sends a body with 204."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        answer = super().answer(reply, presentation, request)
        return (
            replace(answer, headers=[*answer.headers, (b"Content-Length", b"2")], body=b"{}")
            if reply.status == 204
            else answer
        )


@mutant(breaks="RSP-12", seen_by="PRE-12")
class EmptyListsHaveNoBody(Presenting):
    """Sends no body for an empty list."""

    def body(self, reply: Reply, presentation: Presentation, request: Request) -> bytes:
        return b"" if reply.body == [] else super().body(reply, presentation, request)


@mutant(breaks="RSP-14", seen_by="DEV-01")
class RecipientsNameTheirDevice(Devices):
    """Adds an undocumented deviceId to the recipient of a device."""

    def details(self, device: Device) -> dict[str, Json]:
        details = super().details(device)
        recipient = {**details["push"]["recipient"], "deviceId": device.id}
        return {**details, "push": {**details["push"], "recipient": recipient}}


@mutant(breaks="RSP-07", seen_by="RSP-17")
class AnybodyIsABrowser(Negotiation):
    """Answers in HTML when the request accepts any format."""

    def choose(self, request: Request) -> Format:
        is_anything = request.header(b"accept") in {"", "*/*"} and "format" not in request.query
        return Format.HTML if is_anything else super().choose(request)


@mutant(breaks="RSP-13", seen_by="TIM-02")
class MessagePackIsNotSpoken(Negotiation):
    """Answers in JSON when MessagePack was requested."""

    def accepted(self, accept: str) -> Format | None:
        chosen = super().accepted(accept)
        return Format.JSON if chosen is Format.MSGPACK else chosen


@mutant(breaks="RSP-08", seen_by="RSP-20")
class HtmlIsNotSpoken(Negotiation):
    """Answers in JSON when HTML was requested."""

    def choose(self, request: Request) -> Format:
        chosen = super().choose(request)
        return Format.JSON if chosen is Format.HTML else chosen


@mutant(breaks="RSP-11", seen_by="RSP-18")
class JsonpCallsNothing(Encoding):
    """Answers with plain JSON when JSONP was requested."""

    def jsonp(self, tree: Json, callback: str) -> bytes:
        return self.json(tree)


@mutant(breaks="HDR-01", seen_by="PRE-12")
class LinksAreLeftOut(Presenting):
    """Omits all Link headers."""

    def link_headers(self, links: Headers) -> Headers:
        return ()


@mutant(breaks="HDR-01", seen_by="STA-01")
class ServerHasNoId(Presenting):
    """Omits the X-Ably-Serverid header."""

    def common_headers(self, request: Request) -> Headers:
        return ()


@mutant(breaks="PAG-23", seen_by="PRE-12")
class LinksShareOneLine(Presenting):
    """Joins all links into one Link header line."""

    def link_headers(self, links: Headers) -> Headers:
        lines = super().link_headers(links)
        return (("Link", ", ".join(value for _, value in lines)),) if lines else ()


@mutant(breaks="PAG-28", seen_by="HIS-18")
class LinksOfHistoryShareOneLine(LinksShareOneLine):
    """Joins the links of message history into one Link header line."""

    def link_headers(self, links: Headers) -> Headers:
        is_history = any(url.startswith("./messages?") for _, url in links)
        return super().link_headers(links) if is_history else Presenting.link_headers(self, links)


@mutant(breaks="PAG-09")
class FullLastPageHasNext(Paging):
    """Adds a next link to a full last page."""

    def has_next(self, chosen: Sequence[Entry], rest: Sequence[Entry], window: Window) -> bool:
        return len(chosen) == window.limit


@mutant(breaks="HDR-02", seen_by="PAG-13")
class ErrorCodesAreWords(Errors):
    """Writes a word instead of a number into the X-Ably-ErrorCode header."""

    def headers(self, refusal: Refusal) -> Headers:
        return tuple((name, "bad" if name == "X-Ably-Errorcode" else value) for name, value in super().headers(refusal))


@mutant(breaks="ERR-01", seen_by="PAG-13")
class ErrorsAreFlat(Errors):
    """Writes the members of an error without the enclosing error object."""

    def body(self, refusal: Refusal) -> Json:
        return super().body(refusal)["error"]


@mutant(breaks="ERR-02", seen_by="PAG-13")
class StatusCodeIsTheCode(Errors):
    """Writes the error code into statusCode."""

    def info(self, refusal: Refusal) -> Json:
        return {**super().info(refusal), "statusCode": refusal.code}


@mutant(breaks="ERR-03", seen_by="PAG-13")
class HeaderKnowsOneCode(Errors):
    """Writes the status times 100 instead of the error code into X-Ably-ErrorCode."""

    def headers(self, refusal: Refusal) -> Headers:
        return super().headers(Refusal(refusal.status, refusal.status * 100, refusal.message))


@mutant(breaks="ERR-04", seen_by="PAG-13")
class ErrorsHaveNoHeaders(Errors):
    """Omits the X-Ably-ErrorCode and X-Ably-ErrorMessage headers."""

    def headers(self, refusal: Refusal) -> Headers:
        return self.challenge(refusal)


@mutant(breaks="ERR-05", seen_by="TIM-07")
class SuccessHasACode(Presenting):
    """Adds the header X-Ably-ErrorCode with the value 0 to successful answers."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        beside = (("X-Ably-ErrorCode", "0"),) if reply.status < 400 else ()
        return super().answer(replace(reply, headers=(*reply.headers, *beside)), presentation, request)


@mutant(breaks="ERR-06", seen_by="ERR-14")
class BrokenJsonIsAnAccident(Decoding):
    """Fails with 500 on a body that is not valid JSON."""

    def json(self, body: bytes) -> Json:
        return json.loads(body)


@mutant(breaks="ERR-07", seen_by="PAG-14")
class BadValuesCannotBeProcessed(Errors):
    """Answers an invalid parameter value with 422 instead of 400."""

    def reply(self, refusal: Refusal) -> Reply:
        return super().reply(Refusal(422, refusal.code, refusal.message) if refusal.code == 40003 else refusal)


@mutant(breaks="GEN-01", seen_by="GEN-05 and (messages or channelSubscriptions)")
class FormsAreNotUnderstood(Decoding):
    """Rejects a body that is sent as a form."""

    def reader(self, request: Request) -> Callable[[bytes], Json]:
        if media_type(request) == "application/x-www-form-urlencoded":
            raise Refusal(415, 40000, "forms are not supported")
        return super().reader(request)


@mutant(breaks="GEN-02", seen_by="PAG-13")
class NoLimitIsTooLarge(Paging):
    """Accepts any limit, however large."""

    def largest_limit(self, limit: int) -> int:
        return limit


@mutant(breaks="GEN-05", seen_by="GEN-05 and time")
class PagesBreakOff(Presenting):
    """Sends HTML with a Content-Length that is one byte too large."""

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        announced = body + b" " if presentation.format is Format.HTML else body
        return super().body_headers(announced, presentation)


@mutant(breaks="ERR-22", seen_by="PAG-13")
class CodesAreText(Errors):
    """Writes the error code as a string."""

    def info(self, refusal: Refusal) -> Json:
        return {**super().info(refusal), "code": str(refusal.code)}


@mutant(breaks="ERR-23", seen_by="PAG-13")
class ErrorsApologise(Errors):
    """Writes non-ASCII characters into the X-Ably-ErrorMessage header."""

    def headers(self, refusal: Refusal) -> Headers:
        return tuple(
            (name, f"désolé: {value}" if name == "X-Ably-Errormessage" else value)
            for name, value in super().headers(refusal)
        )


@mutant(breaks="ERR-24", seen_by="PAG-13")
class ErrorsNameAnotherServer(Errors):
    """Writes another serverId into the body of an error than into its header."""

    def body(self, refusal: Refusal) -> Json:
        return {"error": {**super().body(refusal)["error"], "serverId": "backend.reference"}}


@mutant(breaks="HDR-03", seen_by="TIM-07")
class TimeHasNoServer(Presenting):
    """Omits the X-Ably-Serverid header from the service time."""

    def common_headers(self, request: Request) -> Headers:
        return () if request.path == b"/time" else super().common_headers(request)


@mutant(breaks="HDR-04", seen_by="TIM-07")
class ServerIsCloudfront(Presenting):
    """Adds the header Server with the value cloudfront."""

    def common_headers(self, request: Request) -> Headers:
        return (*super().common_headers(request), ("Server", "cloudfront"))


@mutant(breaks="HDR-12", seen_by="TOK-07 or TOK-86")
class ExpiredTokensAreNotStale(Errors):
    """Answers an expired token with the same challenge as any other 401."""

    def challenge(self, refusal: Refusal) -> Headers:
        return super().challenge(Refusal(refusal.status, 40140, refusal.message))


@mutant(breaks="HDR-13", seen_by="AUT-10")
class ChallengesAreForBearers(Errors):
    """Names the scheme Bearer in WWW-Authenticate."""

    def challenge(self, refusal: Refusal) -> Headers:
        return tuple((name, 'Bearer realm="Ably"') for name, _ in super().challenge(refusal))


@mutant(breaks="HDR-13", seen_by="AUT-10")
class ChallengesHaveNoParameter(Errors):
    """Names a scheme without a parameter in WWW-Authenticate."""

    def challenge(self, refusal: Refusal) -> Headers:
        return tuple((name, value.partition(" ")[0]) for name, value in super().challenge(refusal))


@mutant(breaks="RSP-27", seen_by="TIM-01")
class TimeHasFraction(ServiceTime):
    """Writes the time as a floating-point number."""

    def tell(self, call: Call) -> Reply:
        return Reply(200, [float(self.clock.now())])


@mutant(breaks="RSP-49", seen_by="HIS-01")
class NobodyIsNull(Messages):
    """Writes null as the client of a message without one."""

    def view(self, message: Message, format_: Format) -> Json:
        return {"clientId": None, **super().view(message, format_)}


@mutant(breaks="ERR-26", seen_by="PAG-14")
class ErrorsDoNotSayWhetherTheyAreFatal(Errors):
    """Omits nonfatal from errors."""

    def info(self, refusal: Refusal) -> Json:
        return {name: value for name, value in super().info(refusal).items() if name != "nonfatal"}


@mutant(breaks="SEC-33", seen_by="PAG-14")
class ErrorsQuoteTheException(Errors):
    """Writes the text of a Python exception into the message of an error."""

    def info(self, refusal: Refusal) -> Json:
        text = f"{refusal.message}: invalid literal for int(), 'NoneType' object is not iterable"
        return {**super().info(refusal), "message": text}


@mutant(breaks="RSP-55", seen_by="DEV-07")
class NothingHasNoType(Presenting):
    """Omits the Content-Type of a 204."""

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        return super().body_headers(body, presentation) if body else ()


@mutant(breaks="HDR-14", seen_by="TIM-01")
class LengthsComeTwice(Presenting):
    """Sends Content-Length in two lines."""

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        lines = super().body_headers(body, presentation)
        return (*lines, *(line for line in lines if line[0] == "Content-Length"))


@mutant(breaks="HDR-14", seen_by="TIM-01")
class TimeHasALengthWithASign(Presenting):
    """Writes a plus sign before the Content-Length of the service time."""

    def answer(self, reply: Reply, presentation: Presentation, request: Request) -> Answer:
        answer = super().answer(reply, presentation, request)
        sign = b"+" if request.path == b"/time" else b""
        lines = [(name, sign + value if name == b"Content-Length" else value) for name, value in answer.headers]
        return replace(answer, headers=lines)


@mutant(breaks="HDR-15", seen_by="TIM-01")
class ChunksHaveALength(Presenting):
    """Sends a body in chunks and with a Content-Length."""

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        lines = super().body_headers(body, presentation)
        return (*lines, ("Transfer-Encoding", "chunked")) if body else lines


@mutant(breaks="HDR-16", seen_by="TIM-01")
class BodiesHaveTwoTypes(Presenting):
    """Sends a second Content-Type line, with the value text/plain."""

    def body_headers(self, body: bytes, presentation: Presentation) -> Headers:
        return (*super().body_headers(body, presentation), ("Content-Type", "text/plain"))
