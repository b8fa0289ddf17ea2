"""`Secrets` removes secrets by value, in every encoding."""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import replace
from time import process_time
from urllib.parse import quote, quote_plus

import msgpack
import pytest

from conformance.checks.schemas import shown
from conformance.evidence.redaction import SHORTEST, Secrets
from conformance.model import FORM, HTML, JAVASCRIPT, JSON, MSGPACK
from conformance.selftest.harness.exchanges import exchange

KEY = 'app123.key456:s/cr+t=ü"&<x'
TOKEN = "app123.HAfd3k9fj3kfj3lkfj3klfj3klfj/+=="


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


FORMS = {
    "raw": lambda value: value,
    "base64": _base64,
    "base64 without padding": lambda value: _base64(value).rstrip("="),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "percent": lambda value: quote(value, safe=""),
    "percent in small letters": lambda value: re.sub("%..", lambda found: found[0].lower(), quote(value, safe="")),
    "form": quote_plus,
    "percent of base64": lambda value: quote(_base64(value), safe=""),
    "JSON": lambda value: json.dumps(value)[1:-1],
    "JSON with escaped slashes": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "JSON in UTF-8": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "HTML": html.escape,
}


def knowing(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add("full", value)
    return secrets


def learned(*exchanges) -> Secrets:
    secrets = Secrets()
    for each in exchanges:
        secrets.learn(each)
    return secrets


@pytest.mark.parametrize("secret", [KEY, TOKEN])
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_removed_in_every_encoding(form, secret):
    written = FORMS[form](secret)

    assert knowing(secret).strike_text(f"before {written} behind").startswith("before <secret:full>")
    assert written not in knowing(secret).strike_text(f"before {written} behind")


@pytest.mark.parametrize("odd", ["a\nb", f"{TOKEN}\n", f"\n{TOKEN[:14]}...", "…\n\n", ""])
def test_a_header_keeps_its_place_and_its_neighbours_whatever_it_holds(odd):
    lines = (("x-before", "1"), ("x-odd", odd), (odd, TOKEN), ("x-behind", "2"))
    struck = knowing(TOKEN).strike_exchange(exchange(lines=lines)).response.headers

    assert struck[0] == lines[0]
    assert struck[3] == lines[3]
    assert struck[1] == ("x-odd", knowing(TOKEN).strike_text(odd))
    assert struck[2] == (knowing(TOKEN).strike_text(odd), "<secret:full>")


def test_a_secret_is_removed_from_names_and_values_at_every_depth():
    value = {"a": [{"b": f"x{TOKEN}y"}], TOKEN: 1, "c": (TOKEN, None, 2.5)}

    assert TOKEN not in json.dumps(knowing(TOKEN).strike(value))


def test_other_values_are_kept():
    value = {"a": [1, None, True, "text"], "b": {"c": "app123.key456"}}

    assert knowing(KEY).strike(value) == value


def test_a_value_shorter_than_a_secret_is_kept():
    assert knowing("abc").strike_text("abc") == "abc"


def test_the_longer_of_two_secrets_is_removed_whole():
    assert knowing("secret-one", "secret-one-and-more").strike_text("secret-one-and-more") == "<secret:full>"


def test_messagepack_stays_readable_without_its_secret():
    body = msgpack.packb({"token": TOKEN, "expires": 12})

    struck = knowing(TOKEN).strike_bytes(body)

    assert len(struck) == len(body)
    assert msgpack.unpackb(struck)["expires"] == 12
    assert TOKEN.encode() not in struck


def test_json_stays_readable_without_its_secret():
    struck = knowing(TOKEN).strike_bytes(json.dumps({"token": TOKEN, "expires": 12}).encode())

    assert json.loads(struck)["token"].startswith("<full>***")


@pytest.mark.parametrize("cut", range(SHORTEST, 60, 7))
def test_a_secret_cut_at_its_end_is_removed(cut):
    long = f"{TOKEN}-and-a-second-part-that-is-as-long"
    value = "x" * (199 - cut) + long + "y" * 50

    struck = knowing(long).strike_text(f"received {shown(value)} here")

    assert TOKEN[:SHORTEST] not in struck
    assert struck.endswith("characters) here")


@pytest.mark.parametrize("shown_of_it", range(SHORTEST, 30, 5))
def test_a_secret_cut_in_its_middle_is_removed_on_both_sides(shown_of_it):
    """A test runner shortens long values in this way."""
    value = f"('{TOKEN[:shown_of_it]}...{TOKEN[-shown_of_it:]}')"

    assert knowing(TOKEN).strike_text(value) == "('<secret:full>...<secret:full>')"


@pytest.mark.parametrize("mark", ["...", "…", "......"])
def test_every_mark_of_a_cut_is_known(mark):
    assert knowing(TOKEN).strike_text(f"{TOKEN[:12]}{mark}") == f"<secret:full>{mark}"


def test_a_cut_without_a_secret_is_kept():
    text = "and so on... until ...the end…"

    assert knowing(TOKEN, KEY).strike_text(text) == text


def test_a_key_name_is_not_removed_as_the_beginning_of_its_key():
    assert knowing(KEY).strike_text("/keys/app123.key456/requestToken") == "/keys/app123.key456/requestToken"
    assert knowing(KEY).strike("app123.key456") == "app123.key456"


# Secrets learned from exchanges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "X-Ably-DeviceToken", "Cookie", "X-Ably-DeviceSecret"]
)
def test_a_credential_in_a_header_is_learned(name):
    asked = exchange()
    asked = replace(asked, request=replace(asked.request, headers=((name, TOKEN),)))

    assert TOKEN not in str(learned(asked).strike_exchange(asked))


def test_basic_credentials_are_learned_decoded_and_without_the_key_name():
    asked = exchange()
    line = ("Authorization", f"Basic {_base64(KEY)}")
    asked = replace(asked, request=replace(asked.request, headers=(line,)))

    struck = learned(asked).strike_text(f"no such key {KEY}, no such secret {KEY.partition(':')[2]}, {_base64(KEY)}")

    assert struck == "no such key <secret:full>, no such secret <secret:full>, <secret:full>"


def test_a_bearer_token_is_learned_decoded():
    asked = exchange()
    asked = replace(asked, request=replace(asked.request, headers=(("Authorization", f"Bearer {_base64(TOKEN)}"),)))

    assert learned(asked).strike_text(f"token {TOKEN} expired") == "token <secret:full> expired"


@pytest.mark.parametrize("name", ["key", "access_token", "accessToken"])
def test_a_credential_in_a_query_is_learned(name):
    asked = exchange(query={name: KEY})

    secrets = learned(asked)

    assert "cr%2Bt" not in secrets.strike_exchange(asked).request.url
    assert secrets.strike_text(KEY) == "<secret:full>"


MEMBERS = ("token", "deviceSecret", "deviceIdentityToken", "updateToken", "mac", "keySecret", "keyStr", "ablyKey")


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("media", [JSON, MSGPACK])
def test_a_secret_member_of_a_response_is_learned(member, media):
    answer = exchange(body=[{"push": {member: TOKEN}}], media=media)

    struck = learned(answer).strike_exchange(answer)

    assert TOKEN.encode() not in struck.response.body


@pytest.mark.parametrize("media", [JSON, MSGPACK])
def test_a_secret_member_of_a_request_is_learned(media):
    asked = exchange("POST /push/deviceRegistrations", sent={"deviceSecret": TOKEN}, sent_as=media)

    assert TOKEN.encode() not in learned(asked).strike_exchange(asked).request.body


def test_a_secret_member_of_a_form_is_learned():
    asked = exchange("PATCH /push/deviceRegistrations/{device_id}", sent=f"deviceSecret={quote(TOKEN)}", sent_as=FORM)

    assert learned(asked).strike_text(TOKEN) == "<secret:deviceSecret>"


def test_a_token_nested_in_an_object_is_learned():
    """A device's identity token is an object with the member token."""
    answer = exchange(body={"deviceIdentityToken": {"token": TOKEN, "keyName": "app123.key456"}})

    assert learned(answer).strike_text(f"{TOKEN} app123.key456") == "<secret:token> app123.key456"


@pytest.mark.parametrize(
    ("media", "written"),
    [
        (JAVASCRIPT, "callback({})"),
        (HTML, "<pre>{}</pre>"),
        (JSON, '[{{"data": "text", "more": {}'),
        ("text/plain", "{}"),
    ],
)
def test_a_secret_member_is_learned_from_a_body_that_is_not_json_as_a_whole(media, written):
    answer = exchange(body=written.format(json.dumps({"token": TOKEN})).encode(), media=media)

    assert learned(answer).strike_text(TOKEN) == "<secret:token>"


def test_a_secret_member_is_learned_from_escaped_html():
    answer = exchange(body=f"<pre>{html.escape(json.dumps({'token': TOKEN}))}</pre>", media=HTML)

    assert learned(answer).strike_text(TOKEN) == "<secret:token>"


def test_a_secret_member_is_learned_from_json_inside_json():
    answer = exchange(body=[{"data": json.dumps({"token": TOKEN})}])

    assert learned(answer).strike_text(TOKEN) == "<secret:token>"


def test_a_secret_is_learned_at_any_depth():
    body = b'{"a":' * 5000 + b'{"token": "%s"}' % TOKEN.encode() + b"}" * 5000

    assert learned(exchange(body=body)).strike_text(TOKEN) == "<secret:token>"


def test_a_body_that_cannot_be_decoded_is_accepted():
    for body in (b"\xfftoken", b'"token": "\xff\xff\xff\xff\xff\xff"', b"\x81\x91\x01\xa5token", b"\xc1token"):
        for media in (JSON, MSGPACK, HTML):
            learned(exchange(body=body, media=media))


def test_removal_stays_fast_with_thousands_of_secrets():
    secrets = Secrets()
    text = json.dumps([{"id": n, "data": "nothing secret"} for n in range(50)])
    before = process_time()
    for number in range(1000):
        secrets.add("full", f"device-secret-number-{number}-of-many")
        secrets.strike_text(text)

    assert process_time() - before < 5
