"""The proxy between a run and its target, and what the user is told of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from conformance.profile.way import FROM_ENVIRONMENT

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def proxy_for(url: str, setting: str) -> str:
    """The URL of the proxy for a target, or "". setting: `proxy` under [target] in the profile."""
    return _of_environment(url) if setting == FROM_ENVIRONMENT else setting


def proxy_in_words(url: str, setting: str) -> Iterator[str]:
    """A sentence where a proxy is in force, or where the environment names one that is not used."""
    if proxy := proxy_for(url, setting):
        yield f"requests go through the proxy {_without_credentials(proxy)}"
    elif not setting and _of_environment(url):
        named = next(name for name in _VARIABLES if os.environ.get(name) or os.environ.get(name.lower()))
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
