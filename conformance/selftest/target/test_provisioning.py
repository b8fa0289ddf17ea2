"""Applications made for a run."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.contract import load
from conformance.errors import Inconclusive
from conformance.model import JSON
from conformance.names import Names
from conformance.selftest.harness.loopback import loopback, refusing_url, reply
from conformance.target.client import Pace, Target
from conformance.target.credentials import NOBODY
from conformance.target.provisioning import KEYS, OTHER_APP, PRESENCE_CHANNEL, give_back, provision, provision_other_app

CONTRACT = load("none")
MADE = {"appId": "app", "keys": [{"id": f"key{number}", "value": f"secret{number}"} for number in range(len(KEYS))]}


def said(value, status: int = 201) -> bytes:
    return reply(status, json.dumps(value).encode(), f"Content-Type: {JSON}")


def asking(url: str) -> Target:
    return Target(
        url, CONTRACT, {"nobody": NOBODY}, pace=Pace(5, 0), names=Names("conf-7f3a-director"), observer=lambda _: None
    )


def test_a_run_asks_for_what_its_scenarios_need_without_a_credential():
    with loopback(said(MADE)) as server:
        provision(asking(server.url))

    asked = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert server.targets == ["/apps"]
    assert server.header_lines("authorization") == []
    assert len(asked["keys"]) == len(KEYS)
    assert {each["id"]: each for each in asked["namespaces"]}["pushenabled"]["pushEnabled"] is True
    assert [each["name"] for each in asked["channels"]] == [PRESENCE_CHANNEL]


def test_a_capability_is_asked_for_as_text():
    with loopback(said(MADE)) as server:
        provision(asking(server.url))

    asked = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["keys"]
    expected = [members.get("capability") for members in KEYS.values()]
    assert [json.loads(each["capability"]) if "capability" in each else None for each in asked] == expected


def test_keys_are_those_that_were_asked_for_in_their_order():
    with loopback(said(MADE)) as server:
        application = provision(asking(server.url))

    assert list(application.keys) == list(KEYS)
    assert application.keys["full"].text == "app.key0:secret0"


def test_a_stranger_has_an_application_without_fixtures():
    with loopback(said(MADE)) as server:
        application = provision_other_app(asking(server.url))

    assert list(application.keys) == [OTHER_APP]
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["channels"] == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reply(404), "POST /apps made no application: it answered 404"),
        (said([]), "POST /apps made no application: it answered 201"),
        (reply(201, b"made", "Content-Type: text/plain"), "POST /apps made no application: it answered 201"),
        (said({"keys": []}), "the answer to POST /apps has no 'appId'"),
        (said({"appId": "app"}), "the answer to POST /apps has no 'keys'"),
        (said({"appId": "app", "keys": [{"id": "x"}]}), "the answer to POST /apps has no 'value'"),
        (said({"appId": "app", "keys": None}), "the answer to POST /apps has no "),
        (said({**MADE, "keys": MADE["keys"][:1]}), f"POST /apps was asked for {len(KEYS)} keys and made 1"),
    ],
)
def test_a_target_that_makes_no_application_is_inconclusive_in_its_own_words(answer, sentence):
    with loopback(answer) as server, pytest.raises(Inconclusive) as caught:
        provision(asking(server.url))

    assert sentence in str(caught.value)


def test_a_target_that_is_gone_makes_no_application():
    with pytest.raises(Inconclusive, match="nobody listens there"):
        provision(asking(refusing_url()))


def test_an_application_is_given_back_with_its_own_key():
    with loopback(said(MADE)) as server:
        target = asking(server.url)
        give_back(target, provision(target))

    assert (server.methods[-1], server.targets[-1]) == ("DELETE", "/apps/app")
    scheme, _, credential = server.header_lines("authorization")[0].partition(" ")
    assert (scheme, base64.b64decode(credential)) == ("Basic", b"app.key0:secret0")
