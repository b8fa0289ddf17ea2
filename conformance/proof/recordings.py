"""Reads recorded answers of the real service, and completes each to an exchange that the checks can judge.

A recording is often an excerpt: without headers, without its body, with some members of an error only. Its unrecorded
parts are completed with what a correct server sends, so that a finding is always about something that was recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from conformance.checks.reading import FORMATS, asked_for
from conformance.checks.responses import EXACT
from conformance.contract import Contract, Operation
from conformance.contract.templates import covers, is_variable
from conformance.errors import UsageError
from conformance.model import (
    HTML,
    JAVASCRIPT,
    JSON,
    MSGPACK,
    Exchange,
    Headers,
    Json,
    Origin,
    Request,
    Response,
    lines_of,
)
from conformance.target.interference import interference
from conformance.wire.codec import NOTHING, decode, encode
from conformance.wire.links import Link, parse

GENUINE = frozenset({"recorded", "documented"})
"""The values of the member `genuine` that say that the real service gave the answer."""

_CAPTURED = "captured with headers"
_WHOLE_BODY = frozenset({_CAPTURED, "body or message quoted"})
"""Grades of evidence that show a successful body as it was sent; the others name the members that were looked at."""

_OTHER_PROTOCOLS = frozenset({"/sse", "/event-stream"})
_ORIGIN = "https://rest.ably.io"
_EXPIRED = 40142
_NAME = "recorded"
_REMARK = re.compile(r"\s*\([^()]*\)$")
_CALL = re.compile(r"\s*(?:/\*\*/)?\s*[\w$.]+\s*\(.*\)\s*;?\s*", re.DOTALL)
_CUT = ("...", "…")
"""What stands in a quotation for a value that was left out."""

_TEXTS = (_NAME, "{}", "2026-11", "ACTIVE")
"""Texts to choose from where a schema has a pattern."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer. id: the file's own, or the number of the line. operation: as the file words it.

    status, headers: None when unrecorded; body: NOTHING when unrecorded, "" when it was empty. absent: headers that the
    source says were not there, in lower case.
    """

    id: str
    source: str
    genuine: str
    evidence: str
    operation: str
    query: str
    asked: Headers
    status: int | None
    headers: Headers | None
    absent: frozenset[str]
    body: Json

    @property
    def is_genuine(self) -> bool:
        return self.genuine in GENUINE

    @property
    def is_empty(self) -> bool:
        """Whether nothing that a check reads was recorded; a note may say more."""
        return self.status is None and self.headers is None and self.body is NOTHING and not self.absent

    @property
    def has_all_headers(self) -> bool:
        """Whether every header was recorded: then a Date is among them, which each answer has (RFC 9110 6.6.1)."""
        return self.evidence == _CAPTURED and bool(lines_of(self.headers or (), "date"))


# Reading -------------------------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[Recording, ...]:
    """The recordings of a file, one JSON object a line; docs/real-answers.md has the members."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return tuple(_recording(path, number, line) for number, line in enumerate(lines, 1) if line.strip())


def _recording(path: Path, number: int, line: str) -> Recording:
    try:
        told = json.loads(line)
        request = told.get("request") or {}
        operation, _, query = _REMARK.sub("", str(told["operation"])).partition("?")
        return Recording(
            id=str(told.get("id", f"line {number}")),
            source=str(told.get("source", "")),
            genuine=str(told["genuine"]),
            evidence=str(told.get("evidence", "")),
            operation=operation,
            query=str(request.get("query") or query).removeprefix("?"),
            asked=_headers(request.get("headers")) or (),
            status=None if told.get("status") is None else int(told["status"]),
            headers=_headers(told.get("headers")),
            absent=frozenset(str(name).lower() for name in told.get("absent", ())),
            body=_body(told.get("body"), str(told.get("evidence", ""))),
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise UsageError(f"{path}, line {number} is no recorded answer: {error}") from error


def _headers(told: Json) -> Headers | None:
    """Headers are a list of pairs, so that a name may repeat, or an object."""
    if told is None:
        return None
    pairs = told.items() if isinstance(told, Mapping) else told
    return tuple((str(name), str(value)) for name, value in pairs)


def _body(told: Json, evidence: str) -> Json:
    """A text that is JSON is its value, where it was not captured; one that is cut inside of JSON is unrecorded."""
    if told is None:
        return NOTHING
    if not isinstance(told, str) or evidence == _CAPTURED or told.lstrip()[:1] not in {"[", "{"}:
        return told
    return decode(JSON, told.encode()).value


# Completing ----------------------------------------------------------------------------------------------------------


def exchanges(recording: Recording, contract: Contract) -> Iterator[Exchange]:
    """An exchange for each operation that the recording speaks of."""
    for method, path in _operations(recording.operation, contract):
        yield _exchange(recording, method, path, contract.match(method, path))


def _operations(told: str, contract: Contract) -> Iterator[tuple[str, str]]:
    """Methods and paths of "GET /time", "POST/PUT /a, DELETE /b", or of "any", which means all operations."""
    if told.startswith("any"):
        yield from ((each.method, each.path) for each in contract.operations)
        return
    for part in told.split(", "):
        methods, _, path = part.partition(" ")
        yield from ((method, path) for method in methods.split("/"))


def _exchange(recording: Recording, method: str, path: str, operation: Operation | None) -> Exchange:
    status = recording.status or _status(recording, method, operation)
    links = tuple(_links(recording.headers or ()))
    url = f"{_origin(links)}{_path(path, links)}" + (
        f"?{quote(recording.query, safe='=&%')}" if recording.query else ""
    )
    raw = _recorded_part(recording, status, asked_for(Request(method, url, recording.asked)) or JSON)
    request = Request(method, url, _asked(recording, raw))
    response = _response(recording, operation, request, raw)
    other = interference(request, raw, now=0.0)
    return Exchange(
        id=recording.id,
        operation=operation.label if operation else "",
        origin=Origin.SCENARIO,
        principal="",
        request=request,
        response=response,
        started=0.0,
        elapsed=0.0,
        interference=_not_rest(path) or (other.sentence if other else ""),
    )


def _not_rest(path: str) -> str:
    return "an event stream is another protocol, which the contract does not have" if path in _OTHER_PROTOCOLS else ""


def _status(recording: Recording, method: str, operation: Operation | None) -> int:
    """What the error body says, else the first digits of its code, else a documented success."""
    error = _error(recording.body)
    if isinstance(error.get("statusCode"), int):
        return int(error["statusCode"])
    if error:
        code = error.get("code")
        return code // 100 if isinstance(code, int) else 400
    exact = EXACT.get(operation.label if operation else "", frozenset({200 if method == "GET" else 201}))
    return max(exact)


def _error(body: Json) -> dict[str, Json]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _links(headers: Headers) -> Iterator[Link]:
    for line in lines_of(headers, "link"):
        try:
            yield from parse(line)
        except ValueError:
            continue


def _origin(links: Iterable[Link]) -> str:
    """Where the request went, which is unrecorded: where an absolute link leads."""
    parts = (urlsplit(link.target) for link in links)
    return next((f"{each.scheme}://{each.netloc}" for each in parts if each.netloc), _ORIGIN)


def _path(template: str, links: Iterable[Link]) -> str:
    """The path of the request: that of a link where it fits the template, else one with a name of ours."""
    paths = (urlsplit(link.target).path for link in links)
    filled = "/".join(_NAME if is_variable(part) else quote(part, safe="()") for part in template.split("/"))
    return next((each for each in paths if each.startswith("/") and covers(template, each)), filled)


def _asked(recording: Recording, raw: Response) -> Headers:
    """The headers of the request; an unrecorded Accept asked for what came."""
    if lines_of(recording.asked, "accept") or "format=" in recording.query or raw.media_type not in FORMATS.values():
        return recording.asked
    return (*recording.asked, ("Accept", raw.media_type))


def _recorded_part(recording: Recording, status: int, asked: str) -> Response:
    """What was recorded. A body whose media type was not is text by its looks, or has the type that was asked for."""
    headers, body = recording.headers or (), recording.body
    media = Response(status, headers).media_type or (_media_of(body) if isinstance(body, str) else asked)
    raw = body.encode() if isinstance(body, str) else _encoded(body, media)
    is_told = lines_of(headers, "content-type") or recording.has_all_headers
    return Response(status, headers if is_told or not raw else (*headers, ("Content-Type", media)), raw)


def _response(recording: Recording, operation: Operation | None, request: Request, raw: Response) -> Response:
    """The answer with its unrecorded parts. A recorded text and the body of a 204 stay as they are."""
    is_as_sent = isinstance(recording.body, str) or raw.status == 204
    media = raw.media_type or asked_for(request) or JSON
    value = NOTHING if is_as_sent else _completed_body(recording, operation, raw, media)
    body = raw.body if is_as_sent else _encoded(value, media)
    if recording.has_all_headers:
        return replace(raw, body=body)
    usual = [
        *([("Content-Type", media)] if body or raw.status == 204 else []),
        *_usual_headers(operation, raw.status, request, _error(value)),
    ]
    known = {name.lower() for name, _ in raw.headers} | recording.absent
    added = tuple((name, line) for name, line in usual if name.lower() not in known)
    return replace(raw, headers=(*raw.headers, *added), body=body)


def _media_of(text: str) -> str:
    """What a body is by its looks."""
    if text.lstrip().startswith("<"):
        return HTML
    if _CALL.fullmatch(text):
        return JAVASCRIPT
    return JSON if text.lstrip()[:1] in set('[{"') else "text/plain"


def _encoded(value: Json, media: str) -> bytes:
    if value is NOTHING:
        return b""
    if media == JAVASCRIPT:
        return b"callback(" + encode(value, JSON) + b")"
    return encode(value, MSGPACK if media == MSGPACK else JSON)


def _completed_body(recording: Recording, operation: Operation | None, raw: Response, media: str) -> Json:
    """An error gets the members that it lacks, a body that is an excerpt those that the contract requires."""
    body = recording.body
    if raw.status >= 400:
        return {**(body if isinstance(body, dict) else {}), "error": _completed_error(recording, raw)}
    spec = operation.response(raw.status) if operation else None
    listed = spec.media(media) if spec else None
    is_whole = body is not NOTHING and recording.evidence in _WHOLE_BODY and not _is_cut(body)
    if listed is None or is_whole:
        return body
    return completed(listed.schema, body)


def _is_cut(value: Json) -> bool:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value in _CUT or any(map(_is_cut, members))


def _completed_error(recording: Recording, raw: Response) -> dict[str, Json]:
    recorded = _error(recording.body)
    code = next(iter(raw.lines("x-ably-errorcode")), "")
    message = next(iter(raw.lines("x-ably-errormessage")), _NAME)
    usual = {"code": int(code) if code.isdecimal() else raw.status * 100, "statusCode": raw.status, "message": message}
    return {**usual, "nonfatal": False, **recorded}


def _usual_headers(
    operation: Operation | None, status: int, request: Request, error: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    """What a correct server sends beside a body with this error, or with none."""
    spec = operation.response(status) if operation else None
    yield "X-Ably-ServerId", str(error.get("serverId") or _NAME)
    if spec and any(header.name.lower() == "link" and header.required for header in spec.headers):
        segment = urlsplit(request.url).path.rpartition("/")[2]
        yield "Link", f'<./{segment}?limit=100>; rel="first"'
        yield "Link", f'<./{segment}?limit=100>; rel="current"'
    if status >= 400:
        yield "X-Ably-ErrorCode", str(error.get("code", status * 100))
        yield "X-Ably-ErrorMessage", _NAME
    if status == 401:
        is_expired = error.get("code") == _EXPIRED
        yield "WWW-Authenticate", f'X-Ably-Token realm="recorded"{", stale" if is_expired else ""}'


def completed(schema: Mapping[str, Json], value: Json) -> Json:
    """The value with a sample of each required member that it lacks, and of what was left out.

    An unrecorded list gets one item, and one item quoted from a list becomes the list.
    """
    schema = _merged(schema)
    if value in _CUT:
        value = NOTHING
    if isinstance(value, dict) and schema.get("type") == "array":
        value = [value]
    branches = schema.get("oneOf") or schema.get("anyOf") or ()
    if branches and not _has_some_branch(value, branches):
        schema = _merged({"allOf": [schema, branches[0]]})
    if value is NOTHING:
        return _sample(schema)
    if isinstance(value, dict):
        members = schema.get("properties", {})
        named = dict.fromkeys((*(name for name in members if name in value), *schema.get("required", ())))
        return {**value, **{name: completed(members.get(name, {}), value.get(name, NOTHING)) for name in named}}
    return [completed(schema.get("items", {}), each) for each in value] if isinstance(value, list) else value


def _merged(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    """One schema of a schema and those under its allOf, member by member."""
    merged = {name: value for name, value in schema.items() if name != "allOf"}
    for part in map(_merged, schema.get("allOf", ())):
        for name, value in part.items():
            known = merged.get(name)
            if name == "required":
                merged[name] = [*(known or ()), *value]
            elif name == "properties":
                both = (known or {}).keys() | value.keys()
                merged[name] = {
                    each: {"allOf": [side[each] for side in (known or {}, value) if each in side]} for each in both
                }
            else:
                merged[name] = value
    return merged


def _has_some_branch(value: Json, branches: Iterable[Mapping[str, Json]]) -> bool:
    if not isinstance(value, dict):
        return value is not NOTHING
    return any(set(branch.get("required", ())) <= value.keys() for branch in branches)


def _sample(schema: Mapping[str, Json]) -> Json:
    kind = schema.get("type", "object" if schema.keys() & {"required", "properties"} else "string")
    if kind == "array":
        return [completed(schema.get("items", {}), NOTHING)]
    if kind == "object":
        return completed(schema, {})
    if kind in {"integer", "number"}:
        return schema.get("minimum", 0)
    if kind == "boolean":
        return True
    fitting = (each for each in _TEXTS if re.search(schema.get("pattern", ""), each))
    return next(iter(schema.get("enum", ())), next(fitting, _NAME))
