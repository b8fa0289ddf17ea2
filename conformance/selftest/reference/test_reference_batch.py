"""Batch publish, batch presence and token revocation on the reference server."""

import pytest

from conformance.selftest.reference.client import now, refusal, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


def test_one_spec_gives_one_summary(app):
    body = {"channels": ["b1", "[nope"], "messages": [{"data": "1"}, {"data": "2"}]}
    answer = app.post("/messages", json=body)
    summary = answer.json()
    assert (answer.status_code, summary["successCount"], summary["failureCount"]) == (201, 1, 1)
    good, bad = summary["results"]
    assert good["channel"] == "b1"
    assert good["messageId"].endswith(":0")
    assert "error" not in good
    assert (bad["channel"], bad["error"]["code"], bad["error"]["statusCode"]) == ("[nope", 40010, 400)
    assert len(app.history("b1").json()) == 2


def test_several_specs_give_several_summaries(app):
    body = [{"channels": "b2", "messages": {"data": "1"}}, {"channels": ["b3"], "messages": [{}]}]
    answer = app.post("/messages", packed=body)
    assert [summary["successCount"] for summary in answer.json()] == [1, 1]


def test_each_channel_has_its_own_result(app):
    body = {"channels": ["canpublish:a", "other"], "messages": {"data": "x"}}
    good, bad = app.post("/messages", key=1, json=body).json()["results"]
    assert "messageId" in good
    assert (bad["error"]["code"], bad["error"]["statusCode"]) == (40160, 401)
    assert app.history("other").json() == []


def test_protocol_version_2_has_a_flat_list_or_an_error(app):
    headers = {"X-Ably-Version": "2"}
    good = app.post("/messages", json={"channels": ["b4", "b5"], "messages": {}}, headers=headers)
    assert (good.status_code, [item["channel"] for item in good.json()]) == (201, ["b4", "b5"])
    bad = app.post("/messages", json={"channels": ["b4", ""], "messages": {}}, headers=headers)
    assert refusal(bad) == (400, 40020)
    assert [item["channel"] for item in bad.json()["batchResponse"]] == ["b4", ""]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        5,
        {"channels": [], "messages": {}},
        {"channels": [5], "messages": {}},
        {"channels": "x"},
        {"channels": ["x"] * 101, "messages": {}},
    ],
)
def test_invalid_batches_are_rejected(app, body):
    assert refusal(app.post("/messages", json=body)) == (400, 40000)


def test_presence_of_several_channels(app):
    summary = app.get("/presence", query={"channels": "persisted:fixtures,empty,:bad"}).json()
    assert (summary["successCount"], summary["failureCount"]) == (2, 1)
    fixtures, empty, bad = summary["results"]
    assert len(fixtures["presence"]) == 6
    assert empty == {"channel": "empty", "presence": []}
    assert bad["error"]["code"] == 40010


def test_the_separator_can_be_chosen(app):
    query = {"channels": "a,b;c", "separator": ";"}
    assert [item["channel"] for item in app.get("/presence", query=query).json()["results"]] == ["a,b", "c"]


def test_presence_of_each_channel_has_its_own_result(app):
    summary = app.get("/presence", key=1, query={"channels": "cansubscribe:a,canpublish:a"}).json()
    assert (summary["successCount"], summary["failureCount"]) == (1, 1)
    assert summary["results"][1]["error"]["statusCode"] == 401


def revoke(app, *targets, key=3, **options):
    return app.post(f"/keys/{app.keys[3]['keyName']}/revokeTokens", key=key, json={"targets": targets, **options})


def test_revocation_invalidates_the_tokens_of_a_client(app):
    token, spared = app.token(3, clientId="gone"), app.token(3, clientId="spared")
    answer = revoke(app, "clientId:gone", "nonsense:x")
    assert (answer.status_code, answer.json()["successCount"], answer.json()["failureCount"]) == (201, 1, 1)
    good, bad = answer.json()["results"]
    assert (good["target"], good["appliesAt"]) == ("clientId:gone", good["issuedBefore"])
    assert (bad["target"], bad["error"]["statusCode"]) == ("nonsense:x", 400)
    assert refusal(app.get("/channels", token=token)) == (401, 40141)
    assert app.get("/channels", token=spared).status_code == 200


def test_revocation_by_channel(app):
    token = app.token(3, capability='{"secret":["publish"]}')
    revoke(app, "channel:secret")
    assert refusal(app.publish("secret", {}, token=token)) == (401, 40141)


def test_revocation_does_not_affect_later_tokens(app):
    moment = now() - 20 * 60_000
    token = app.token(3, clientId="later")
    (result,) = revoke(app, "clientId:later", issuedBefore=moment, allowReauthMargin=True).json()["results"]
    assert result["issuedBefore"] == moment
    assert result["appliesAt"] > now() + 29_000
    assert app.get("/channels", token=token).status_code == 200


@pytest.mark.parametrize("offset", [60_000, -2 * 3_600_000])
def test_issued_before_is_within_the_past_hour(app, offset):
    (result,) = revoke(app, "clientId:x", issuedBefore=now() + offset).json()["results"]
    assert result["error"]["code"] == 40003


def test_revocation_requires_the_revocable_key_itself(app):
    assert refusal(revoke(app, "clientId:x", key=0)) == (401, 40133)
    token = app.token(3)
    path = f"/keys/{app.keys[3]['keyName']}/revokeTokens"
    assert refusal(app.post(path, token=token, json={"targets": ["clientId:x"]})) == (401, 40162)
    own = f"/keys/{app.keys[0]['keyName']}/revokeTokens"
    assert refusal(app.post(own, json={"targets": ["clientId:x"]})) == (401, 40163)


@pytest.mark.parametrize("targets", [[], "x", None, ["x"] * 101])
def test_targets_must_be_a_list(app, targets):
    path = f"/keys/{app.keys[3]['keyName']}/revokeTokens"
    assert refusal(app.post(path, key=3, json={"targets": targets})) == (400, 40000)


def test_protocol_version_2_answers_a_revocation_with_a_list(app):
    path = f"/keys/{app.keys[3]['keyName']}/revokeTokens"
    answer = app.post(path, key=3, json={"targets": ["clientId:y"]}, headers={"X-Ably-Version": "2"})
    assert [result["target"] for result in answer.json()] == ["clientId:y"]
