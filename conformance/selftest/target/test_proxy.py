"""A proxy of the environment is used where the profile asks for it, and told of either way, without its credentials."""

from __future__ import annotations

import pytest

from conformance.target.proxy import proxy_for, proxy_in_words

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


def test_a_proxy_that_is_not_used_is_told(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)

    (told,) = proxy_in_words(URL, "")

    assert told.startswith("HTTPS_PROXY is not used: requests go straight to the target")
    assert "secret" not in told
    assert list(proxy_in_words("http://plain.example", "")) == []
