"""A fresh application for a run, asked for with POST /apps as the service's sandbox allows, and given back at the end.

Pure but for the target that it is handed. What it asks for is what the scenarios need: keys of several widths, a
namespace that keeps messages, one that push is enabled for, and a channel with present members.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from conformance.errors import Inconclusive
from conformance.model import JSON, Json, Origin
from conformance.principals import NOBODY, Key, Principal, basic
from conformance.target import Answer, Call, Target

PRESENCE_CHANNEL = "persisted:conf-presence"

KEYS: dict[str, Json] = {
    "full": None,
    "subscriber": {"*": ["subscribe"]},
    "publisher": {"allowed:*": ["publish"]},
}
"""Principal -> capability of its key; None is everything. The reply has the keys in this order."""

MEMBERS = (
    {"clientId": "plain", "data": "here"},
    {"clientId": "number", "data": "42"},
    {"clientId": "text", "data": '{"looks": "like JSON and is text"}'},
    {"clientId": "object", "data": '{"is":"an object"}', "encoding": "json"},
    {"clientId": "binary", "data": "AAECAwQFBgcICQ==", "encoding": "base64"},
    {"clientId": "cipher", "data": "8J+UkCBub3QgcmVhbGx5IQ==", "encoding": "utf-8/cipher+aes-128-cbc/base64"},
)
"""Present members of the fixture channel: texts that look like other things, and data in every encoding."""


@dataclass(frozen=True, slots=True)
class Application:
    """keys: by principal. id: what DELETE /apps/{id} takes."""

    id: str
    keys: dict[str, Key]

    @property
    def principals(self) -> dict[str, Principal]:
        return {"nobody": NOBODY, **{name: basic(name, key) for name, key in self.keys.items()}}


def request_body() -> Json:
    return {
        "keys": [_key(capability) for capability in KEYS.values()],
        "namespaces": [
            {"id": "persisted", "persisted": True},
            {"id": "pushenabled", "pushEnabled": True},
        ],
        "channels": [{"name": PRESENCE_CHANNEL, "presence": list(MEMBERS)}],
    }


def _key(capability: Json) -> Json:
    return {} if capability is None else {"capability": json.dumps(capability)}


def provision(target: Target) -> Application:
    """Raises Inconclusive with the target's own words when it makes no application."""
    body = json.dumps(request_body()).encode()
    headers = (("Accept", JSON), ("Content-Type", JSON))
    answer = target.send(Call("POST", "/apps", headers=headers, body=body, origin=Origin.SETUP), NOBODY)
    if answer.status not in {200, 201} or not isinstance(answer.body, dict):
        raise Inconclusive(f"POST /apps made no application: it answered {answer.status}")
    return _application(answer.body)


def _application(body: Json) -> Application:
    try:
        app = body["appId"]
        keys = [Key(f"{app}.{each['id']}", each["value"]) for each in body["keys"]]
    except (KeyError, TypeError) as flaw:
        raise Inconclusive(f"the answer to POST /apps has no {flaw}") from flaw
    if len(keys) < len(KEYS):
        raise Inconclusive(f"POST /apps was asked for {len(KEYS)} keys and made {len(keys)}")
    return Application(app, dict(zip(KEYS, keys, strict=False)))


def give_back(target: Target, application: Application) -> Answer:
    call = Call("DELETE", f"/apps/{application.id}", headers=(("Accept", JSON),), origin=Origin.SETUP)
    return target.send(call, "full")
