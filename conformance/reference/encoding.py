"""Encodes bodies as JSON, MessagePack, JSONP and HTML."""

import html
import json
from base64 import b64encode

import msgpack

from conformance.reference.negotiation import Format, Presentation
from conformance.reference.wire import Json


def as_base64(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    raise TypeError(f"{type(value).__name__} cannot be encoded as JSON")


COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=as_base64)
INDENTED = json.JSONEncoder(indent=2, ensure_ascii=False, default=as_base64)


def json_text(tree: Json) -> str:
    """Compact JSON. Bytes, which only a MessagePack request can contain, become base64 text."""
    return COMPACT.encode(tree)


class Encoding:
    def render(self, tree: Json, presentation: Presentation) -> bytes:
        if presentation.format is Format.JSON:
            return self.json(tree)
        if presentation.format is Format.MSGPACK:
            return self.msgpack(tree)
        if presentation.format is Format.JSONP:
            return self.jsonp(tree, presentation.callback)
        return self.html(tree)

    def json(self, tree: Json) -> bytes:
        return json_text(tree).encode()

    def msgpack(self, tree: Json) -> bytes:
        packed: bytes = msgpack.packb(tree, use_bin_type=True)
        return packed

    def jsonp(self, tree: Json, callback: str) -> bytes:
        # U+2028 and U+2029 end a line in older JavaScript but not in JSON.
        text = json_text(tree).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return f"{callback}({text});".encode()

    def html(self, tree: Json) -> bytes:
        text = html.escape(INDENTED.encode(tree))
        page = f"<!DOCTYPE html><html><head><title>Ably REST API</title></head><body><pre>{text}</pre></body></html>"
        return page.encode()

    def media_type(self, presentation: Presentation) -> str:
        """The media type without a charset: PHP/AblyRestRequest and ably-js compare for equality."""
        return presentation.format.value
