"""HDR: response headers; each line of a repeated header is judged separately."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.reading import Reading, absence, check, is_in_contract
from conformance.checks.schemas import shown
from conformance.model import MUST, SHOULD, Clause, Finding
from conformance.requirement import EVERY_OPERATION

LINK_REQUIRED = Clause("#/components/headers/Link/required", "true")
LINK_PATTERN = Clause("#/components/headers/Link/description", "in the format defined by [RFC 5988]")


def has_required_headers(reading: Reading) -> bool:
    spec = reading.spec
    return bool(is_in_contract(reading) and spec and any(header.required for header in spec.headers))


def has_documented_header(reading: Reading) -> bool:
    spec = reading.spec
    return bool(is_in_contract(reading) and spec and any(reading.response.lines(each.name) for each in spec.headers))


@check(
    "HDR-01",
    MUST,
    "A response has every header that the contract marks as required",
    clause=LINK_REQUIRED,
    operations=EVERY_OPERATION,
    when=has_required_headers,
)
def required_headers(reading: Reading) -> Iterator[Finding]:
    for header in reading.spec.headers if reading.spec else ():
        if header.required and not reading.response.lines(header.name):
            received = f"no header {header.name}"
            yield Finding(f"the header {header.name}", received, pointer=header.pointer, at=header.name)


@check(
    "HDR-02",
    MUST,
    "Every value of a documented response header matches the header's schema",
    clause=LINK_PATTERN,
    operations=EVERY_OPERATION,
    when=has_documented_header,
)
def header_schemas(reading: Reading) -> Iterator[Finding]:
    for header in reading.spec.headers if reading.spec else ():
        for line in reading.response.lines(header.name):
            yield from _findings_of_line(reading, header.name, line)


def _findings_of_line(reading: Reading, name: str, line: str) -> Iterator[Finding]:
    if reading.operation is None:
        return
    where = (reading.operation, reading.status, name, line)
    found = reading.judge.header_findings(*where)
    as_published = "fails" if found and reading.published.header_findings(*where) else "passes"
    for finding in found:
        yield replace(finding, as_published=as_published)


@check(
    "HDR-03",
    SHOULD,
    "Every response has a non-empty x-ably-serverid header",
    clause=Clause("#/components/headers/ServerId/description", "The ID for the server communicated with."),
    operations=EVERY_OPERATION,
    when=is_in_contract,
    needs={"documentation"},
)
def server_id(reading: Reading) -> Iterator[Finding]:
    if not any(line.strip() for line in reading.response.lines("x-ably-serverid")):
        yield Finding("the header x-ably-serverid", absence(reading, "x-ably-serverid"), at="x-ably-serverid")


@check(
    "HDR-04",
    SHOULD,
    "No response has a Server header with the value cloudfront",
    clause=Clause(
        "ably/specification features RSC15l", "an error from CloudFront makes clients switch to another host"
    ),
    operations=EVERY_OPERATION,
    when=lambda reading: bool(reading.response.lines("server")),
)
def no_cloudfront(reading: Reading) -> Iterator[Finding]:
    for line in reading.response.lines("server"):
        if line.strip().lower() == "cloudfront":
            yield Finding(
                "a header Server without the name cloudfront", f"the header Server {shown(line)}", at="Server"
            )


# Challenges ----------------------------------------------------------------------------------------------------------

EXPIRED = 40142
JAVA = "ably/ably-java lib/src/main/java/io/ably/lib/http"
_CHALLENGE = re.compile(r"\s*(?:Basic|Digest|X-Ably-Token)\s+\S.*", re.IGNORECASE)
_STALE = re.compile(r"\s*X-Ably-Token\s.*\bstale\b", re.IGNORECASE)


def has_expired_token(reading: Reading) -> bool:
    named = {str(reading.error.get("code")), *(line.strip() for line in reading.response.lines("x-ably-errorcode"))}
    return reading.status == 401 and str(EXPIRED) in named


@check(
    "HDR-12",
    SHOULD,
    "A 401 with error code 40142 has a WWW-Authenticate line X-Ably-Token with the word stale",
    clause=Clause(f"{JAVA}/HttpCore", "the SDK renews a token only where the scheme X-Ably-Token says stale"),
    operations=EVERY_OPERATION,
    when=has_expired_token,
)
def stale_token(reading: Reading) -> Iterator[Finding]:
    lines = reading.separate_lines("www-authenticate")
    if not any(map(_STALE.match, lines)):
        expected = "a line WWW-Authenticate: X-Ably-Token with stale, without which ably-java renews no token"
        received = f"the lines {shown(list(lines))}" if lines else absence(reading, "www-authenticate")
        yield Finding(expected, received, at="www-authenticate")


@check(
    "HDR-13",
    SHOULD,
    "A WWW-Authenticate line has the scheme Basic, Digest or X-Ably-Token, and a parameter",
    clause=Clause(f"{JAVA}/HttpAuth", "another scheme, or a line without a blank, raises an exception"),
    operations=EVERY_OPERATION,
    when=lambda reading: bool(reading.response.lines("www-authenticate")),
)
def known_scheme(reading: Reading) -> Iterator[Finding]:
    for line in reading.separate_lines("www-authenticate"):
        if not _CHALLENGE.fullmatch(line):
            expected = "Basic, Digest or X-Ably-Token and a parameter, because ably-java fails at any other line"
            yield Finding(expected, f"the header WWW-Authenticate {shown(line)}", at="www-authenticate")
