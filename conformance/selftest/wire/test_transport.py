"""The wire: what is recorded is what crossed it, and what went wrong is said in a sentence."""

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
from conformance.wire import transport
from conformance.wire.codec import NOTHING, decode, encode, is_encodable
from conformance.wire.transport import open_session, transmit

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


def answered(said: bytes, timeout: float = PATIENCE) -> tuple[Response | None, str]:
    with loopback(said) as server:
        return transmit(open_session(), Request("GET", f"{server.url}/x"), timeout)


# What goes out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_goes_out_byte_for_byte(target):
    raw, _, _ = sent(Request("GET", target))

    assert raw.split(b" ")[1].decode() == target


def test_a_url_without_a_path_asks_for_the_root():
    raw, _, _ = sent(Request("GET", ""))

    assert raw.startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("target", ["/a b", "/ü", "/a\r\nX-Evil: 1", "/\x00"])
def test_what_no_request_line_can_carry_is_not_sent_in_another_form(target):
    raw, response, failure = sent(Request("GET", target))

    assert (raw, response) == (b"", None)
    assert failure == "its URL is not one that an HTTP request can carry"


def test_a_url_without_scheme_is_refused_in_a_sentence():
    assert transmit(open_session(), Request("GET", "localhost:80/time"), 1) == (
        None,
        "its URL is not one that an HTTP request can carry",
    )


def test_a_body_goes_out_byte_for_byte():
    body = bytes(range(256))

    raw, _, _ = sent(Request("POST", "/x", (("Content-Type", MSGPACK),), body))

    assert raw.partition(b"\r\n\r\n")[2] == body


def test_every_recorded_header_line_goes_out_in_order_and_as_often_as_it_is_recorded():
    lines = (("Accept", "a/b"), ("x-lower", "1"), ("Accept", "c/d"))

    raw, _, _ = sent(Request("GET", "/x", lines))

    head = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    recorded = [line for line in head if line.partition(":")[0] in {"Accept", "x-lower"}]
    assert sorted(recorded) == sorted(f"{name}: {value}" for name, value in lines)
    assert [line for line in recorded if line.startswith("Accept")] == ["Accept: a/b", "Accept: c/d"]


def test_beside_the_recorded_headers_only_the_clients_own_go_out():
    raw, _, _ = sent(Request("POST", "/x", (("Accept", JSON),), b"[]"))

    names = {line.partition(b":")[0].decode().lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
    assert names == {"host", "accept-encoding", "user-agent", "content-length", "accept"}


def test_the_recorded_user_agent_replaces_ours():
    raw, _, _ = sent(Request("GET", "/x", (("User-Agent", "theirs"),)))

    assert raw.count(b"User-Agent: ") == 1
    assert b"User-Agent: theirs\r\n" in raw


@pytest.mark.parametrize(("method", "said"), [("POST", True), ("DELETE", True), ("GET", False)])
def test_a_request_without_body_says_so_where_it_could_have_one(method, said):
    raw, _, _ = sent(Request(method, "/x"))

    assert (b"Content-Length: 0\r\n" in raw) is said
    assert b"chunked" not in raw


# What stays out ------------------------------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    with loopback() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        _, response, _ = sent(Request("GET", "/x"))

    assert response is not None
    assert proxy.connections == 0


def test_a_netrc_of_the_environment_lends_no_credentials(monkeypatch, tmp_path):
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


def test_a_redirect_to_nonsense_is_an_answer_like_any_other():
    response, failure = answered(reply(302, b"", "Location: http://[not-a-host"))

    assert (response.status, failure) == (302, "")


def test_a_cookie_is_not_given_back():
    with loopback(reply(200, b"[]", "Set-Cookie: a=b; Path=/")) as server:
        session = open_session()
        for _ in range(2):
            transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert b"cookie" not in server.requests[1].lower()


# What comes in -------------------------------------------------------------------------------------------------------


def test_every_line_of_a_repeated_header_is_kept_in_order():
    response, _ = answered(reply(200, b"[]", "Link: <a>", "X-Other: 1", "link: <b>", "Link: <c>"))

    assert response.lines("link") == ("<a>", "<b>", "<c>")


def test_a_compressed_body_is_kept_as_it_came():
    packed = gzip.compress(b"[]")

    response, _ = answered(reply(200, packed, "Content-Encoding: gzip"))

    assert response.body == packed


def test_a_chunked_body_is_put_together():
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n"

    assert answered(said)[0].body == b"[]"


def test_a_body_behind_an_answer_without_content_does_not_reach_the_next_exchange():
    sayings = iter([b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", EMPTY])
    with loopback(lambda _: next(sayings)) as server:
        session = open_session()
        first, _ = transmit(session, Request("DELETE", f"{server.url}/x"), PATIENCE)
        second, failure = transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert (first.status, first.body) == (204, b"")
    assert (second.status, second.body, failure) == (200, b"[]", "")


def test_one_connection_serves_many_exchanges():
    with loopback() as server:
        session = open_session()
        for _ in range(3):
            transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert (len(server.requests), server.connections) == (3, 1)


# What goes wrong -----------------------------------------------------------------------------------------------------


def test_a_port_where_nobody_listens_is_said_in_a_sentence():
    assert transmit(open_session(), Request("GET", f"{refusing_url()}/time"), PATIENCE) == (
        None,
        "nobody listens there: connection refused",
    )


def test_a_name_that_does_not_resolve_is_said_in_a_sentence(monkeypatch):
    def nobody_knows(*_, **__) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)

    assert transmit(open_session(), Request("GET", "http://no-such-host.invalid/time"), PATIENCE) == (
        None,
        "its host name does not resolve",
    )


def test_a_target_that_stays_silent_is_said_in_a_sentence():
    done = threading.Event()
    with loopback(lambda _: done.wait(PATIENCE) and None) as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), 0.2)
        done.set()

    assert found == (None, "no answer within 0.2 s")


def test_a_body_that_stalls_is_said_in_a_sentence():
    with loopback(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[") as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), 0.2)

    assert found == (None, "no answer within 0.2 s")


def test_a_body_that_drips_does_not_outlive_the_timeout(monkeypatch):
    """Each drop comes in time, the whole never does; the clock runs fast here, so that the test does not wait."""
    ticks = iter(range(1000))
    monkeypatch.setattr(transport.time, "monotonic", lambda: float(next(ticks)))
    drops = b"".join(b"1\r\n[\r\n" for _ in range(100))

    _, failure = answered(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + drops + b"0\r\n\r\n", timeout=5)

    assert failure == "no answer within 5 s"


def test_a_body_without_end_is_not_read_to_the_end(monkeypatch):
    monkeypatch.setattr(transport, "LONGEST_ANSWER", 1000)

    assert answered(reply(200, b"x" * 5000)) == (None, "the answer is longer than 1000 bytes")


def test_a_target_that_hangs_up_is_said_in_a_sentence():
    with loopback(lambda _: None) as server:
        found = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert found == (None, "it hung up without an answer")


def test_a_body_that_ends_early_is_said_in_a_sentence():
    assert answered(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n[") == (
        None,
        "its body ended before the length that it announced",
    )


def test_what_is_no_http_is_said_in_a_sentence():
    assert answered(b"SSH-2.0-OpenSSH\r\n\r\n") == (None, "it did not answer in HTTP")


def test_a_certificate_that_nobody_vouches_for_is_said_in_a_sentence():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    with loopback(tls=context) as server:
        _, failure = transmit(open_session(), Request("GET", f"{server.url}/x"), PATIENCE)

    assert failure.startswith("TLS failed: certificate verify failed: unable to get local issuer certificate")
    assert "--ca-file" in failure
    assert server.requests == []


def test_an_authority_of_ones_own_vouches_for_a_target(tmp_path):
    context, authority = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), trustme.CA()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    with loopback(tls=context) as server:
        response, failure = transmit(
            open_session(str(tmp_path / "ca.pem")), Request("GET", f"{server.url}/x"), PATIENCE
        )

    assert (response and response.status, failure) == (200, "")


def test_a_failure_is_no_reason_to_fail_the_next_exchange():
    sayings = iter([None, EMPTY])
    with loopback(lambda _: next(sayings)) as server:
        session = open_session()
        transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)
        response, _ = transmit(session, Request("GET", f"{server.url}/x"), PATIENCE)

    assert response.status == 200


# Values become bodies ------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([JSON, MSGPACK, FORM]))
def test_what_is_called_encodable_can_be_encoded(value, media_type):
    if is_encodable(value, media_type):
        encode(value, media_type)


@given(VALUES, st.sampled_from([JSON, MSGPACK]))
def test_what_was_encoded_decodes_to_itself(value, media_type):
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
def test_what_a_media_type_cannot_say_is_not_encodable(value, media_type):
    assert not is_encodable(value, media_type)


def test_a_value_nested_too_deeply_is_not_encodable():
    value: list = []
    for _ in range(100_000):
        value = [value]

    assert not any(is_encodable(value, media_type) for media_type in (JSON, MSGPACK))


def test_no_body_is_no_bytes():
    assert {encode(NOTHING, media_type) for media_type in (JSON, MSGPACK, FORM)} == {b""}


def test_bytes_are_bin_and_text_is_str_in_messagepack():
    assert msgpack.unpackb(encode({"a": b"\x00", "b": "text"}, MSGPACK)) == {"a": b"\x00", "b": "text"}
