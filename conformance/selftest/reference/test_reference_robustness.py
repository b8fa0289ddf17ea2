"""Random invalid requests are answered with a status below 500, on an open connection and in limited memory."""

import json
import socket
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from urllib.parse import quote

import msgpack
import pytest

from conformance.reference.routing import ROUTES
from conformance.selftest.reference.client import DEVICE, MSGPACK, SANDBOX, base64, now, running

REQUESTS = 10_000
WARM_UP = 1_000
SEED = 20_261_123

# Memory for the devices, channels and messages that the valid requests among them create.
MOST_GROWTH_KIB = 64 * 1024

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

SEGMENTS = (
    b"a",
    b"%00",
    b"%ff%fe",
    b"%zz",
    b"%",
    b"%2F",
    b"\xff\xfe\x80",
    b"\xc3\xa9 \x01",
    b"..",
    b"%F0%9F%98%80",
    b":" * 300,
    b"[meta]x",
    b"%5B%5B",
    b"x" * 3000,
    b"",
    b"pushenabled:z",
    b"'\"<>\\^`{|}",
)

PARAMETERS = """
    limit start end direction unit by prefix clientId deviceId connectionId channel concatFilters cursor ceiling format
    callback envelope fields flatten select v key access_token _forceNack enveloped channels separator name messageId
"""

VALUES = (
    b"abc",
    b"-1",
    b"0",
    b"1",
    b"9" * 400,
    b"1e9",
    b"NaN",
    b"%ff",
    b"%",
    b"%zz",
    b"\xff",
    b"a,b,,;",
    b"2024-02-03:15:05",
    b"9999-12-31T23:59:59",
    b"0001-01-01T00:00:00+23:59",
    b"true",
    b"json",
    b"msgpack",
    b"html",
    b"jsonp",
    b"x" * 2000,
    b"a.b.*.c",
    b"%0d%0aX-Injected:1",
    b"",
)

MEMBERS = """
    id name data encoding clientId connectionKey extras push recipient transportType channel ablyKey ablyUrl deviceId
    platform formFactor metadata deviceSecret updateToken state notification title apns keyName timestamp nonce mac ttl
    capability targets issuedBefore channels messages keys namespaces presence intervalId inbound headers ephemeral
"""

MESSAGE = {
    "id": "a:0",
    "name": "n",
    "data": "d",
    "clientId": "c",
    "encoding": "json/utf-8",
    "extras": {"push": {"notification": {"title": "t"}, "data": {"a": "b"}}, "headers": {"a": 1}, "ephemeral": False},
}

RECIPIENT = {"transportType": "ablyChannel", "channel": "out", "ablyKey": "a.b:c", "ablyUrl": "u"}

# Valid bodies by operation; the generator alters up to two members.
VALID = {
    "publishMessagesToChannel": [MESSAGE, [{"data": {"a": [1]}}, {"name": "n"}], [{"id": "b:0"}, {"id": "b:1"}]],
    "registerPushDevice": [{"id": "d", **DEVICE}, {"id": "e", **DEVICE, "push": {"recipient": RECIPIENT}}],
    "putPushDeviceDetails": [{**DEVICE, "clientId": "c", "metadata": {"a": {"b": "c"}}, "deviceSecret": "s"}],
    "patchPushDeviceDetails": [{"metadata": {"a": 1}, "clientId": "c", "push": {"recipient": RECIPIENT}}],
    "subscribePushDeviceToChannel": [
        {"channel": "pushenabled:z", "clientId": "c"},
        {"channel": "pushenabled:z", "deviceId": "d"},
    ],
    "publishPushNotificationToDevices": [
        {"recipient": {"clientId": "c"}, "notification": {"title": "t"}, "data": {"a": "b"}, "apns": {"x": 1}},
        {"recipient": RECIPIENT, "push": {"data": {"a": "b"}}},
    ],
    "requestAccessToken": [
        {"keyName": "KEY", "timestamp": "NOW", "ttl": 1000, "capability": '{"a:*":["publish"]}', "clientId": "c"},
        {"keyName": "KEY", "timestamp": "NOW", "nonce": "n" * 16, "mac": "m"},
    ],
    "revokeTokens": [{"targets": ["clientId:c", "channel:a"], "issuedBefore": "NOW", "allowReauthMargin": True}],
    "batchPublish": [
        {"channels": ["a", "pushenabled:z"], "messages": [MESSAGE]},
        [{"channels": "a", "messages": {"data": "x"}}],
    ],
    "injectStats": [
        {"intervalId": "2024-02-03:15:05", "inbound": {"rest": {"messages": {"count": 1}}}, "channels": {"peak": 5}}
    ],
    "createApp": [SANDBOX],
}

VALID_SEGMENTS = {
    "{channel}": (b"a", b"pushenabled:z", b"persisted:fixtures"),
    "{device}": (b"d", b"e"),
    "{app}": (b"aaaaaa",),
}

JSON = "application/json"

TEXTS = ("", "*", "a" * 300, "\x00", "日本", "\u2028", "ios", "phone", "pushenabled:a", "ablyChannel", "{}", "a:0", "/")

CONTENT_TYPES = (
    "application/json",
    "application/json; charset=latin-1",
    MSGPACK,
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/octet-stream",
    "",
    "é/ü",
    "application/xml",
)

HEADERS = ("Accept", "X-Ably-Version", "X-Ably-ClientId", "X-Ably-DeviceToken", "X-Ably-DeviceSecret", "Origin", "Host")


@pytest.fixture
def target():
    with running() as server, server.app() as app:
        yield Target(server.process.pid, app.base, app.keys[0]["keyStr"])


class Target:
    def __init__(self, pid, base, key):
        self.pid = pid
        self.address = base.removeprefix("http://").split(":")
        self.key = key

    def connect(self):
        connection = socket.create_connection(self.address, timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(connection)

    def memory(self):
        """Resident memory in KiB; 0 on a system without /proc."""
        status = Path(f"/proc/{self.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


class Connection:
    """A keep-alive connection; a test fails if the server closes it."""

    def __init__(self, connection):
        self.socket = connection
        self.file = connection.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, request):
        """The status and headers of the answer, which is read completely."""
        self.socket.sendall(request)
        status_line = self.file.readline()
        assert status_line.startswith(b"HTTP/1.1 "), "the server closed the connection"
        headers = {}
        while (line := self.file.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        if not request.startswith(b"HEAD"):
            self.file.read(int(headers.get(b"content-length", 0)))
        return int(status_line.split()[1]), headers


class Generator:
    """Random requests with valid framing; all other parts may be invalid."""

    def __init__(self, seed, key):
        self.random = Random(seed)
        self.key = key
        self.operation = ""

    def request(self):
        route = self.chosen(ROUTES)
        method = route.method if self.often() else self.chosen(METHODS)
        self.operation = route.operation if self.often() else self.chosen(list(VALID))
        media_type, body = self.body() if method in {"POST", "PUT", "PATCH"} or not self.often() else ("", b"")
        lines = [f"{method} ".encode() + self.path(route) + self.query() + b" HTTP/1.1"]
        lines += [f"Content-Length: {len(body)}".encode()] if body or method == "POST" else []
        lines += [f"Content-Type: {media_type}".encode()] if media_type else []
        lines += [self.credentials()]
        lines += [] if self.often() else [self.chosen(HEADERS).encode() + b": " + self.header_value()]
        return b"\r\n".join([*lines, b"", body])

    def often(self):
        return self.random.random() < 0.85

    def chosen(self, options):
        return self.random.choice(options.split() if isinstance(options, str) else options)

    def path(self, route):
        return b"/" + b"/".join(self.segment(part) for part in route.path.split("/")[1:])

    def segment(self, part):
        if part == "{keyName}" and self.often():
            return self.key.partition(":")[0].encode()
        if part in VALID_SEGMENTS and self.random.random() < 0.6:
            return self.chosen(VALID_SEGMENTS[part])
        if part.startswith("{"):
            return self.chosen(SEGMENTS)
        return part.encode() if self.random.random() < 0.98 else self.chosen(SEGMENTS)

    def query(self):
        pairs = [f"{self.chosen(PARAMETERS)}=".encode() + self.chosen(VALUES) for _ in range(self.random.randrange(3))]
        return b"?" + b"&".join(pairs) if pairs else b""

    def credentials(self):
        if self.often():
            return f"Authorization: Basic {base64(self.key)}".encode()
        scheme = self.chosen([b"Basic", b"Bearer", b"Digest", b""])
        return (
            b"Authorization: " + scheme + b" " + self.chosen([self.header_value(), b"a.b.c", b"e30.e30.e30", b"Og=="])
        )

    def header_value(self):
        bytes_allowed = [*range(0x20, 0x7F), *range(0x80, 0x100)]
        return bytes(self.chosen(bytes_allowed) for _ in range(self.random.randrange(40))).strip()

    def body(self):
        kinds = (self.altered_json, self.altered_messagepack, self.broken_json, self.literal_json, self.deep)
        kinds += (self.broken_messagepack, self.odd_messagepack, self.odd_form, self.raw_bytes)
        media_type, body = self.chosen(kinds)()
        return (media_type if self.often() else self.chosen(CONTENT_TYPES)), body

    def valid(self):
        """A valid body, with the key and the time of this run."""
        text = json.dumps(self.chosen(VALID.get(self.operation, [{}]))).replace("KEY", self.key.partition(":")[0])
        return json.loads(text.replace('"NOW"', str(now())))

    def altered(self):
        """A valid body with up to two members replaced, added or removed."""
        body = self.valid()
        for _ in range(self.random.randrange(3)):
            self.alter(body)
        return body

    def alter(self, node):
        if isinstance(node, list):
            node.append(self.tree(2))
            return
        name = self.chosen(list(node) or ["id"])
        if isinstance(node.get(name), dict | list) and self.often():
            self.alter(node[name])
        elif self.often():
            node[name if self.often() else self.chosen(MEMBERS)] = self.tree(2)
        else:
            node.pop(name, None)

    def altered_json(self):
        return JSON, json.dumps(self.altered()).encode()

    def altered_messagepack(self):
        return MSGPACK, msgpack.packb(self.altered(), use_bin_type=self.often())

    def broken_json(self):
        text = json.dumps(self.altered()).encode()
        cut = self.random.randrange(len(text) + 1)
        patch = self.chosen([b"", b"\xff", b"}", b"\x00", b'"\\ud800"'])
        return JSON, text[:cut] + patch + text[cut + self.random.randrange(3) :]

    def literal_json(self):
        odd = (
            "NaN",
            "-Infinity",
            "1e999",
            "9" * 5000,
            "1" * 30,
            '"\\ud800"',
            '{"a":1,"a":2}',
            "null",
            "[]",
            '"\\u0000"',
        )
        return JSON, f'{{"{self.chosen(MEMBERS)}": {self.chosen(list(odd))}}}'.encode()

    def deep(self):
        depth = self.chosen([50, 99, 150, 600, 5000])
        arrays, objects = b"[" * depth + b"]" * depth, b'{"data":' * depth + b"1" + b"}" * depth
        return self.chosen([(JSON, arrays), (JSON, objects), (MSGPACK, b"\x91" * depth + b"\x01")])

    def broken_messagepack(self):
        packed = bytearray(msgpack.packb(self.altered()))
        for _ in range(self.random.randrange(4)):
            packed[self.random.randrange(len(packed))] = self.random.randrange(256)
        return MSGPACK, bytes(packed[: self.random.randrange(len(packed) // 2, len(packed) + 1)])

    def odd_messagepack(self):
        name = self.chosen(MEMBERS)
        odd = [
            msgpack.packb({name: msgpack.ExtType(5, b"x")}),
            msgpack.packb({name: msgpack.Timestamp(5, 5)}),
            msgpack.packb({5: 5, b"x": 1}),
            msgpack.packb({name: b"\xff\xfe"}, use_bin_type=False),
            msgpack.packb({**self.valid_object(), name: {"deep": b"\xff"}}),
            msgpack.packb({**self.valid_object(), name: b"\xff"}),
            msgpack.packb({name: float("nan")}),
            msgpack.packb({**self.valid_object(), name: 2**64 - 1}),
            b"\xdd\xff\xff\xff\xff",
            b"\xdf\xff\xff\xff\xff",
            b"\xc6\xff\xff\xff\xff",
        ]
        return MSGPACK, self.chosen(odd)

    def valid_object(self):
        body = self.valid()
        return body if isinstance(body, dict) else body[0]

    def odd_form(self):
        pairs = [f"{name}={quote(str(value))}" for name, value in self.valid_object().items()]
        end = self.chosen([b"", b"&%zz", b"&=", b"&a=%ff", b"&extras={", b"\xff"])
        return "application/x-www-form-urlencoded", "&".join(pairs).encode() + end

    def raw_bytes(self):
        return JSON, self.random.randbytes(self.random.randrange(200))

    def tree(self, depth):
        """A random value of any type; objects have members known to the API."""
        kind = self.random.randrange(8) if depth else self.random.randrange(5)
        if kind >= 6:
            return {self.chosen(MEMBERS): self.tree(depth - 1) for _ in range(self.random.randrange(5))}
        if kind == 5:
            return [self.tree(depth - 1) for _ in range(self.random.randrange(4))]
        number = self.random.randrange(-(2**63), 2**63)
        return (None, True, number, self.random.random() * 1e300, self.chosen(TEXTS))[kind]


def test_ten_thousand_bad_requests(target):
    generator = Generator(SEED, target.key)
    statuses = Counter()
    with closing(target.connect()) as connection:
        for number in range(REQUESTS):
            request = generator.request()
            status, headers = connection.send(request)
            assert status < 500, request
            assert b"x-ably-serverid" in headers, request
            assert status < 400 or b"x-ably-errorcode" in headers, request
            assert b"x-injected" not in headers, request
            statuses[status] += 1
            if number == WARM_UP:
                before = target.memory()
    assert target.memory() - before < MOST_GROWTH_KIB
    # Each status has to be frequent: a generator whose requests all fail alike would test little.
    assert min(statuses[status] for status in (200, 201, 204, 400, 401, 404)) > REQUESTS / 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"NONSENSE /time HTTP/1.1\r\n\r\n",
        b"GET /time HTTP/9.9\r\n\r\n",
        b"POST /apps HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /apps HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /time HTTP/1.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
    ids=["tls", "method", "version", "length", "chunk", "head"],
)
def test_invalid_http_is_answered_and_the_connection_closed(target, request_bytes):
    with closing(target.connect()) as connection:
        status, headers = connection.send(request_bytes)
        assert status == 400
        assert headers[b"x-ably-errorcode"] == b"40000"
        assert headers[b"connection"] == b"close"
        assert connection.file.read() == b""


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_an_upgrade_is_ignored_and_the_connection_stays_open(target, protocol):
    upgrade = f"GET /time HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n".encode()
    with closing(target.connect()) as connection:
        for request in (upgrade, b"GET /time HTTP/1.1\r\n\r\n", upgrade):
            assert connection.send(request)[0] == 200


def test_requests_may_be_pipelined(target):
    with closing(target.connect()) as connection:
        connection.socket.sendall(b"GET /time HTTP/1.1\r\n\r\n" * 9)
        assert [connection.send(b"")[0] for _ in range(9)] == [200] * 9


def test_a_body_may_be_chunked(target):
    body = b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with closing(target.connect()) as connection:
        assert connection.send(b"POST /apps HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body)[0] == 201
