"""`evidence.recipes` says how a credential is made again, and holds no part of a secret."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.evidence.recipes import UNKNOWN, Recipes, alteration
from conformance.target.credentials import Key, json_web_token, sign

KEY = Key("app123.key456", "s3cret-of-the-first-key")
OTHER = Key("app999.key888", "an0ther-secret-entirely")
TOKEN = "app123.HAfd3k9fj3kfj3lkfj3klfj3klfj"


def recipes() -> Recipes:
    made = Recipes(lambda text: text)
    made.add_key("full", KEY.text)
    made.add_key("other app", OTHER.text)
    made.tokens[TOKEN] = "token 4"
    return made


@pytest.mark.parametrize(
    ("credential", "text"),
    [
        (KEY.text, "<name:full>:<secret:full>"),
        (f"{KEY.name}:not-{KEY.secret}", "<name:full>:not-<secret:full>"),
        (f"{KEY.name}:{KEY.secret[:-2]}", "<name:full>:<secret:full|cut 2>"),
        (f"{KEY.name}:{KEY.secret.swapcase()}", "<name:full>:<secret:full|swap>"),
        (f"{KEY.name}:{OTHER.secret}", "<name:full>:<secret:other app>"),
        (f"app999.key456:{KEY.secret}", "<app:other app>.<id:full>:<secret:full>"),
        (f"unknown.key:{KEY.secret}", "unknown.key:<secret:full>"),
        ("no colon at all", "no colon at all"),
        (TOKEN, "<secret:token 4>"),
        (TOKEN[:-1], "<secret:token 4|cut 1>"),
        (f"{TOKEN[:20]}!{TOKEN[21:]}", f"<secret:token 4|change {len(TOKEN) - 20}>"),
    ],
)
def test_a_credential_is_described_by_the_keys_and_tokens_that_it_is_made_of(credential, text):
    assert recipes().of("it", credential, is_encoded=True).text == text


@pytest.mark.parametrize(
    "credential",
    [
        f"{KEY.name}:x{KEY.secret[3:-3].upper()}x",
        KEY.secret[::-1][:4] + KEY.secret[2:14],
        f"{KEY.name}:{KEY.secret[1:]}".replace("3", "-"),
        f"{TOKEN[5:]}tail",
    ],
)
def test_what_tells_a_part_of_a_secret_is_left_out(credential):
    text = recipes().of("it", credential, is_encoded=False).text

    parts = [secret[at : at + 8].lower() for secret in (KEY.secret, TOKEN) for at in range(len(secret) - 7)]
    assert [part for part in parts if part in text.lower()] == []


def test_a_jwt_is_described_by_its_parts_and_the_key_that_signed_it():
    claims = {"iat": 1, "x-ably-token": TOKEN, "list": [KEY.secret]}
    made = recipes().of("it", json_web_token(claims, KEY), is_encoded=True)

    assert made.header == {"typ": "JWT", "alg": "HS256", "kid": "<name:full>"}
    assert made.claims == {"iat": 1, "x-ably-token": "<secret:token 4>", "list": ["<secret:full>"]}
    assert (made.text, made.signed_by) == ("", "full")


@pytest.mark.parametrize(("end", "signed_by"), [("", ""), ("c2lnbmF0dXJl", UNKNOWN)])
def test_a_jwt_with_another_signature_or_none_has_no_key(end, signed_by):
    signed = json_web_token({"iat": 1}, KEY).rpartition(".")[0]

    assert recipes().of("it", f"{signed}.{end}", is_encoded=True).signed_by == signed_by


def test_three_parts_that_are_no_json_are_no_jwt():
    text = ".".join([base64.urlsafe_b64encode(b"nothing").decode().rstrip("=")] * 3)

    assert recipes().of("it", text, is_encoded=True).text == text


def test_a_mac_is_described_by_the_key_that_signed_it():
    request = sign({"keyName": KEY.name, "timestamp": 1, "nonce": "n" * 16}, KEY)

    made = recipes().of_mac("mac", request)
    altered = recipes().of_mac("mac", {**request, "mac": request["mac"][:-2]})

    assert (made.signed_by, made.text) == ("full", "")
    assert (altered.signed_by, altered.text) == ("full", "cut 2")
    assert recipes().of_mac("mac", {**request, "mac": "another"}) is None
    assert request["mac"] not in json.dumps([made.text, altered.text])


@pytest.mark.parametrize(
    ("text", "change"), [("Secret", ""), ("Secre", "cut 1"), ("Sec-et", "change 3"), ("sECRET", "swap"), ("other", "")]
)
def test_an_alteration_is_recognized(text, change):
    assert alteration("Secret", text) == change
