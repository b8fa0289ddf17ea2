"""Validates messages, and builds the form in which they are stored."""

from collections.abc import Mapping, Sequence
from re import compile as pattern

from conformance.reference.access import WILDCARD_CLIENT, Caller, Means
from conformance.reference.encoding import json_text
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.push_payload import require_push_payload
from conformance.reference.wire import Json

LARGEST_PUBLISH = 65_536
MOST_MESSAGES = 1000
LONGEST_ID = 1024

EXTRAS: Mapping[str, type] = {
    "push": dict,
    "headers": dict,
    "ref": dict,
    "ephemeral": bool,
    "privileged": bool,
}

INDEXED_ID = pattern(r"(.+):(\d{1,6})\Z")


class Publishing:
    """Each rule raises the refusal that the service documents. Nothing is stored until all rules have passed."""

    def accept(self, body: Json, caller: Caller) -> list[dict[str, Json]]:
        """The messages of a body, validated and in the form in which they are stored."""
        given = body if isinstance(body, list) else [body]
        self.require_count(given)
        messages = [self.message(item, caller) for item in given]
        self.require_ids(messages)
        self.require_size(messages)
        return messages

    def require_count(self, given: Sequence[Json]) -> None:
        if not given:
            raise bad_request("a publish must have at least one message")
        if len(given) > MOST_MESSAGES:
            raise bad_request(f"a publish must have at most {MOST_MESSAGES} messages", 40034)

    def message(self, given: Json, caller: Caller) -> dict[str, Json]:
        if not isinstance(given, dict):
            raise bad_request("a message must be an object")
        self.refuse_connection_key(given)
        message = {
            "id": self.id(given),
            "name": self.name(given),
            "clientId": self.client_id(given, caller),
            **self.payload(given),
            "extras": self.extras(given),
        }
        return {name: value for name, value in message.items() if value is not None}

    def refuse_connection_key(self, given: Mapping[str, Json]) -> None:
        # This server has no connections, so no connectionKey is valid.
        if given.get("connectionKey") is not None:
            raise bad_request("connectionKey does not belong to a connection", 40006)

    def id(self, given: Mapping[str, Json]) -> Json:
        id_ = given.get("id")
        if id_ is None:
            return None
        if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
            raise bad_request(f"the id of a message must be a string of 1 to {LONGEST_ID} characters", 40031)
        return id_

    def name(self, given: Mapping[str, Json]) -> Json:
        name = given.get("name")
        if name is not None and not isinstance(name, str):
            raise bad_request("the name of a message must be a string", 40016)
        return name

    def client_id(self, given: Mapping[str, Json], caller: Caller) -> str | None:
        client_id = given.get("clientId")
        if client_id is None:
            return self.implied_client(caller)
        if not isinstance(client_id, str) or client_id in {"", WILDCARD_CLIENT}:
            raise bad_request("the clientId of a message must be a string that names one client", 40012)
        if not self.may_publish_as(caller, client_id):
            raise bad_request("the clientId of the message differs from that of the credentials", 40012)
        return client_id

    def implied_client(self, caller: Caller) -> str | None:
        return None if caller.client_id == WILDCARD_CLIENT else caller.client_id

    def may_publish_as(self, caller: Caller, client_id: str) -> bool:
        if caller.client_id is None:
            return caller.means is Means.BASIC
        return caller.client_id in {WILDCARD_CLIENT, client_id}

    def payload(self, given: Mapping[str, Json]) -> dict[str, Json]:
        data, encoding = given.get("data"), given.get("encoding")
        if encoding is not None and not isinstance(encoding, str):
            raise bad_request("the encoding of a message must be a string", 40013)
        if isinstance(data, dict | list):
            return {"data": json_text(data), "encoding": f"{encoding}/json" if encoding else "json"}
        if data is not None and not isinstance(data, str | bytes):
            raise bad_request("the data of a message must be a string, an object, an array or bytes", 40013)
        return {"data": data, "encoding": encoding or None}

    def extras(self, given: Mapping[str, Json]) -> Json:
        extras = given.get("extras")
        if extras is None:
            return None
        if not isinstance(extras, dict):
            raise bad_request("the extras of a message must be an object", 40032)
        for name, value in extras.items():
            self.require_extra(name, value)
        return {name: value for name, value in extras.items() if value is not None}

    def require_extra(self, name: str, value: Json) -> None:
        if name not in EXTRAS:
            raise bad_request(f"unknown member of extras: {name}", 40032)
        if value is not None and not isinstance(value, EXTRAS[name]):
            raise bad_request(f"extras.{name} has the wrong type", 40032)
        if name == "push" and isinstance(value, dict):
            require_push_payload(value, 40032)

    def require_ids(self, messages: Sequence[Mapping[str, Json]]) -> None:
        """Several messages have either no ids, or ids of one base with their indexes (idempotent publishing)."""
        if len(messages) == 1 or not any("id" in message for message in messages):
            return
        bases = {self.base_of(message, index) for index, message in enumerate(messages)}
        if len(bases) != 1:
            raise self.bad_ids()

    def base_of(self, message: Mapping[str, Json], index: int) -> str:
        found = INDEXED_ID.match(message.get("id", ""))
        if found is None or found[2] != str(index):
            raise self.bad_ids()
        return found[1]

    def bad_ids(self) -> Refusal:
        return bad_request("the ids of several messages must be one base, a colon and the index", 40031)

    def require_size(self, messages: Sequence[Mapping[str, Json]]) -> None:
        size = sum(self.size(message) for message in messages)
        if size > LARGEST_PUBLISH:
            raise Refusal(413, 40009, f"the messages have {size} bytes, more than {LARGEST_PUBLISH}")

    def size(self, message: Mapping[str, Json]) -> int:
        """The size in bytes of name, clientId, data, and of extras as JSON (FEAT TO3l8)."""
        texts = sum(self.length(message.get(name)) for name in ("name", "clientId", "data"))
        return texts + (len(json_text(message["extras"]).encode()) if "extras" in message else 0)

    def length(self, value: str | bytes | None) -> int:
        if value is None:
            return 0
        return len(value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))
