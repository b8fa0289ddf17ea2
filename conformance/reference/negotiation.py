"""Chooses the format of an answer: by Accept, then by `format`, then JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from re import compile as pattern

from conformance.reference.errors import Refusal, bad_value
from conformance.reference.wire import Request


class Format(Enum):
    JSON = "application/json"
    MSGPACK = "application/x-msgpack"
    JSONP = "application/javascript"
    HTML = "text/html"


BY_NAME = {"json": Format.JSON, "msgpack": Format.MSGPACK, "jsonp": Format.JSONP, "html": Format.HTML}

BY_MEDIA_TYPE = {
    "application/json": Format.JSON,
    "application/x-msgpack": Format.MSGPACK,
    "application/msgpack": Format.MSGPACK,
    "application/javascript": Format.JSONP,
    "text/javascript": Format.JSONP,
    "text/html": Format.HTML,
}

WILDCARDS = ("*/*", "application/*", "text/*")

CALLBACK = pattern(r"[A-Za-z_$][\w$.]{0,127}\Z")


@dataclass(frozen=True, slots=True)
class Presentation:
    """The form of one answer: its format, its JSONP callback, and whether it has an envelope."""

    format: Format = Format.JSON
    callback: str = "callback"
    enveloped: bool = False


class Negotiation:
    def presentation(self, request: Request) -> Presentation:
        query = request.query
        envelope = query.get("envelope")
        if envelope:
            return Presentation(self.envelope_format(request, envelope), self.callback(request), enveloped=True)
        return Presentation(self.choose(request), self.callback(request))

    def envelope_format(self, request: Request, envelope: str) -> Format:
        return BY_NAME.get(envelope) or self.choose(request)

    def choose(self, request: Request) -> Format:
        accept = request.header(b"accept")
        accepted = self.accepted(accept) if accept else None
        if accepted:
            return accepted
        asked = self.asked(request)
        if asked is None and accept and not any(kind in accept for kind in WILDCARDS):
            raise Refusal(406, 40000, f"no media type of Accept is available: {accept}")
        return asked or Format.JSON

    def accepted(self, accept: str) -> Format | None:
        for media_type in by_preference(accept):
            if media_type in BY_MEDIA_TYPE:
                return BY_MEDIA_TYPE[media_type]
            if media_type == "*/*":
                return None
        return None

    def asked(self, request: Request) -> Format | None:
        name = request.query.get("format")
        if name is None:
            return None
        if name not in BY_NAME:
            raise bad_value(f"format must be one of {', '.join(BY_NAME)}: {name}")
        return BY_NAME[name]

    def callback(self, request: Request) -> str:
        name = request.query.get("callback", "callback")
        if not CALLBACK.match(name):
            raise bad_value("callback is not a valid function name")
        return name


def by_preference(accept: str) -> Iterator[str]:
    """The media types of an Accept header by descending preference, without those excluded by q=0."""
    if "," not in accept and ";" not in accept:
        return iter((accept.strip().lower(),))
    weighed = [weigh(choice) for choice in accept.split(",")]
    wanted = sorted((choice for choice in weighed if choice[0] > 0), key=lambda choice: -choice[0])
    return (media_type for _, media_type in wanted)


def weigh(choice: str) -> tuple[float, str]:
    media_type, *parameters = choice.split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            return quality(value), media_type.strip().lower()
    return 1.0, media_type.strip().lower()


def quality(text: str) -> float:
    try:
        return max(0.0, min(1.0, float(text)))
    except ValueError:
        return 0.0
