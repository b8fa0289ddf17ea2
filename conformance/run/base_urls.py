"""Which operation of the contract a recorded request asked, by the base URLs of the service.

Without a given one, every host is taken that was asked for a path of the contract; the report names those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.contract import Contract, Operation
from conformance.har.entry import Skipped, shown
from conformance.model import Request
from conformance.profile.way import check_url

UNKNOWN = "no operation of the contract"
FOREIGN = "another host"
_MOST_HOSTS = 1_000
_MOST_EXAMPLES = 3
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class BaseUrls:
    """given: those of the user, checked. known: how many requests asked an operation, by base URL."""

    contract: Contract
    given: tuple[str, ...] = ()
    known: Counter[str] = field(default_factory=Counter)
    _others: dict[str, list[str]] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def operation(self, request: Request) -> Operation | None:
        """None for a request outside of the contract, or to another host."""
        for base, path in self._places(request.url):
            found = self.contract.match(request.method, path)
            if found:
                self.known[base] += 1
                return found
        return None

    def leave_out(self, request: Request) -> None:
        """Count a request that asked nothing of the contract; which hosts are the service's is known at the end."""
        host = origin_of(request.url)
        if host not in self._counts and len(self._counts) >= _MOST_HOSTS:
            host = ""
        self._counts[host] += 1
        examples = self._others.setdefault(host, [])
        if len(examples) < _MOST_EXAMPLES:
            examples.append(shown(request.method, request.url))

    def skipped(self) -> Iterator[tuple[Skipped, int]]:
        """Requests that asked nothing of the contract: at the service, and at other hosts."""
        for host, number in self._counts.items():
            if self._is_known(host):
                for example in self._others.get(host, [""]):
                    yield Skipped(UNKNOWN, example), 0
                yield Skipped(UNKNOWN), number
            else:  # the path of a webhook may be its secret
                yield Skipped(FOREIGN, host), number

    def _places(self, url: str) -> Iterator[tuple[str, str]]:
        """Base URL and the path behind it."""
        whole = origin_of(url)
        path = urlsplit(url).path
        if not self.given:
            yield whole, path
        for base in self.given:
            prefix = urlsplit(base).path.rstrip("/")
            if origin_of(base) == whole and path.startswith(f"{prefix}/"):
                yield base, path.removeprefix(prefix)

    def _is_known(self, host: str) -> bool:
        return host in {origin_of(base) for base in (*self.given, *self.known)}


def checked(bases: Iterable[str]) -> tuple[str, ...]:
    """Raises UsageError for a text that is not a base URL."""
    found = tuple(bases)
    for base in found:
        check_url("--base-url", base)
    return found


def origin_of(url: str) -> str:
    """Scheme, host and port, without the default one."""
    parts = urlsplit(url)
    port = "" if parts.port in {None, _PORTS.get(parts.scheme)} else f":{parts.port}"
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
