"""PAG: the Link header and the length of one page; scenarios follow the links from page to page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from conformance.checks.reading import Reading, check, is_success
from conformance.checks.schemas import shown
from conformance.contract.templates import is_variable
from conformance.model import MUST, SHOULD, Clause, Finding
from conformance.wire.links import by_relation, origin, parse

LINK = Clause("#/components/headers/Link/description", "in the format defined by [RFC 5988]")
RELATIONS = Clause("#/components/headers/Link/description", "`next`, `first`, and `current`")
LISTS = (
    "GET /channels/{channel_id}/messages",
    "GET /channels/{channel_id}/presence",
    "GET /channels/{channel_id}/presence/history",
    "GET /channels",
    "GET /push/deviceRegistrations",
    "GET /push/channelSubscriptions",
    "GET /push/channels",
    "GET /stats",
)
"""The operations whose responses are pages of a list."""
KNOWN = frozenset({"first", "current", "next", "last"})


def has_links(reading: Reading) -> bool:
    return is_success(reading) and bool(reading.response.lines("link"))


@check(
    "PAG-01",
    MUST,
    "Every Link header line of a successful response is well-formed",
    clause=LINK,
    operations=LISTS,
    when=has_links,
)
def well_formed_links(reading: Reading) -> Iterator[Finding]:
    for line in reading.response.lines("link"):
        try:
            parse(line)
        except ValueError as error:
            received = f"a syntax error in the header Link: {error}"
            yield Finding('<target>; rel="relation" (RFC 8288)', received, at="Link")


@check(
    "PAG-02",
    MUST,
    "Every link in a Link header has the relation first, current, next or last",
    clause=RELATIONS,
    operations=LISTS,
    when=has_links,
)
def known_relations(reading: Reading) -> Iterator[Finding]:
    for relation in sorted(_relations(reading) - KNOWN):
        received = f"a link with the relation {shown(relation)}" if relation else "a link without rel"
        yield Finding(f"one of {', '.join(sorted(KNOWN))}", received, at="Link")


def _relations(reading: Reading) -> set[str]:
    found: set[str] = set()
    for line in reading.response.lines("link"):
        try:
            links = parse(line)
        except ValueError:
            continue
        found |= {relation for link in links for relation in link.relations or ("",)}
    return found


@check(
    "PAG-03",
    MUST,
    "Every link in a Link header leads to the origin and the path of the request",
    clause=LINK,
    operations=LISTS,
    when=has_links,
)
def same_place(reading: Reading) -> Iterator[Finding]:
    """Both forms of a link are taken that the service and SDKs know, see `wire.links.resolve`."""
    own = urlsplit(reading.request.url).path
    for relation, url in by_relation(reading.response.lines("link"), reading.request.url).items():
        if origin(url) != origin(reading.request.url):
            received = f"a link with the relation {relation} to the origin {origin(url)}"
            yield Finding("a relative link, or one to the origin of the request", received, at="Link")
        elif urlsplit(url).path != own:
            received = f"a link with the relation {relation} to {_in_template(reading, urlsplit(url).path)}"
            yield Finding("a link to the path of the request", received, at="Link")


def _in_template(reading: Reading, path: str) -> str:
    """A path with the values that the request has for path parameters replaced by the names of the parameters."""
    template = reading.operation.path.split("/") if reading.operation else []
    own = urlsplit(reading.request.url).path.split("/")
    names = {value: name for name, value in zip(reversed(template), reversed(own), strict=False) if is_variable(name)}
    return "/".join(names.get(segment, segment) for segment in path.split("/"))


@check(
    "PAG-04",
    SHOULD,
    "A response with a Link header has links with the relations first and current",
    clause=Clause("ably/docs rest-api, pagination", "the relations of a link are first, current and next"),
    operations=LISTS,
    when=has_links,
)
def first_and_current(reading: Reading) -> Iterator[Finding]:
    relations = _relations(reading)
    for relation in sorted({"first", "current"} - relations):
        received = f"only links with the relations {shown(sorted(relations))}" if relations else "no link"
        yield Finding(f'a link with rel="{relation}"', received, at="Link")


# The items of a page -------------------------------------------------------------------------------------------------

DEFAULT = 100
_LIMIT = re.compile(r"[1-9][0-9]{0,2}|1000", re.ASCII)
CHANNEL_ENUMERATION = "GET /channels"
"""The only list whose pages may be short or empty although there is a next page (rest-api, channel enumeration)."""


def is_page(reading: Reading) -> bool:
    return is_success(reading) and reading.request.method == "GET" and isinstance(reading.decoded.value, list)


def has_limit(reading: Reading) -> bool:
    return is_page(reading) and bool(_LIMIT.fullmatch(_query(reading).get("limit", "")))


def has_default_limit(reading: Reading) -> bool:
    """Whether no limit was sent and the contract gives the operation a default, which push channels do not have."""
    operation = reading.operation
    has_default = operation is not None and any(
        each.name == "limit" and "default" in each.schema for each in operation.parameters
    )
    return has_default and has_only_documented_parameters(reading) and "limit" not in _query(reading)


def has_only_documented_parameters(reading: Reading) -> bool:
    """Whether every query parameter is in the contract; others, as in a link, may include a limit of the server."""
    operation = reading.operation
    return is_page(reading) and operation is not None and set(_query(reading)) <= {p.name for p in operation.parameters}


def _query(reading: Reading) -> dict[str, str]:
    return dict(reading.query)


@check(
    "PAG-20",
    MUST,
    "No page has more items than its limit",
    clause=Clause(
        "#/paths/~1push~1deviceRegistrations/get/parameters/limit/description",
        "The maximum number of records to return.",
    ),
    operations=LISTS,
    when=has_limit,
    needs={"documentation"},  # a mock generated from the contract returns the same list for every limit
)
def within_limit(reading: Reading) -> Iterator[Finding]:
    limit, received = int(_query(reading)["limit"]), len(reading.decoded.value)
    if received > limit:
        yield Finding(f"at most {limit} items", f"{received} items")


@check(
    "PAG-21",
    MUST,
    "A page has at most a hundred items when no limit is given",
    clause=Clause("#/components/parameters/filterLimit/schema/default", "100"),
    operations=[each for each in LISTS if each != "GET /push/channels"],
    when=has_default_limit,
    needs={"documentation"},
)
def within_default_limit(reading: Reading) -> Iterator[Finding]:
    if len(reading.decoded.value) > DEFAULT:
        yield Finding(f"at most {DEFAULT} items", f"{len(reading.decoded.value)} items")


@check(
    "PAG-22",
    MUST,
    "An empty list response has no next link, except in channel enumeration",
    clause=Clause("ably/ably-js test/rest/history.test", "an empty history has no next page"),
    operations=[each for each in LISTS if each != CHANNEL_ENUMERATION],
    when=lambda reading: (
        has_only_documented_parameters(reading)
        and not reading.decoded.value
        and reading.exchange.operation != CHANNEL_ENUMERATION
    ),
)
def empty_list_has_no_next(reading: Reading) -> Iterator[Finding]:
    if "next" in _relations(reading):
        yield Finding("no next link beside an empty list", "an empty list with a next link", at="Link")


# The form of links ---------------------------------------------------------------------------------------------------

ONE_A_LINE = Clause("ably/ably-go ably/paginated_result", "the SDK keeps one relation per header line")
_AS_SDKS_READ = re.compile(r"\./(?:push/)?\w+\?[^/,\s]*", re.ASCII)


READ_BY_LINE = frozenset(
    {"GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"}
)
"""The lists that an official SDK pages through with one relation per header line (ably-go, presence and statistics)."""


@check(
    "PAG-23",
    MUST,
    "Each Link header line of presence and statistics contains only one link",
    clause=ONE_A_LINE,
    operations=sorted(READ_BY_LINE),
    when=lambda reading: has_links(reading) and reading.exchange.operation in READ_BY_LINE,
    needs={"documentation"},
)
def one_link_a_line(reading: Reading) -> Iterator[Finding]:
    return _joined_links(reading)


@check(
    "PAG-28",
    SHOULD,
    "Each Link header line of any other list contains only one link",
    clause=ONE_A_LINE,
    operations=[each for each in LISTS if each not in READ_BY_LINE],
    when=lambda reading: has_links(reading) and reading.exchange.operation not in READ_BY_LINE,
)
def one_link_a_line_elsewhere(reading: Reading) -> Iterator[Finding]:
    return _joined_links(reading)


def _joined_links(reading: Reading) -> Iterator[Finding]:
    for line in reading.separate_lines("link"):
        if line.count("rel=") > 1:
            yield Finding("one link a line", f"a header line with several links: {line}", at="Link")


@check(
    "PAG-24",
    SHOULD,
    "A pagination link has the form ./last-path-segment?escaped-query",
    clause=Clause("ably/ably-js src/common/lib/client/paginatedresource", "the SDK parses a link as ./segment?query"),
    operations=LISTS,
    when=has_links,
)
def links_as_sdks_read_them(reading: Reading) -> Iterator[Finding]:
    """On push lists a link from the root of the API is taken as well: the service sends it, and ably-ruby needs it."""
    path = urlsplit(reading.request.url).path
    folder, _, own = path.rpartition("/")
    accepted = {f"./{own}", f"./push/{own}"} if folder.endswith("/push") else {f"./{own}"}
    for target in _targets(reading):
        if not _AS_SDKS_READ.fullmatch(target) or urlsplit(target).path not in accepted:
            expected = f"./{_in_template(reading, path).rpartition('/')[2]}?query"
            yield Finding(expected, f"a link to {shown(_in_template(reading, target))}", at="Link")


def _targets(reading: Reading) -> Iterator[str]:
    for line in reading.response.lines("link"):
        try:
            yield from (link.target for link in parse(line))
        except ValueError:
            continue
