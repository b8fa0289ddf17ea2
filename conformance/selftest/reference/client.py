"""A server process and an HTTP client for the tests of the reference server."""

import json
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager
from hmac import digest
from pathlib import Path
from urllib.parse import quote, urljoin

import msgpack
import requests

ROOT = Path(__file__).parents[2]

MSGPACK = "application/x-msgpack"

SANDBOX = {
    "keys": [
        {},
        {"capability": '{ "canpublish:*":["publish"], "cansubscribe:*":["subscribe"] }'},
        {"capability": '{ "*":["subscribe"] }'},
        {"revocableTokens": True},
        {"capability": '{ "[*]*":["*"] }'},
    ],
    "namespaces": [{"id": "persisted", "persisted": True}, {"id": "pushenabled", "pushEnabled": True}],
    "channels": [
        {
            "name": "persisted:fixtures",
            "presence": [
                {"clientId": "client_bool", "data": "true"},
                {"clientId": "client_int", "data": "24"},
                {"clientId": "client_string", "data": "text"},
                {"clientId": "client_json", "data": '{"test":"object"}', "encoding": "json"},
                {"clientId": "client_json_text", "data": '{ "test": "text"}'},
                {"clientId": "client_encoded", "data": "HO4cYSP8", "encoding": "utf-8/cipher+aes-128-cbc/base64"},
            ],
        }
    ],
}

DEVICE = {
    "platform": "ios",
    "formFactor": "phone",
    "push": {"recipient": {"transportType": "apns", "deviceToken": "740f4707bebcf74f"}},
}


@contextmanager
def running(*options, stderr=None):
    """A server process that ends with the block. stderr: a file for what it writes there."""
    command = [sys.executable, "-m", "conformance.reference", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
        try:
            line = process.stdout.readline().split()
            assert line[0] == "ready"
            yield Server(process, *line[1:])
        finally:
            process.terminate()
            process.wait(timeout=10)


class Server:
    def __init__(self, process, http, https=None):
        self.process = process
        self.http = http
        self.https = https

    @contextmanager
    def app(self, setup=SANDBOX):
        with requests.Session() as session:
            made = session.post(f"{self.http}/apps", json=setup, timeout=10)
            assert made.status_code == 201
            yield App(self.http, session, made.json())


@contextmanager
def running_app(*options, setup=SANDBOX):
    with running(*options) as server, server.app(setup) as app:
        yield app


class App:
    """One application on the server; requests use its first key by default."""

    def __init__(self, base, session, details):
        self.base = base
        self.session = session
        self.details = details
        self.id = details["appId"]
        self.keys = details["keys"]
        self.names = 0

    def fresh(self, prefix="channel"):
        self.names += 1
        return f"{prefix}-{self.names}"

    def call(self, method, path, *, key=0, token=None, query=None, headers=None, **body):
        headers = {**self.credentials(key, token), **(headers or {})}
        if "packed" in body:
            headers |= {"Content-Type": MSGPACK}
            body = {"data": msgpack.packb(body["packed"])}
        url = self.base + path
        return self.session.request(method, url, params=query, headers=headers, timeout=10, **body)

    def credentials(self, key, token):
        if token is not None:
            return {"Authorization": f"Bearer {token}"}
        if key is None:
            return {}
        text = key if isinstance(key, str) else self.keys[key]["keyStr"]
        return {"Authorization": f"Basic {base64(text)}"}

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, **options):
        return self.call("POST", path, **options)

    def publish(self, channel, message, **options):
        return self.post(f"/channels/{quote(channel, safe='')}/messages", json=message, **options)

    def history(self, channel, **options):
        return self.get(f"/channels/{quote(channel, safe='')}/messages", **options)

    def follow(self, response, relation, **options):
        target = urljoin(response.url, response.links[relation]["url"])
        return self.call("GET", target.removeprefix(self.base), **options)

    def pages(self, response):
        """The decoded bodies of this page and of all pages after it."""
        pages = [response.json()]
        while "next" in response.links:
            response = self.follow(response, "next")
            pages.append(response.json())
        return pages

    def token(self, key=0, **params):
        """The text of a token."""
        made = self.request_token(key, **params)
        assert made.status_code == 201, made.text
        return made.json()["token"]

    def request_token(self, key=0, **params):
        """The answer to an unsigned token request with the Basic credentials of the key."""
        name = self.keys[key]["keyName"]
        return self.post(f"/keys/{name}/requestToken", key=key, json={"keyName": name, "timestamp": now(), **params})

    def request_signed_token(self, key=0, **changes):
        request = {**self.signed(key), **changes}
        return self.post(f"/keys/{self.keys[key]['keyName']}/requestToken", key=None, json=request)

    def signed(self, key=0, **params):
        """A signed token request; the mac covers `params`."""
        secret = self.keys[key]["keySecret"]
        nonce = f"nonce-{time.monotonic_ns()}"
        request = {"keyName": self.keys[key]["keyName"], "timestamp": now(), "nonce": nonce, **params}
        return {**request, "mac": mac(request, secret)}

    def register(self, device_id, **members):
        device = {**DEVICE, "id": device_id, **members}
        saved = self.call("PUT", f"/push/deviceRegistrations/{device_id}", json=device)
        assert saved.status_code == 200, saved.text
        return saved.json()

    def recipient(self, channel):
        """A recipient of the transport ablyChannel, whose notifications can be read back."""
        return {
            "transportType": "ablyChannel",
            "channel": channel,
            "ablyKey": self.keys[0]["keyStr"],
            "ablyUrl": "http://192.0.2.1",
        }

    def subscribe(self, channel, **subscriber):
        made = self.post("/push/channelSubscriptions", json={"channel": channel, **subscriber})
        assert made.status_code == 201, made.text
        return made.json()

    def subscriptions(self, **query):
        return self.get("/push/channelSubscriptions", query=query).json()

    def pushed(self, channel):
        """The notifications delivered to a channel, oldest first."""
        messages = self.history(channel, query={"direction": "forwards"}).json()
        assert {message["name"] for message in messages} <= {"__ably_push__"}
        return [json.loads(message["data"]) for message in messages]


def now():
    return time.time_ns() // 1_000_000


def base64(text):
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


def mac(request, secret):
    signed = "".join(
        f"{request.get(name, '')}\n" for name in ("keyName", "ttl", "capability", "clientId", "timestamp", "nonce")
    )
    return base64(digest(secret.encode(), signed.encode(), "sha256"))


def refusal(response):
    """Status and code of an error; asserts that body and headers agree."""
    error = response.json()["error"]
    assert error["statusCode"] == response.status_code
    assert response.headers["X-Ably-ErrorCode"] == str(error["code"])
    assert response.headers["X-Ably-ErrorMessage"]
    return response.status_code, error["code"]
