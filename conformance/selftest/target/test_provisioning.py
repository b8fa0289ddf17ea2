"""The application that a run creates with POST /apps and deletes at its end."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.contract import load
from conformance.errors import Inconclusive
from conformance.model import JSON
from conformance.names import Names
from conformance.selftest.harness.loopback import Answering, loopback, refusing_url, reply
from conformance.target.client import Pace, Target
from conformance.target.credentials import NOBODY
from conformance.target.provisioning import KEYS, OTHER_APP, give_back, provision, provision_other_app

CONTRACT = load("none")
CREATED = {"appId": "app", "keys": [{"id": f"key{number}", "value": f"secret{number}"} for number in range(len(KEYS))]}


def responding(value, status: int = 201) -> bytes:
    return reply(status, json.dumps(value).encode(), f"Content-Type: {JSON}")


def removing(status: int) -> Answering:
    """Creates the application, and answers each DELETE with this status."""
    return lambda request: reply(status) if request.startswith(b"DELETE") else responding(CREATED)


def asking(url: str) -> Target:
    return Target(
        url, CONTRACT, {"nobody": NOBODY}, pace=Pace(5, 0), names=Names("conf-7f3a-controller"), observer=lambda _: None
    )


def test_the_application_is_requested_without_credentials_and_with_all_fixtures():
    with loopback(responding(CREATED)) as server:
        provision(asking(server.url))

    asked = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert server.targets == ["/apps"]
    assert server.header_lines("authorization") == []
    assert len(asked["keys"]) == len(KEYS)
    assert {each["id"]: each for each in asked["namespaces"]}["pushenabled"]["pushEnabled"] is True
    assert [each["name"] for each in asked["channels"]] == ["persisted:conf-presence"]


def test_a_capability_is_sent_as_json_text():
    with loopback(responding(CREATED)) as server:
        provision(asking(server.url))

    asked = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["keys"]
    expected = [members.get("capability") for members in KEYS.values()]
    assert [json.loads(each["capability"]) if "capability" in each else None for each in asked] == expected


def test_keys_are_assigned_to_principals_in_the_order_of_the_request():
    with loopback(responding(CREATED)) as server:
        application = provision(asking(server.url))

    assert list(application.keys) == list(KEYS)
    assert application.keys["full"].text == "app.key0:secret0"


def test_the_second_application_has_no_fixtures():
    with loopback(responding(CREATED)) as server:
        application = provision_other_app(asking(server.url))

    assert list(application.keys) == [OTHER_APP]
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["channels"] == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reply(404), "POST /apps created no application: it returned status 404"),
        (responding([]), "POST /apps created no application: it returned status 201"),
        (reply(201, b"made", "Content-Type: text/plain"), "POST /apps created no application: it returned status 201"),
        (responding({"keys": []}), "the response to POST /apps has no member appId"),
        (responding({"appId": "app"}), "the response to POST /apps has no member keys"),
        (responding({"appId": "app", "keys": [{"id": "x"}]}), "the response to POST /apps has no member value"),
        (responding({"appId": "app", "keys": None}), "POST /apps are not a list of objects"),
        (
            responding({**CREATED, "keys": CREATED["keys"][:1]}),
            f"POST /apps was asked for {len(KEYS)} keys and created 1",
        ),
    ],
)
def test_a_target_that_creates_no_application_is_inconclusive(answer, sentence):
    with loopback(answer) as server, pytest.raises(Inconclusive) as caught:
        provision(asking(server.url))

    assert sentence in str(caught.value)


def test_a_target_that_cannot_be_reached_is_inconclusive():
    with pytest.raises(Inconclusive, match="connection refused"):
        provision(asking(refusing_url()))


def test_an_application_is_deleted_with_its_own_key():
    with loopback(removing(204)) as server:
        target = asking(server.url)
        left = give_back(target, provision(target))

    assert left == ()
    assert (server.methods[-1], server.targets[-1]) == ("DELETE", "/apps/app")
    scheme, _, credential = server.header_lines("authorization")[0].partition(" ")
    assert (scheme, base64.b64decode(credential)) == ("Basic", b"app.key0:secret0")


def test_an_application_that_the_target_does_not_delete_is_named():
    with loopback(removing(401)) as server:
        target = asking(server.url)
        left = give_back(target, provision(target))

    words = f"left behind: the application app, whose DELETE {server.url}/apps/app got status 401"
    assert left == (f"{words}; repeat that request with a key of the application",)


@pytest.mark.parametrize(
    ("created", "reason"),
    [
        ({"appId": 7, "keys": []}, "appId is not a text of printable characters"),
        ({"appId": "a b", "keys": []}, "appId is not a text of printable characters"),
        ({"appId": "app", "keys": [{"id": "key", "value": 7}]}, "value is not a text of printable characters"),
        ({"appId": "app", "keys": [{"id": "key", "value": "\ud800"}]}, "value is not a text of printable characters"),
        ({"appId": "app", "keys": [{"id": "k\r\nX: y", "value": "s"}]}, "id is not a text of printable characters"),
        ({"appId": "app", "keys": [{"id": "", "value": "s"}]}, "id is not a text of printable characters"),
        ({"appId": "app", "keys": [{"id": "key"}]}, "has no member value"),
        ({"appId": "app", "keys": 7}, "not a list of objects"),
        ({"appId": "app", "keys": [7]}, "not a list of objects"),
        ({"appId": "app"}, "has no member keys"),
    ],
)
def test_an_application_that_cannot_be_used_is_inconclusive(created, reason):
    with loopback(responding(created)) as server, pytest.raises(Inconclusive, match=reason):
        provision(asking(server.url))
