"""PAG: the Link header of a listing, as far as one answer shows it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.checks.reading import Reading, check, is_success
from conformance.links import by_relation, parse
from conformance.model import MUST, SHOULD, Clause, Finding

LINK = Clause("#/components/headers/Link/description", "in the format defined by [RFC 5988]")
RELATIONS = Clause("#/components/headers/Link/description", "`next`, `first`, and `current`")
KNOWN = frozenset({"first", "current", "next", "last"})


def has_links(reading: Reading) -> bool:
    return is_success(reading) and bool(reading.response.lines("link"))


@check("PAG-01", MUST, "Every line of Link is well formed", clause=LINK, when=has_links)
def well_formed_links(reading: Reading) -> Iterator[Finding]:
    for line in reading.response.lines("link"):
        try:
            parse(line)
        except ValueError as flaw:
            yield Finding('<target>; rel="relation" (RFC 8288)', str(flaw), at="Link")


@check("PAG-02", MUST, "Every link names a relation that is documented", clause=RELATIONS, when=has_links)
def known_relations(reading: Reading) -> Iterator[Finding]:
    for relation in _relations(reading) - KNOWN:
        yield Finding(f"one of {', '.join(sorted(KNOWN))}", relation or "a link without rel", at="Link")


def _relations(reading: Reading) -> set[str]:
    found: set[str] = set()
    for line in reading.response.lines("link"):
        try:
            links = parse(line)
        except ValueError:
            continue
        found |= {relation for link in links for relation in link.relations or ("",)}
    return found


@check("PAG-03", MUST, "Every link leads to the path of its own listing", clause=LINK, when=has_links)
def same_path(reading: Reading) -> Iterator[Finding]:
    own = urlsplit(reading.request.url).path
    for relation, url in by_relation(reading.response.lines("link"), reading.request.url).items():
        if urlsplit(url).path != own:
            yield Finding(f"{relation} leads to {own}", urlsplit(url).path, at="Link")


@check(
    "PAG-04",
    SHOULD,
    "A listing that links at all links first and current",
    clause=Clause("ably/docs rest-api, pagination", "first, current, next"),
    when=has_links,
)
def first_and_current(reading: Reading) -> Iterator[Finding]:
    for relation in sorted({"first", "current"} - _relations(reading)):
        yield Finding(f'a link with rel="{relation}"', "none", at="Link")
