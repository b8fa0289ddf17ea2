"""Checks the way to a target that a user gives: its URL, a proxy, certificates, and headers of their own.

Each function raises UsageError, with the place of the value and what is expected there.
"""

from __future__ import annotations

import re
import shlex
import ssl
from urllib.parse import unquote, urlsplit

from conformance.errors import UsageError

FROM_ENVIRONMENT = "environment"
"""The word for the proxy that the variables of the environment name."""

OF_VARIABLE = "$"
"""Begins the name of the variable that has the URL of a proxy, with its credentials: "$STAGING_PROXY"."""

_OF_THE_SUITE = frozenset(
    {"accept", "accept-encoding", "accept-language", "authorization", "connection", "expect", "host", "user-agent"}
)
_KINDS_OF_THE_SUITE = ("access-control-", "content-", "if-", "proxy-", "transfer-", "x-ably-")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def check_header(where: str, name: str, value: str) -> None:
    """Raises UsageError for a header that HTTP does not allow, and for one that requirements are about."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{where}: {name!r} is not the name of a header")
    if name.lower() in _OF_THE_SUITE or name.lower().startswith(_KINDS_OF_THE_SUITE):
        raise UsageError(f"{where}: {name} is a header that the suite sends itself, because requirements are about it")
    if not _VALUE.fullmatch(value):
        raise UsageError(f"{where} {name}: expected printable characters, without a space at either end")


def check_variable(where: str, name: object) -> str:
    """The name of a variable of the environment. Raises UsageError for anything else, such as the secret itself."""
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise UsageError(f"{where}: expected the name of a variable of the environment, like STAGING_KEY")
    return name


def check_proxy(where: str, proxy: str) -> None:
    """Raises UsageError for a text that is neither a URL without credentials nor the word for the environment's."""
    if "@" in proxy:
        raise UsageError(
            f"{where}: the URL appears in reports and must not contain credentials; put it into a variable of the "
            "environment, and give its name, like $STAGING_PROXY"
        )
    if proxy.startswith(OF_VARIABLE):
        check_variable(where, proxy.removeprefix(OF_VARIABLE))
    elif proxy not in {"", FROM_ENVIRONMENT}:
        check_url(where, proxy)


def check_url(where: str, url: str) -> None:
    """Raises UsageError for a text that is not a base URL, or that contains credentials."""
    if _SOCKET.match(url):
        raise UsageError(
            f"{where}: a unix socket needs a bridge: run `socat TCP-LISTEN:8080,bind=127.0.0.1,reuseaddr,fork "
            f"UNIX-CONNECT:{_socket_path(url)}` and give http://127.0.0.1:8080"
        )
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        is_whole = False
    if not is_whole or any(character.isspace() for character in url):
        received = "" if "@" in url or "?" in url else f", received {url!r}"
        raise UsageError(f"{where}: expected a URL like https://host:port{received}")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"{where}: the URL appears in reports and must not contain credentials; "
            "pass the key with --key or ABLY_API_KEY"
        )
    if parts.query or parts.fragment:
        raise UsageError(f"{where}: a base URL has no query and no fragment")


_SOCKET = re.compile(r"(?:https?\+)?unix:|/")


def _socket_path(url: str) -> str:
    """The path in http+unix://%2Frun%2Fably.sock, in unix:///run/ably.sock or in a bare path."""
    return shlex.quote(unquote(_SOCKET.sub("", url, count=1).lstrip("/")).lstrip("/").join(("/", "")))


def check_cert(where: str, cert: str, key: str) -> None:
    """Raises UsageError for files that hold no client certificate with its key."""
    if key and not cert:
        raise UsageError(f"{where}: a key of a client certificate needs the certificate itself, too")
    try:
        if cert:
            ssl.create_default_context().load_cert_chain(cert, key or None, password=_refuse_password)
    except _EncryptedError as error:
        raise UsageError(f"{where}: the key in {key or cert} is encrypted; give one without a passphrase") from error
    except ssl.SSLError as error:  # a subclass of OSError whose text speaks of lines and bytes
        both = f"{cert} and {key}" if key else cert
        raise UsageError(f"{where}: {both} contains no PEM certificate with its private key") from error
    except OSError as error:
        raise UsageError(f"{where}: {cert}{f' or {key}' if key else ''} cannot be read: {error.strerror}") from error


class _EncryptedError(Exception):
    """OpenSSL asked for a passphrase, which it would otherwise read from the terminal."""


def _refuse_password() -> str:
    raise _EncryptedError


def check_ca_file(where: str, path: str) -> None:
    """Raises UsageError for a file that holds no certificates."""
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:  # a subclass of OSError whose text speaks of lines and bytes
        raise UsageError(f"{where}: {path} contains no PEM certificate") from error
    except OSError as error:
        raise UsageError(f"{where}: {path} cannot be read: {error.strerror}") from error
