"""A proxy of the environment is used where the profile asks for it, and told of either way, without its credentials."""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.target.proxy import check_variable_of_proxy, proxy_for, proxy_in_words

URL = "https://staging.example"
PROXY = "http://me:secret@proxy.example:3128"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("setting", "variables", "expected"),
    [
        ("", {"HTTPS_PROXY": PROXY}, ""),
        ("environment", {"HTTPS_PROXY": PROXY}, PROXY),
        ("environment", {"https_proxy": PROXY}, PROXY),
        ("environment", {"HTTP_PROXY": PROXY}, ""),
        ("environment", {"ALL_PROXY": PROXY}, PROXY),
        ("environment", {"HTTPS_PROXY": PROXY, "NO_PROXY": "staging.example"}, ""),
        ("environment", {"HTTPS_PROXY": PROXY, "NO_PROXY": "elsewhere.example"}, PROXY),
        ("http://other.example:8080", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, "http://other.example:8080"),
    ],
)
def test_the_environment_is_heeded_when_the_profile_asks(monkeypatch, setting, variables, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(URL, setting) == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "https://[::1]:8443"])
def test_a_target_on_this_machine_is_reached_without_a_proxy(monkeypatch, url):
    monkeypatch.setenv("ALL_PROXY", PROXY)

    assert (proxy_for(url, "environment"), list(proxy_in_words(url, ""))) == ("", [])


def test_a_proxy_in_force_is_told_without_its_credentials(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)

    assert list(proxy_in_words(URL, "environment")) == ["requests go through the proxy http://proxy.example:3128"]


@pytest.mark.parametrize(
    "value",
    [
        "http://user:s3cretpart/rest@proxy:3128",
        "http://user:s3cret#part@proxy:3128",
        "http://user:s3cret?part@proxy:3128",
        "http://user:s3cretpart@proxy:port",
        "http://[s3cretpart",
        "socks5://user:s3cretpart@proxy:3128",
    ],
)
@pytest.mark.parametrize(("setting", "variable"), [("$STAGING", "STAGING"), ("environment", "HTTPS_PROXY")])
def test_a_variable_that_is_no_url_is_rejected_without_its_value(monkeypatch, value, setting, variable):
    monkeypatch.setenv(variable, value)

    with pytest.raises(UsageError, match=f"--proxy: the variable {variable} has to hold a URL like") as raised:
        check_variable_of_proxy("--proxy", setting)

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("value", [PROXY, "proxy.example:3128", "https://me:a%2Fb@proxy.example"])
def test_a_variable_with_a_proxy_is_taken(monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)

    check_variable_of_proxy("--proxy", "environment")


def test_a_proxy_of_the_system_is_told_by_no_variable(monkeypatch):
    monkeypatch.setattr("conformance.target.proxy.getproxies", lambda: {"https": PROXY})

    (told,) = proxy_in_words(URL, "")

    assert told.startswith("the proxy of this machine is not used")


def test_a_proxy_that_is_not_used_is_told(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)

    (told,) = proxy_in_words(URL, "")

    assert told.startswith("HTTPS_PROXY is not used: requests go straight to the target")
    assert "secret" not in told
    assert list(proxy_in_words("http://plain.example", "")) == []
