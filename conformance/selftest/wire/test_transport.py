"""`wire.transport` sends and records requests byte for byte, and describes each failure in a sentence."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading

import msgpack
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import FORM, JSON, MSGPACK, Request, Response
from conformance.selftest.harness.loopback import EMPTY, loopback, refusing_url, reply
from conformance.wire.codec import NOTHING, decode, encode, is_encodable
from conformance.wire.transport import Route, open_session, transmit

PATIENCE = 5.0

TARGETS = (
    "/a%2Fb",
    "/a%2fb",
    "/%2E%2E/x",
    "/../x",
    "/a/./b/..",
    "//two/slashes",
    "/%zz",
    "/a%20b%C3%BC",
    "/a?",
    "/a?q=%2f&r=..%2F",
    "/a;b=c?d=e+f",
    "/{x}|^`\"'<>\\",
)


def sent(request: Request) -> tuple[bytes, Response | None, str]:
    with loopback() as server:
        response, failure = transmit(open_session(), Request(**{**_facts(request), "url": server.url + request.url}), 5)
    return server.requests[0] if server.requests else b"", response, failure


def _facts(request: Request) -> dict:
    return {"method": request.method, "headers": request.headers, "body": request.body}


def answered(response: bytes, timeout: float = PATIENCE) -> tuple[Response | None, str]:
    with loopback(response) as server:
        return transmit(open_session(), Request("GET", f"{server.url}/x"), timeout)


# Requests ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_a_request_target_is_sent_byte_for_byte(target):
    raw, _, _ = sent(Request("GET", target))

    assert raw.split(b" ")[1].decode() == target


def test_a_url_without_a_path_requests_the_root():
    raw, _, _ = sent(Request("GET", ""))

    assert raw.startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("target", ["/a b", "/ü", "/a\r\nX-Evil: 1", "/\x00"])
def test_a_url_that_no_request_line_can_hold_is_not_sent(target):
    raw, response, failure = sent(Request("GET", target))

    assert (raw, response) == (b"", None)
    assert failure == "the URL cannot be sent in an HTTP request"


def test_a_url_without_scheme_is_not_sent():
    assert transmit(open_session(), Request("GET", "localhost:80/time"), 1) == (
        None,
        "the URL cannot be sent in an HTTP request",
    )


def test_a_body_is_sent_byte_for_byte():
    body = bytes(range(256))

    raw, _, _ = sent(Request("POST", "/x", (("Content-Type", MSGPACK),), body))

    assert raw.partition(b"\r\n\r\n")[2] == body


def test_a_request_is_sent_in_one_piece(monkeypatch):
    pieces = []
    whole = socket.socket.sendall

    def sendall(self: socket.socket, data: bytes) -> None:
        pieces.append(bytes(data))
        whole(self, data)

    monkeypatch.setattr(socket.socket, "sendall", sendall)
    raw, response, _ = sent(Request("POST", "/x", (("Content-Type", JSON),), b'{"a": 1}'))

    assert response is not None
    assert [piece for piece in pieces if piece.startswith(b"POST")] == [raw]
    assert raw.endswith(b'\r\n\r\n{"a": 1}')


def test_every_recorded_header_line_is_sent_in_order_and_as_often_as_recorded():
    lines = (("Accept", "a/b"), ("x-lower", "1"), ("Accept", "c/d"))

    raw, _, _ = sent(Request("GET", "/x", lines))

    head = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    recorded = [line for line in head if line.partition(":")[0] in {"Accept", "x-lower"}]
    assert sorted(recorded) == sorted(f"{name}: {value}" for name, value in lines)
    assert [line for line in recorded if line.startswith("Accept")] == ["Accept: a/b", "Accept: c/d"]


def test_besides_the_recorded_headers_only_those_of_the_client_are_sent():
    raw, _, _ = sent(Request("POST", "/x", (("Accept", JSON),), b"[]"))

    names = {line.partition(b":")[0].decode().lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
    assert names == {"host", "accept-encoding", "user-agent", "content-length", "accept"}


def test_the_recorded_user_agent_replaces_ours():
    raw, _, _ = sent(Request("GET", "/x", (("User-Agent", "another"),)))

    assert raw.count(b"User-Agent: ") == 1
    assert b"User-Agent: another\r\n" in raw


@pytest.mark.parametrize(("method", "has_length"), [("POST", True), ("DELETE", True), ("GET", False)])
def test_a_request_without_body_has_content_length_0_if_its_method_allows_a_body(method, has_length):
    raw, _, _ = sent(Request(method, "/x"))

    assert (b"Content-Length: 0\r\n" in raw) is has_length
    assert b"chunked" not in raw


# The environment, redirects and cookies ------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with loopback() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        _, response, _ = sent(Request("GET", "/x"))

    assert response is not None
    assert proxy.connections == 0


def test_a_netrc_file_of_the_environment_is_not_used(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\ndefault login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))

    raw, _, _ = sent(Request("GET", "/x"))

    assert b"authorization" not in raw.lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status):
    with loopback() as elsewhere:
        response, _ = answered(reply(status, b"", f"Location: {elsewhere.url}/stolen"))

    assert response.status == status
    assert elsewhere.connections == 0


def test_a_redirect_to_an_invalid_url_is_an_ordinary_response():
    response, failure = answered(reply(302, b"", "Location: http://[not-a-host"))

    assert (response.status, failure) == (302, "")


def test_a_cookie_is_not_sent_back():
    with loopback(reply(200, b"[]", "Set-Cookie: a=b; Path=/")) as server:
        session = open_session()
        for _ in range(2):
            transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert b"cookie" not in server.requests[1].lower()


# Responses -----------------------------------------------------------------------------------------------------------


def test_every_line_of_a_repeated_header_is_kept_in_order():
    response, _ = answered(reply(200, b"[]", "Link: <a>", "X-Other: 1", "link: <b>", "Link: <c>"))

    assert response.lines("link") == ("<a>", "<b>", "<c>")


def test_a_compressed_body_is_kept_as_received():
    packed = gzip.compress(b"[]")

    response, _ = answered(reply(200, packed, "Content-Encoding: gzip"))

    assert response.body == packed


def test_a_chunked_body_is_joined():
    response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"

    assert answered(response)[0].body == b"[]"


def test_a_body_after_a_204_response_does_not_reach_the_next_exchange():
    responses = iter([b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", EMPTY])
    with loopback(lambda _: next(responses)) as server:
        session = open_session()
        first, _ = transmit(session, Request("DELETE", f"{server.url}/x"), PATIENCE)
        second, failure = transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert (first.status, first.body) == (204, b"")
    assert (second.status, second.body, failure) == (200, b"[]", "")


def test_a_connection_is_reused():
    with loopback() as server:
        session = open_session()
        for _ in range(3):
            transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert (len(server.requests), server.connections) == (3, 1)


# Failures ------------------------------------------------------------------------------------------------------------


def test_a_refused_connection_is_described():
    assert transmit(open_session(), Request("GET", f"{refusing_url()}/time"), PATIENCE) == (
        None,
        "connection refused",
    )


def test_an_unknown_host_name_is_described(monkeypatch):
    def unresolved(*_, **__) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unresolved)

    assert transmit(open_session(), Request("GET", "http://no-such-host.invalid/time"), PATIENCE) == (
        None,
        "the host name does not resolve",
    )


def test_a_target_that_does_not_answer_is_described():
    done = threading.Event()
    with loopback(lambda _: done.wait(PATIENCE) and None) as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), 0.2)
        done.set()

    assert found == (None, "no response within 0.2 s")


def test_a_connection_closed_without_a_response_is_described():
    with loopback(lambda _: None) as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert found == (None, "connection closed before a response was received")


def test_a_certificate_of_an_unknown_authority_is_described():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    with loopback(tls=context) as server:
        _, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert failure.startswith("TLS failed: certificate verify failed: unable to get local issuer certificate")
    assert "--ca-file" in failure
    assert server.requests == []


def test_a_certificate_of_another_host_is_described(tmp_path):
    context, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    authority.issue_cert("another.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    with loopback(tls=context) as server:
        _, failure = transmit(
            open_session(Route(str(tmp_path / "ca.pem"))), Request("GET", f"{server.url}/x"), PATIENCE
        )

    assert failure.startswith("TLS failed: certificate verify failed: IP address mismatch")
    assert "--ca-file" in failure
    assert server.requests == []


def test_a_ca_file_makes_a_private_authority_trusted(tmp_path):
    context, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    with loopback(tls=context) as server:
        response, failure = transmit(
            open_session(Route(str(tmp_path / "ca.pem"))), Request("GET", f"{server.url}/x"), PATIENCE
        )

    assert (response and response.status, failure) == (200, "")


def test_an_exchange_after_a_failed_one_succeeds():
    responses = iter([None, EMPTY])
    with loopback(lambda _: next(responses)) as server:
        session = open_session()
        transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)
        response, _ = transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert response.status == 200


# Encoding ------------------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([JSON, MSGPACK, FORM]))
def test_a_value_that_is_encodable_is_encoded(value, media_type):
    if is_encodable(value, media_type):
        encode(value, media_type)


@given(VALUES, st.sampled_from([JSON, MSGPACK]))
def test_an_encoded_value_decodes_to_itself(value, media_type):
    plain = json.dumps(value)
    if is_encodable(value, media_type) and "\\ud" not in plain:
        found = decode(media_type, encode(value, media_type))
        assert (json.dumps(found.value), found.flaws) == (plain, ())


@pytest.mark.parametrize(
    ("value", "media_type"),
    [
        (2**64, MSGPACK),
        (-(2**63) - 1, MSGPACK),
        (b"bytes", JSON),
        (float("nan"), JSON),
        (["a list"], FORM),
        ({"a": 1}, FORM),
        ({"a": "\ud800"}, FORM),
        ("\ud800", MSGPACK),
    ],
)
def test_a_value_that_a_media_type_cannot_hold_is_not_encodable(value, media_type):
    assert not is_encodable(value, media_type)


def test_a_value_nested_too_deeply_is_not_encodable():
    value: list = []
    for _ in range(100_000):
        value = [value]

    assert not any(is_encodable(value, media_type) for media_type in (JSON, MSGPACK))


def test_no_body_is_encoded_as_no_bytes():
    assert {encode(NOTHING, media_type) for media_type in (JSON, MSGPACK, FORM)} == {b""}


def test_messagepack_encodes_bytes_as_bin_and_text_as_str():
    assert msgpack.unpackb(encode({"a": b"\x00", "b": "text"}, MSGPACK)) == {"a": b"\x00", "b": "text"}


def test_a_proxy_is_sent_the_whole_url_as_written():
    with loopback(reply(200)) as proxy:
        request = Request("GET", "http://target.invalid/channels/a%2fb?x=%")
        response, failure = transmit(open_session(Route(proxy=proxy.url)), request, PATIENCE)

    assert (response and response.status, failure) == (200, "")
    assert proxy.targets == ["http://target.invalid/channels/a%2fb?x=%"]


def test_a_proxy_that_refuses_a_tunnel_is_named():
    with loopback(reply(407)) as proxy:
        session = open_session(Route(proxy=proxy.url))
        found = transmit(session, Request("GET", "https://target.invalid/time"), PATIENCE)

    assert found == (None, "the proxy refused the connection with status 407")
    assert proxy.targets == ["target.invalid:443"]


def test_a_proxy_that_cannot_be_reached_is_named():
    session = open_session(Route(proxy=refusing_url()))

    found = transmit(session, Request("GET", "http://target.invalid/time"), PATIENCE)

    assert found == (None, "the proxy cannot be used")


# Client certificates -------------------------------------------------------------------------------------------------


def demanding(folder, version: ssl.TLSVersion) -> ssl.SSLContext:
    """TLS that demands a client certificate; writes ca.pem, client.pem, its parts, and foreign.pem to the folder."""
    context, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    context.minimum_version = context.maximum_version = version
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.cert_pem.write_to_path(folder / "ca.pem")
    client = authority.issue_cert("client.example")
    client.private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    client.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    client.private_key_pem.write_to_path(folder / "key.pem")
    trustme.CA().issue_cert("client.example").private_key_and_cert_chain_pem.write_to_path(folder / "foreign.pem")
    return context


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("files", [("client.pem",), ("cert.pem", "key.pem")])
def test_a_client_certificate_is_shown(tmp_path, version, files):
    with loopback(tls=demanding(tmp_path, version)) as server:
        cert, key = [*(str(tmp_path / each) for each in files), ""][:2]
        route = Route(str(tmp_path / "ca.pem"), cert=cert, cert_key=key)
        response, failure = transmit(open_session(route), Request("GET", f"{server.url}/x"), PATIENCE)

    assert (response and response.status, failure) == (200, "")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("cert", ["", "foreign.pem"])
def test_a_target_that_demands_another_client_certificate_is_described(tmp_path, version, cert):
    with loopback(tls=demanding(tmp_path, version)) as server:
        route = Route(str(tmp_path / "ca.pem"), cert=str(tmp_path / cert) if cert else "")
        response, failure = transmit(open_session(route), Request("GET", f"{server.url}/x"), PATIENCE)

    assert response is None
    if version is ssl.TLSVersion.TLSv1_2 or failure.startswith(
        "TLS"
    ):  # by TLS 1.3 it may be a connection that is closed
        assert failure.startswith("TLS failed: ")
        assert failure.endswith("one that it accepts is passed with --cert")
