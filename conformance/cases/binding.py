"""Binds a case to the run: fresh names, the key, an existing device.

Pure. A valid case is adapted where the contract cannot express which values the service accepts (the timestamp of a
token request, a channel with push enabled); an invalid case keeps its defect.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from conformance.cases.case import Case
from conformance.contract.templates import fill, variables
from conformance.errors import ForbiddenError
from conformance.model import JSON, Call, Json
from conformance.names import Names
from conformance.wire.codec import NOTHING, encode, is_encodable

FILLED = frozenset({"keyName", "channel_id", "device_id"})
"""The path parameters that the suite fills; the profile gives what stands for any other."""

MUTABLE = ("clientId", "metadata", "push")
"""The members that a PATCH of a device may change (rest-api, update a device registration)."""


@dataclass(frozen=True, slots=True)
class CaseFixtures:
    """What cases name. clock: tells the present, in ms since the epoch by the clock of the target.

    channel, device: create the resource that cases read, once, and return its name. They raise Inconclusive when the
    target rejects it, so that only the cases that need it go without. path_values: of other path parameters, by name.
    """

    key_name: str
    clock: Callable[[], int]
    channel: Callable[[], str]
    presence_channel: str
    device: Callable[[], str]
    path_values: Mapping[str, str] = field(default_factory=dict)


def device_secret(names: Names) -> str:
    """A fresh deviceSecret: a SHA-256 digest in base64, the form that the contract and the documentation describe."""
    return base64.b64encode(hashlib.sha256(names.fresh("secret").encode()).digest()).decode()


def bind(case: Case, case_fixtures: CaseFixtures, names: Names) -> Call:
    """A call that can be sent. Raises Inconclusive when the target rejects the resource that the case reads, and
    ForbiddenError when nothing fills a parameter of its path.
    """
    case = replace(case, path=tuple(_path(case, case_fixtures, names).items()))
    if not case.defect:
        case = _ACCEPTABLE.get(case.operation.label, _from_one_end)(case, case_fixtures, names)
    send_as = case.send_as if is_encodable(case.body, case.send_as) else JSON
    content_type = () if case.body is NOTHING else (("Content-Type", send_as),)
    return Call(
        method=case.operation.method,
        path=fill(case.operation.path, dict(case.path)),
        query=case.query,
        headers=(("Accept", case.accept), *content_type),
        body=encode(case.body, send_as),
        operation=case.operation.label,
        origin=case.origin,
        defect=case.defect,
    )


def _path(case: Case, case_fixtures: CaseFixtures, names: Names) -> dict[str, str]:
    values: dict[str, Callable[[], str]] = {
        "keyName": lambda: case_fixtures.key_name,
        "channel_id": case_fixtures.channel,
        "device_id": case_fixtures.device,
    }
    if "/presence" in case.operation.path:
        values["channel_id"] = lambda: case_fixtures.presence_channel
    if case.operation.method in {"POST", "PUT", "DELETE"}:
        values |= {kind: partial(names.fresh, kind.removesuffix("_id")) for kind in ("channel_id", "device_id")}
    if reason := unfilled(case.operation.label, case_fixtures.path_values):
        raise ForbiddenError(reason)
    given = case_fixtures.path_values
    return {name: values[name]() if name in values else given[name] for name in variables(case.operation.path)}


def unfilled(label: str, path_values: Mapping[str, str]) -> str:
    """Why an operation cannot be asked, and what to do about it, or ""."""
    missing = [name for name in variables(label) if name not in FILLED and name not in path_values]
    if not missing:
        return ""
    lines = " and ".join(f'{name} = "..."' for name in missing)
    return f"{label} is not asked: nothing fills {{{missing[0]}}}; give a value in the profile, {lines} under [world]"


def _from_one_end(case: Case, _case_fixtures: CaseFixtures, _names: Names) -> Case:
    return _one_of(case, "start", "end")


def _one_of(case: Case, kept: str, dropped: str) -> Case:
    """Drop one of two parameters if a case has both: a document forbids the pair, or does not define its meaning."""
    names = {name for name, _ in case.query}
    gone = {dropped} if {kept, dropped} <= names else set()
    return replace(case, query=tuple((name, value) for name, value in case.query if name not in gone))


def _publish(case: Case, _case_fixtures: CaseFixtures, names: Names) -> Case:
    """A push payload in the extras goes to a channel with push enabled; another channel may reject it."""
    has_extras = isinstance(case.body, dict) and "extras" in case.body
    return replace(case, path=(("channel_id", names.push_channel() if has_extras else names.fresh("channel")),))


def _put_device(case: Case, _case_fixtures: CaseFixtures, names: Names) -> Case:
    return _with_body(case, id=dict(case.path)["device_id"], deviceSecret=device_secret(names))


def _post_device(case: Case, _case_fixtures: CaseFixtures, names: Names) -> Case:
    return _with_body(case, id=names.fresh("device"), deviceSecret=device_secret(names))


def _patch_device(case: Case, _case_fixtures: CaseFixtures, _names: Names) -> Case:
    if not isinstance(case.body, dict):
        return case
    kept = {name: value for name, value in case.body.items() if name in MUTABLE}
    push = {"recipient": kept["push"]["recipient"]} if "recipient" in kept.get("push", {}) else None
    body = {name: value for name, value in kept.items() if name != "push"} | ({"push": push} if push else {})
    return replace(case, body=body or {"metadata": {}})


def _with_body(case: Case, **members: Json) -> Case:
    return replace(case, body={**case.body, **members}) if isinstance(case.body, dict) else case


def _list_by_one_id(case: Case, _case_fixtures: CaseFixtures, _names: Names) -> Case:
    return _one_of(case, "deviceId", "clientId")


def _delete_by_one_id(case: Case, _case_fixtures: CaseFixtures, names: Names) -> Case:
    """Exactly one of the two ids, with a fresh name, so that the request removes nothing else."""
    asked = [name for name, _ in case.query if name in {"deviceId", "clientId"}] or ["clientId"]
    kept = tuple((name, value) for name, value in case.query if name not in {"deviceId", "clientId"})
    return replace(case, query=(*kept, (asked[0], names.fresh("gone"))))


def _subscribe(case: Case, case_fixtures: CaseFixtures, names: Names) -> Case:
    whose = {"deviceId": case_fixtures.device()} if "deviceId" in case.body else {"clientId": names.fresh("client")}
    return replace(case, body={"channel": names.push_channel(), **whose})


def _push(case: Case, case_fixtures: CaseFixtures, names: Names) -> Case:
    recipient = case.body.get("recipient", {})
    whose = {"deviceId": case_fixtures.device()} if "deviceId" in recipient else {"clientId": names.fresh("client")}
    return _with_body(case, recipient=whose)


def _token_request(case: Case, case_fixtures: CaseFixtures, names: Names) -> Case:
    nonce = "".join(filter(str.isalnum, names.fresh("nonce"))).ljust(16, "0")[-32:]
    fresh = {"keyName": case_fixtures.key_name, "timestamp": case_fixtures.clock(), "nonce": nonce}
    body = {name: value for name, value in case.body.items() if name != "mac"}
    return replace(case, body={**body, **fresh})


_ACCEPTABLE: dict[str, Callable[[Case, CaseFixtures, Names], Case]] = {
    "POST /channels/{channel_id}/messages": _publish,
    "PUT /push/deviceRegistrations/{device_id}": _put_device,
    "POST /push/deviceRegistrations": _post_device,
    "PATCH /push/deviceRegistrations/{device_id}": _patch_device,
    "DELETE /push/deviceRegistrations": _delete_by_one_id,
    "GET /push/deviceRegistrations": _list_by_one_id,
    "GET /push/channelSubscriptions": _list_by_one_id,
    "DELETE /push/channelSubscriptions": _delete_by_one_id,
    "POST /push/channelSubscriptions": _subscribe,
    "POST /push/publish": _push,
    "POST /keys/{keyName}/requestToken": _token_request,
}
