"""Answers that are not the service's own: rate limits, gateways, redirects and proxies between us and the target.

Pure. An answer with the service's own marks (an x-ably-serverid header, a wrapped error) is judged as it is, with two
exceptions: a rate limit says nothing about the request, and neither does "try again later".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from conformance.model import Json, Request, Response
from conformance.wire.codec import decode

_RATE_LIMITS = range(42910, 42927)
_GATEWAY = frozenset({502, 503, 504})
_ROUTING = frozenset({50010, 50210, 50310, 50320, 50330, 50410})
"""Codes of Ably's edge and of its traffic management, which did not hand the request on (ably-common, errors.json)."""

_CDN = frozenset({"cloudfront", "awselb"})
""""Server" of those who answer errors in a page of their own; an SDK goes to another host (features RSC15l)."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PROXY = frozenset({407, 511})
_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Interference:
    """sentence: what answered instead of the service. is_repeatable: whether the same request is worth a repeat.

    was_executed: whether the request may have been executed; then only a safe one may be repeated. wait: seconds that
    the answer asks for, 0 when it does not say.
    """

    sentence: str
    is_repeatable: bool = False
    was_executed: bool = True
    wait: float = 0.0


def interference(request: Request, response: Response, now: float) -> Interference | None:
    """What an answer says about the way to the target, or None for an answer of the service. now: s since the epoch."""
    status, wait = response.status, _retry_after(response, now)
    if status == 429 or _error_code(response) in _RATE_LIMITS:
        return Interference(
            f"the target limits the rate of requests (status {status}); "
            "ask less often with --rps, or requests_per_second under [pace] in the profile",
            is_repeatable=True,
            was_executed=False,
            wait=wait,
        )
    if status in _GATEWAY and not _is_from_service(response):
        words = f"a gateway in front of the target answered with status {status}"
        return Interference(words, is_repeatable=True, was_executed=not wait, wait=wait)
    if status >= 500 and _error_code(response) in _ROUTING:
        words = f"the edge in front of the target answered with status {status} and code {_error_code(response)}"
        return Interference(words, is_repeatable=True, wait=wait)
    if status == 503 and wait:
        return Interference(
            f"the target asks to try again later (status {status}, Retry-After)",
            is_repeatable=True,
            was_executed=False,
            wait=wait,
        )
    if status >= 400 and not _is_from_service(response) and _server(response) in _CDN:
        return Interference(f"{_server(response)}, in front of the target, answered with status {status}")
    if status in _REDIRECTS:
        location = next(iter(response.lines("location")), "another URL").removesuffix(urlsplit(request.url).path)
        return Interference(f"the target redirects to {location} (status {status}); give that URL with --target")
    if status in _PROXY:
        return Interference(f"a proxy in front of the target answered with status {status}")
    encoding = next(iter(response.lines("content-encoding")), "identity").strip().lower()
    if encoding != "identity" and encoding not in ", ".join(request.lines("accept-encoding")).lower():
        return Interference(f"the body has Content-Encoding {encoding}, which the request did not accept")
    return None


def _server(response: Response) -> str:
    return next(iter(response.lines("server")), "").partition("/")[0].strip().lower()


def _is_from_service(response: Response) -> bool:
    return bool(response.lines("x-ably-serverid")) or _error_code(response) is not None


def _error_code(response: Response) -> int | None:
    body: Json = decode(response.media_type, response.body).value if response.status >= 400 else None
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) else None


def _retry_after(response: Response, now: float) -> float:
    """Retry-After in seconds, as a number or as a date (RFC 9110 section 10.2.3), at most a minute."""
    line = next(iter(response.lines("retry-after")), "").strip()
    if line.isdecimal():
        return min(float(line), _LONGEST_WAIT)
    try:
        return min(max(parsedate_to_datetime(line).timestamp() - now, 0.0), _LONGEST_WAIT)
    except (TypeError, ValueError, OverflowError):
        return 0.0
