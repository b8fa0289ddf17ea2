"""Authentication and authorization on the reference server, and the codes of rejections."""

import time

import jwt
import pytest

from conformance.selftest.reference.client import DEVICE, base64, refusal, running, running_app


@pytest.fixture(scope="module")
def app():
    with running_app() as app:
        yield app


def signed_jwt(app, key=0, *, headers=None, secret=None, **claims):
    moment = int(time.time())
    claims = {"iat": moment, "exp": moment + 3600, **claims}
    head = {"kid": app.keys[key]["keyName"], **(headers or {})}
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None},
        secret or app.keys[key]["keySecret"],
        algorithm="HS256",
        headers=head,
    )


def code_with(app, **headers):
    return refusal(app.get("/channels", key=None, headers=headers))


def test_time_ignores_absent_and_invalid_credentials(app):
    for headers in ({}, {"Authorization": "Basic !!"}):
        assert app.get("/time", key=None, headers=headers).status_code == 200


def test_a_request_without_credentials_is_rejected(app):
    answer = app.get("/channels", key=None)
    assert refusal(answer) == (401, 40101)
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaaaaa.bbbbbb:secret", (404, 40400)),
        ("OWN.bbbbbb:secret", (404, 40400)),
        ("appid.keyuid:keysecret", (401, 40101)),
        ("invalid.key:secret", (401, 40101)),
        ("test:test", (401, 40101)),
        ("KEY:wrong", (401, 40101)),
        ("KEY", (400, 40005)),
    ],
)
def test_invalid_keys_are_rejected(app, text, expected):
    text = text.replace("OWN", app.id).replace("KEY", app.keys[0]["keyName"])
    assert refusal(app.get("/channels", key=text)) == expected
    assert refusal(app.get("/channels", key=None, query={"key": text})) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic !!!", (400, 40005)),
        ("Basic /w==", (400, 40005)),
        ("Digest x", (401, 40101)),
        ("Bearer garbage", (401, 40143)),
        ("Bearer aaaaaa.garbage", (401, 40143)),
        ("Bearer a.b.c", (401, 40144)),
    ],
)
def test_malformed_credentials_are_rejected(app, header, expected):
    assert code_with(app, Authorization=header) == expected


def test_a_secret_may_contain_colons(app):
    assert refusal(app.get("/channels", key=f"{app.keys[0]['keyName']}:a:b:c")) == (401, 40101)


def test_a_key_in_the_query(app):
    assert app.get("/channels", key=None, query={"key": app.keys[0]["keyStr"]}).status_code == 200


@pytest.mark.parametrize("name", ["access_token", "accessToken"])
def test_a_token_in_the_query(app, name):
    assert app.get("/channels", key=None, query={name: app.token()}).status_code == 200


def test_a_bearer_token_is_raw_or_base64(app):
    token = app.token()
    for text in (token, base64(token)):
        assert app.get("/channels", token=text).status_code == 200


@pytest.mark.parametrize("header", ["!!!", "/w=="])
def test_a_client_id_header_is_base64(app, header):
    assert refusal(app.get("/channels", headers={"X-Ably-ClientId": header})) == (400, 40012)


def test_plain_http_rejects_keys_and_accepts_tokens():
    with running("--host", "0.0.0.0") as server, server.app() as app:
        app.base = app.base.replace("0.0.0.0", "127.0.0.1")
        assert refusal(app.get("/channels")) == (401, 40103)
        assert app.get("/channels", headers={"X-Forwarded-Proto": "https"}).status_code == 200
        token = app.request_signed_token().json()["token"]
        assert app.get("/channels", token=token).status_code == 200


def test_an_option_allows_keys_over_plain_http():
    with running("--host", "0.0.0.0", "--allow-basic-over-http") as server, server.app() as app:
        app.base = app.base.replace("0.0.0.0", "127.0.0.1")
        assert app.get("/channels").status_code == 200


def test_a_jwt_is_accepted_like_a_token(app):
    assert app.get("/channels", token=signed_jwt(app)).status_code == 200
    assert app.get("/channels", token=base64(signed_jwt(app))).status_code == 200


def test_the_claims_of_a_jwt_apply(app):
    token = signed_jwt(app, **{"x-ably-capability": '{"mine":["publish","history"]}', "x-ably-clientId": "jay"})
    assert app.publish("mine", {"data": "x"}, token=token).status_code == 201
    assert app.history("mine", token=token).json()[0]["clientId"] == "jay"
    assert refusal(app.history("other", token=token)) == (401, 40160)


def test_a_jwt_cannot_exceed_the_capability_of_its_key(app):
    token = signed_jwt(app, 1, **{"x-ably-capability": '{"canpublish:a":["*"]}'})
    assert app.publish("canpublish:a", {}, token=token).status_code == 201
    assert refusal(app.history("canpublish:a", token=token)) == (401, 40160)
    nothing = signed_jwt(app, 1, **{"x-ably-capability": '{"other":["*"]}'})
    assert refusal(app.publish("other", {}, token=nothing)) == (401, 40160)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iat": 1, "exp": 2}, (401, 40142)),
        ({"iat": 2, "exp": 1}, (400, 40003)),
        ({"iat": 4_102_444_800, "exp": 4_102_444_860}, (400, 40001)),
        ({"exp": None}, (401, 40144)),
        ({"iat": None}, (401, 40144)),
        ({"iat": "soon"}, (401, 40144)),
        ({"exp": 2**39}, (400, 40003)),
        ({"iat": 3, "exp": 2}, (400, 40003)),
        ({"iat": 2**39, "exp": 2**39 + 60}, (400, 40001)),
        ({"x-ably-capability": "text"}, (401, 40144)),
        ({"x-ably-capability": '{"a":["nope"]}'}, (401, 40144)),
        ({"x-ably-clientId": 5}, (401, 40144)),
        ({"x-ably-clientId": "\ud800"}, (401, 40144)),
    ],
)
def test_a_jwt_with_invalid_claims_is_rejected(app, claims, expected):
    assert refusal(app.get("/channels", token=signed_jwt(app, **claims))) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"secret": "w" * 43}, (401, 40144)),
        ({"headers": {"kid": "invalid.invalid"}}, (404, 40400)),
    ],
)
def test_a_jwt_of_another_secret_or_application_is_rejected(app, options, expected):
    assert refusal(app.get("/channels", token=signed_jwt(app, **options))) == expected


def test_a_jwt_may_be_issued_by_a_clock_that_is_a_little_ahead(app):
    assert app.get("/channels", token=signed_jwt(app, iat=int(time.time()) + 60)).status_code == 200


def test_the_message_for_a_forged_jwt_has_the_words_that_clients_look_for(app):
    answer = app.get("/channels", token=signed_jwt(app, secret="w" * 43))
    assert "signature verification failed" in answer.json()["error"]["message"]


def test_only_an_expired_token_has_a_challenge_that_says_stale(app):
    """ably-java renews a token for this challenge, and reads no scheme but X-Ably-Token, Basic and Digest."""
    expired = app.get("/channels", token=signed_jwt(app, iat=1, exp=2))
    assert expired.headers["WWW-Authenticate"] == 'X-Ably-Token realm="Ably", stale="true"'
    for refused in (app.get("/channels", key=None), app.get("/channels", token="no.token")):
        assert refused.headers["WWW-Authenticate"] == 'Basic realm="Ably"'


def test_an_unsigned_jwt_is_rejected(app):
    moment = int(time.time())
    claims = {"iat": moment, "exp": moment + 60}
    token = jwt.encode(claims, None, algorithm="none", headers={"kid": app.keys[0]["keyName"]})
    assert refusal(app.get("/channels", token=token)) == (401, 40144)


def test_a_jwt_may_embed_a_token(app):
    inner = app.token(clientId="inner")
    for outer in (signed_jwt(app, **{"x-ably-token": inner}), signed_jwt(app, headers={"x-ably-token": inner})):
        channel = app.fresh()
        assert app.publish(channel, {}, token=outer).status_code == 201
        assert app.history(channel).json()[0]["clientId"] == "inner"
    forged = signed_jwt(app, secret="w" * 43, **{"x-ably-token": inner})
    assert refusal(app.get("/channels", token=forged)) == (401, 40144)


def test_applications_are_isolated():
    with running() as server, server.app() as one, server.app() as other:
        one.publish("shared", {"data": "x"})
        one.register("dev")
        assert other.history("shared").json() == []
        assert other.get("/push/deviceRegistrations").json() == []
        assert other.get("/channels").json() == ["persisted:fixtures"]
        token = one.token()
        assert other.get("/channels", token=token).json() == one.get("/channels").json()


def test_a_token_is_rejected_outside_its_capability(app):
    token = app.token(capability='{"ch":["publish"]}')
    assert app.publish("ch", {}, token=token).status_code == 201
    for path in ("/channels/ch/messages", "/channels/ch/presence", "/channels/ch", "/channels", "/stats"):
        assert refusal(app.get(path, token=token)) == (401, 40160)
    assert refusal(app.publish("other", {}, token=token)) == (401, 40160)
    assert app.history("other").json() == []


@pytest.mark.parametrize(
    "path", ["deviceRegistrations", "channelSubscriptions", "channels", "deviceRegistrations/nope"]
)
def test_push_administration_requires_push_admin(app, path):
    token = app.token(capability='{"*":["publish","subscribe"]}')
    assert refusal(app.get(f"/push/{path}", token=token)) == (401, 40160)


@pytest.fixture
def device(app):
    """The answer to a registration: the device with its tokens."""
    body = {**DEVICE, "id": app.fresh("device"), "deviceSecret": "secret", "clientId": "owner"}
    registered = app.post("/push/deviceRegistrations", json=body).json()
    yield registered
    app.call("DELETE", f"/push/deviceRegistrations/{body['id']}")


def path_of(device):
    return f"/push/deviceRegistrations/{device['id']}"


def test_a_device_reads_itself_with_its_identity_token(app, device):
    identity = device["deviceIdentityToken"]["token"]
    for text in (identity, base64(identity)):
        assert app.get(path_of(device), token=text).status_code == 200
    other = app.register("other")
    assert refusal(app.get(path_of(other), token=identity)) == (401, 40160)


@pytest.mark.parametrize("header", ["X-Ably-DeviceToken", "X-Ably-DeviceSecret"])
def test_a_device_adds_its_identity_token_or_secret_to_a_token(app, device, header):
    token = app.token(capability='{"*":["push-subscribe"]}')
    proof = device["deviceIdentityToken"]["token"] if header.endswith("Token") else "secret"
    assert refusal(app.get(path_of(device), token=token)) == (401, 40160)
    assert app.get(path_of(device), token=token, headers={header: proof}).status_code == 200
    is_token = header.endswith("Token")
    wrong = app.get(path_of(device), token=token, headers={header: "wrong"})
    assert refusal(wrong) == ((400, 40005) if is_token else (401, 40160))


def test_a_device_changes_its_recipient_and_nothing_else(app, device):
    identity = device["deviceIdentityToken"]["token"]
    recipient = {"transportType": "apns", "deviceToken": "new"}
    answer = app.call("PATCH", path_of(device), token=identity, json={"push": {"recipient": recipient}})
    assert answer.json()["push"]["recipient"] == recipient
    for body in ({"metadata": {"a": "b"}}, {"clientId": "other"}):
        assert refusal(app.call("PATCH", path_of(device), token=identity, json=body)) == (401, 40160)


def test_the_update_token_works_until_it_is_reset(app, device):
    first = device["updateToken"]
    second = app.get(f"{path_of(device)}/resetUpdateToken", token=first).json()["updateToken"]
    assert second != first
    assert refusal(app.get(path_of(device), token=first)) == (401, 40143)
    assert app.get(path_of(device), token=second).status_code == 200


def test_the_tokens_of_a_deleted_device_are_invalid(app, device):
    identity = device["deviceIdentityToken"]["token"]
    assert app.call("DELETE", path_of(device), token=identity).status_code == 204
    assert refusal(app.get("/channels", token=identity)) == (401, 40143)


def test_a_client_registers_its_own_device_only(app):
    token = app.token(clientId="me", capability='{"*":["push-subscribe"]}')
    body = {**DEVICE, "id": app.fresh("device"), "clientId": "me"}
    assert app.post("/push/deviceRegistrations", token=token, json=body).status_code == 201
    foreign = {**body, "id": app.fresh("device"), "clientId": "you"}
    assert refusal(app.post("/push/deviceRegistrations", token=token, json=foreign)) == (401, 40160)


def test_a_client_subscribes_itself_only(app):
    token = app.token(clientId="me", capability='{"pushenabled:*":["push-subscribe"]}')
    path = "/push/channelSubscriptions"
    assert app.post(path, token=token, json={"channel": "pushenabled:a", "clientId": "me"}).status_code == 201
    assert app.get(path, token=token, query={"channel": "pushenabled:a", "clientId": "me"}).status_code == 200
    foreign = {"channel": "pushenabled:a", "clientId": "you"}
    assert refusal(app.post(path, token=token, json=foreign)) == (401, 40160)


def test_a_device_subscribes_itself(app, device):
    identity = device["deviceIdentityToken"]["token"]
    body = {"channel": "pushenabled:self", "deviceId": device["id"]}
    assert app.post("/push/channelSubscriptions", token=identity, json=body).status_code == 201
    listed = app.get("/push/channelSubscriptions", token=identity, query={"deviceId": device["id"]})
    assert listed.json() == [{**body, "appId": app.id}]
