"""SEC: error responses do not disclose credentials or internals."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from conformance.model import Exchange
from conformance.selftest.checks.trials import (
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import ERROR, listing, refused, with_body, with_line, without_line

SECRET, TOKEN = "a-very-secret-secret", "app.a-token-of-some-length"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def proving(exchange: Exchange, credential: str) -> Exchange:
    request = exchange.request
    return replace(exchange, request=replace(request, headers=(*request.headers, ("Authorization", credential))))


def saying(message: str, credential: str = "") -> Exchange:
    said = with_body(refused(), {"error": {**ERROR, "message": message}})
    return proving(said, credential) if credential else said


def asking(exchange: Exchange, query: str) -> Exchange:
    return replace(exchange, request=replace(exchange.request, url=f"{exchange.request.url}{query}"))


BASIC = f"Basic {_base64('app.key:' + SECRET)}"
BEARER = f"Bearer {_base64(TOKEN)}"
PAGE = listing()

INTERNAL_MESSAGES = {
    "a Python type": "'NoneType' object is not iterable",
    "a Python class": "expected <class 'int'>",
    "a Python exception": "KeyError: 'channel'",
    "a Python decoder": "'utf-8' codec can't decode byte 0xff in position 0",
    "a Go type": "json: cannot unmarshal string into Go value of type int64",
    "a Go map": "interface conversion: map[string]interface {} expected",
    "a Go function": 'strconv.ParseInt: parsing "abc": invalid syntax',
    "a Go panic": "runtime error: index out of range [3] with length 3",
    "a Java class": "com.fasterxml says java.util.LinkedHashMap cannot be cast",
    "a Java exception": "NumberFormatException for input abc",
    "a JavaScript error": "Cannot read properties of undefined (reading 'id')",
    "a JavaScript object": "invalid data: [object Object]",
    "a path": "open /usr/share/rules.json: no such file",
    "a path of Windows": "cannot open C:\\server\\rules.json",
}

TRIALS = (
    Trial(
        "SEC-01",
        valid=(proving(refused(), BASIC),),
        altered={
            "in the plain": saying(f"no such key app.key:{SECRET}", BASIC),
            "in base64": saying(f"no such key {_base64(SECRET)}", BASIC),
            "in a header": with_line(proving(refused(), BASIC), "X-Debug", SECRET),
        },
        beside={"a success": proving(PAGE, BASIC), "no key": refused(), "a token": proving(refused(), BEARER)},
    ),
    Trial(
        "SEC-02",
        valid=(proving(refused(), BEARER), proving(refused(), f"Bearer {TOKEN}")),
        altered={
            "in the plain": saying(f"{TOKEN} has expired", BEARER),
            "in base64": saying(f"{_base64(TOKEN)} has expired", BEARER),
            "as it was sent": saying(f"{TOKEN} has expired", f"Bearer {TOKEN}"),
        },
        beside={"a success": proving(PAGE, BEARER), "no token": refused(), "a key": proving(refused(), BASIC)},
    ),
    Trial(
        "SEC-03",
        valid=(refused(),),
        altered={
            "Python": saying('Traceback (most recent call last):\n  File "server.py", line 5'),
            "JavaScript": saying("TypeError at handle (/srv/app/index.js:12:5)"),
            "Go": saying("goroutine 12 [running]"),
            "a database": saying("SQLSTATE 42P01"),
            "a path": saying("in /srv/app/lib/handler.rb:12"),
        },
        beside={"a success": PAGE},
        also=frozenset({"SEC-33"}),
    ),
    Trial(
        "SEC-33",
        valid=(
            refused(),
            saying("Could not find path: /keys/(null)/requestToken"),
            saying("unexpected exception decoding token; err = the signature is invalid"),
            saying("direction must be backwards or forwards: at 12 (see Authorization.md)"),
            asking(saying("no device is called '/usr/dict KeyError'"), "?deviceId=/usr/dict%20KeyError"),
        ),
        altered={what: saying(text) for what, text in INTERNAL_MESSAGES.items()}
        | {"in the header": with_line(refused(), "x-ably-errormessage", "java.lang.NullPointerException")},
        beside={"no message": without_line(with_body(refused(), {}), "x-ably-errormessage"), "a success": PAGE},
    ),
    Trial(
        "SEC-04",
        valid=(refused(code=40140, statusCode=401),),
        altered={"no challenge": without_line(refused(code=40140, statusCode=401), "WWW-Authenticate")},
        beside={"another error response": refused(), "a success": PAGE},
    ),
)


@each_of(TRIALS)
def test_a_check_passes_a_valid_exchange(trial):
    passes_valid_exchanges(trial)


@each_of(TRIALS)
def test_a_check_finds_what_is_altered_and_nothing_else(trial):
    finds_what_is_altered(trial)


@each_of(TRIALS)
def test_a_check_has_no_opportunity_without_what_it_speaks_of(trial):
    has_no_opportunity_beside(trial)


@pytest.mark.parametrize(("credential", "secret"), [(BASIC, SECRET), (BEARER, TOKEN)])
def test_a_finding_about_a_secret_does_not_repeat_it(credential, secret):
    found = findings(saying(f"no such thing: {secret}", credential))

    assert found
    assert secret not in str(found)


def test_no_malformed_credential_makes_a_check_raise():
    for credential in ("Basic", "Basic ***", "Bearer", "Digest x", "Basic " + _base64("no colon")):
        findings(saying("no", credential))
