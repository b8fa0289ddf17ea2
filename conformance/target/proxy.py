"""The proxy between a run and its target, and what the user is told of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from conformance.errors import UsageError
from conformance.profile.way import FROM_ENVIRONMENT, OF_VARIABLE

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def proxy_for(url: str, setting: str) -> str:
    """The URL of the proxy for a target, or "". setting: `proxy` under [target] in the profile."""
    if setting.startswith(OF_VARIABLE):
        return os.environ.get(setting.removeprefix(OF_VARIABLE), "").strip()
    return _of_environment(url) if setting == FROM_ENVIRONMENT else setting


def check_variable_of_proxy(where: str, setting: str) -> None:
    """Raises UsageError for a variable that has no URL of a proxy; the sentence does not show its value."""
    if setting.startswith(OF_VARIABLE):
        _check_proxy_of(where, setting.removeprefix(OF_VARIABLE), proxy_for("", setting))
    elif setting == FROM_ENVIRONMENT:
        for name in (each for variable in _VARIABLES for each in (variable, variable.lower())):
            if value := os.environ.get(name, "").strip():
                _check_proxy_of(where, name, value)


def _check_proxy_of(where: str, name: str, value: str) -> None:
    """A slash in a password would end the part of the URL that is known to be secret."""
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        is_whole = False
        parts = urlsplit("")
    if not is_whole or "@" in f"{parts.path}?{parts.query}#{parts.fragment}":
        raise UsageError(
            f"{where}: the variable {name} has to hold a URL like http://user:password@host:port; "
            "write / as %2F, ? as %3F and # as %23 in the password"
        )


def password_of_proxy(url: str, setting: str) -> str:
    """The password for the proxy, or ""."""
    return unquote(urlsplit(proxy_for(url, setting)).password or "")


def proxy_in_words(url: str, setting: str) -> Iterator[str]:
    """A sentence where a proxy is in force, or where the environment names one that is not used."""
    if proxy := proxy_for(url, setting):
        yield f"requests go through the proxy {_without_credentials(proxy)}"
    elif not setting and _of_environment(url):
        variables = (name for name in _VARIABLES if os.environ.get(name) or os.environ.get(name.lower()))
        named = next(variables, "the proxy of this machine")
        yield (
            f"{named} is not used: requests go straight to the target; --proxy {FROM_ENVIRONMENT}, or "
            f'proxy = "{FROM_ENVIRONMENT}" under [target] in the profile, uses it'
        )


def _of_environment(url: str) -> str:
    """NO_PROXY is heeded, and a proxy elsewhere could not reach a target on this machine."""
    parts, proxies = urlsplit(url), getproxies()
    if parts.hostname in _THIS_MACHINE or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return proxies.get(parts.scheme) or proxies.get("all") or ""


def _without_credentials(proxy: str) -> str:
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else proxy.rpartition("@")[2]
