"""Decodes request bodies: JSON, MessagePack and forms, strictly and within limits."""

import json
from collections.abc import Callable
from math import isfinite
from typing import NoReturn
from urllib.parse import parse_qsl

import msgpack

from conformance.reference.errors import Refusal, bad_request
from conformance.reference.wire import Json, Request, media_type

DEEPEST = 100
LARGEST_INT = 2**64 - 1
SMALLEST_INT = -(2**63)
MOST_FORM_FIELDS = 1000

# Members whose value is an object: in a form they are JSON text.
STRUCTURED = frozenset(
    {"extras", "push", "recipient", "metadata", "notification", "apns", "fcm", "gcm", "web", "capability"}
)


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


STRICT = json.JSONDecoder(parse_constant=refuse_constant)


class Decoding:
    """The body of a request as a tree of dict, list, str, int, float, bool, None and bytes."""

    def read(self, request: Request) -> Json:
        reader = self.reader(request)
        if not request.body:
            raise bad_request("the request has no body", 40001)
        tree = reader(request.body)
        inspect(tree, DEEPEST)
        return tree

    def reader(self, request: Request) -> Callable[[bytes], Json]:
        kind = media_type(request)
        # The service documents text/plain for token requests, although their body is JSON.
        if kind in {"", "application/json", "text/plain"}:
            return self.json
        if kind in {"application/x-msgpack", "application/msgpack"}:
            return self.msgpack
        if kind == "application/x-www-form-urlencoded":
            return self.form
        raise Refusal(415, 40000, f"unsupported media type of the body: {kind}")

    def json(self, body: bytes) -> Json:
        try:
            return STRICT.decode(body.decode("utf-8"))
        except json.JSONDecodeError as error:
            raise bad_request(f"the body is not valid JSON: {error}", 40001) from None
        except (ValueError, RecursionError):
            raise bad_request("the body is not valid JSON", 40001) from None

    def msgpack(self, body: bytes) -> Json:
        try:
            return unpack(body)
        except (ValueError, TypeError, RecursionError, OverflowError, msgpack.UnpackException):
            raise bad_request("the body is not valid MessagePack", 40001) from None

    def form(self, body: bytes) -> Json:
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=True,
                errors="strict",
                max_num_fields=MOST_FORM_FIELDS,
            )
        except ValueError:
            raise bad_request("the body is not a valid form", 40001) from None
        return {name: self.form_value(name, text) for name, text in pairs}

    def form_value(self, name: str, text: str) -> Json:
        if name in STRUCTURED and text.lstrip().startswith("{"):
            return self.json(text.encode())
        return text


def unpack(body: bytes) -> Json:
    try:
        return msgpack.unpackb(body, raw=False, strict_map_key=True, ext_hook=extension)
    except UnicodeDecodeError:
        # Older SDKs encode bytes with the raw type, which is also that of strings.
        return restore_raw(
            msgpack.unpackb(body, raw=False, strict_map_key=True, unicode_errors="surrogateescape", ext_hook=extension)
        )


def extension(code: int, data: bytes) -> Json:
    # The encoder of ably-js writes undefined inside an array as this extension.
    return None if (code, data) == (0, b"\x00") else msgpack.ExtType(code, data)


def restore_raw(node: Json) -> Json:
    if isinstance(node, str):
        return raw_value(node)
    if isinstance(node, list):
        return [restore_raw(item) for item in node]
    if isinstance(node, dict):
        return {key: restore_raw(value) for key, value in node.items()}
    return node


def raw_value(text: str) -> str | bytes:
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def inspect(node: Json, depth: int) -> None:
    """Rejects values that not every format can encode again: NaN, huge integers, unpaired surrogates."""
    kind = type(node)
    if kind is str:
        inspect_text(node)
    elif kind is dict:
        inspect_object(node, depth)
    elif kind is list:
        inspect_array(node, depth)
    elif kind is int:
        if not SMALLEST_INT <= node <= LARGEST_INT:
            raise bad_request("a number in the body exceeds 64 bits", 40001)
    elif kind is float:
        if not isfinite(node):
            raise bad_request("a number in the body is not finite", 40001)
    elif kind not in {bool, bytes, type(None)}:
        raise bad_request("the body contains a MessagePack extension type", 40001)


def inspect_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise bad_request("a string in the body is not valid Unicode", 40001) from None


def inspect_object(node: dict[Json, Json], depth: int) -> None:
    inspect_depth(depth)
    for key, value in node.items():
        if type(key) is not str:
            raise bad_request("the name of a member is not a string", 40001)
        inspect_text(key)
        inspect(value, depth - 1)


def inspect_array(node: list[Json], depth: int) -> None:
    inspect_depth(depth)
    for item in node:
        inspect(item, depth - 1)


def inspect_depth(depth: int) -> None:
    if depth <= 0:
        raise bad_request(f"the body is nested deeper than {DEEPEST} levels", 40001)
