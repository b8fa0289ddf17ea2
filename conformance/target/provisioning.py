"""Creates the application of a run with POST /apps, as the service's sandbox allows, and deletes it at the end.

Pure but for the target that it is handed. The application has what the scenarios need: keys with different
capabilities, a namespace that persists messages, one with push enabled, and a channel with present members. A second
application tests isolation: nothing that the run does in the first may be visible from it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import JSON, Call, Json, Origin
from conformance.names import Namespaces
from conformance.target.client import Target
from conformance.target.credentials import NOBODY, Key, basic

PRESENCE_CHANNEL = "conf-presence"
"""The channel with present members, in the namespace that is persisted."""

KEYS: dict[str, Json] = {
    "full": {},
    "subscriber": {"capability": {"*": ["subscribe"]}},
    "publisher": {"capability": {"allowed:*": ["publish"]}},
    "mixed": {
        "capability": {
            "both": ["subscribe", "publish"],
            "listen": ["subscribe"],
            "any": ["*"],
            "area:*": ["publish", "history"],
            "area:inner:*": ["presence"],
        }
    },
    "everything": {"capability": {"[*]*": ["*"]}},
    "revocable": {"revocableTokens": True},
}
"""Principal to the body of its key in POST /apps; a key without a capability may do everything on every channel. The
response has the keys in this order."""

OTHER_APP = "other app"
"""The principal of the second application: its key may do everything there, and nothing in the first."""

MEMBERS = (
    {"clientId": "plain", "data": "here"},
    {"clientId": "number", "data": "42"},
    {"clientId": "text", "data": '{"looks": "like JSON and is text"}'},
    {"clientId": "object", "data": '{"is":"an object"}', "encoding": "json"},
    {"clientId": "binary", "data": "AAECAwQFBgcICQ==", "encoding": "base64"},
    {"clientId": "cipher", "data": "8J+UkCBub3QgcmVhbGx5IQ==", "encoding": "utf-8/cipher+aes-128-cbc/base64"},
    {"clientId": "Łódź 1/2+3", "data": "🙂 مرحبا"},
)
"""Present members of the fixture channel: texts that look like other types, data in every encoding, and a clientId that
has to be percent-encoded in a URL."""


@dataclass(frozen=True, slots=True)
class Application:
    """keys: by principal, the first of them may do everything. id: what DELETE /apps/{id} takes."""

    id: str
    keys: dict[str, Key]


def provision(target: Target) -> Application:
    """Create the application of the run. Raises Inconclusive when the target does not create it."""
    return _make(target, KEYS, [{"name": presence_channel(target.names.namespaces), "presence": list(MEMBERS)}])


def presence_channel(namespaces: Namespaces) -> str:
    return f"{namespaces.persisted}:{PRESENCE_CHANNEL}"


def provision_other_app(target: Target) -> Application:
    """Create a second, empty application. Raises Inconclusive when the target does not create it."""
    return _make(target, {OTHER_APP: {}}, [])


def _make(target: Target, keys: dict[str, Json], channels: list[Json]) -> Application:
    body = json.dumps(_request_body(keys, channels, target.names.namespaces)).encode()
    headers = (("Accept", JSON), ("Content-Type", JSON))
    answer = target.send(Call("POST", "/apps", headers=headers, body=body, origin=Origin.SETUP), NOBODY)
    if answer.status not in {200, 201} or not isinstance(answer.body, dict):
        raise Inconclusive(f"POST /apps created no application: it returned status {answer.status}")
    return _application(answer.body, keys)


def _request_body(keys: dict[str, Json], channels: list[Json], namespaces: Namespaces) -> Json:
    return {
        "keys": [  # a capability is sent as JSON text
            {name: json.dumps(value) if name == "capability" else value for name, value in members.items()}
            for members in keys.values()
        ],
        "namespaces": [
            {"id": namespaces.persisted, "persisted": True},
            {"id": namespaces.push, "pushEnabled": True},
        ],
        "channels": channels,
    }


def _application(body: Json, asked: dict[str, Json]) -> Application:
    try:
        app = _usable(body["appId"], "appId")
        keys = [Key(f"{app}.{_usable(each['id'], 'id')}", _usable(each["value"], "value")) for each in body["keys"]]
    except KeyError as error:
        raise Inconclusive(f"the response to POST /apps has no member {error.args[0]}") from error
    except TypeError as error:
        raise Inconclusive("the keys in the response to POST /apps are not a list of objects") from error
    if len(keys) < len(asked):
        raise Inconclusive(f"POST /apps was asked for {len(asked)} keys and created {len(keys)}")
    return Application(app, dict(zip(asked, keys, strict=False)))


def _usable(value: Json, member: str) -> str:
    """A text that a path and credentials can hold. Raises Inconclusive for another value."""
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        raise Inconclusive(f"in the response to POST /apps, {member} is not a text of printable characters")
    return value


_PRINTABLE = re.compile(r"[!-~]{1,4096}")


def give_back(target: Target, application: Application) -> tuple[str, ...]:
    """Delete it. Gives a sentence where it is left behind."""
    call = Call("DELETE", f"/apps/{application.id}", headers=(("Accept", JSON),), origin=Origin.SETUP)
    sent = target.send(call, basic(*next(iter(application.keys.items())))).exchange
    if sent.response and sent.response.status in {200, 202, 204, 404}:
        return ()
    got = f"status {sent.response.status}" if sent.response else sent.failure
    words = f"left behind: the application {application.id}, whose DELETE {sent.request.url} got {got}"
    return (f"{words}; repeat that request with a key of the application",)
