"""PAG: from page to page, through lists that stay as they are."""

from __future__ import annotations

import pytest

from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.channels import pages_of
from conformance.suite.steps.endpoints import CHANNELS, PRESENCE, STATS
from conformance.suite.steps.listings import DIRECTED, LISTED, NEEDS, Listing, listings, ways
from conformance.suite.steps.requests import ask
from conformance.suite.steps.stats import Past, between, interval_id
from conformance.target.answer import Answer
from conformance.target.client import Target

PAGING = "ably/docs rest-api, pagination"
NEXT = Clause(PAGING, "the next link leads to the next page; the last page has none")
FIRST = Clause(
    "ably/ably-python test/ably/rest/restchannelhistory_test", "the first link of any page leads to the first page"
)
CURRENT = Clause(PAGING, "the current link leads to the page that contains it")
LIMIT = Clause(PAGING, "limit: 100 by default, 1000 at most")
INVALID = Clause("ably/ably-common errors/codes/40003", "a limit that is not a number or is above 1000")
NO_CHANNEL = "conf-nobody"

listed = pytest.mark.parametrize("operation", LISTED)
directed = pytest.mark.parametrize("operation", DIRECTED)


@pytest.fixture
def listing(operation: str, presence_channel: str, past: Past) -> Listing:
    return listings(presence_channel, past)[operation]


@listed
@requirement(
    "PAG-05",
    MUST,
    "Following next links returns every item exactly once for any limit",
    clause=NEXT,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_next_gives_every_item_once(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        whole = listing.names(*listing.walk(target, **way, limit="1000"))
        limits = (1, 2, 3, len(whole) - 1, len(whole), len(whole) + 1)
        walked = {limit: listing.names(*listing.walk(target, **way, limit=str(limit))) for limit in limits}
        # Who is present has no order that a document settles.
        assert {limit: names if way else sorted(names) for limit, names in walked.items()} == dict.fromkeys(
            limits, whole if way else sorted(whole)
        )


@listed
@requirement(
    "PAG-06",
    MUST,
    "Every non-empty page except the last has as many items as the limit",
    clause=LIMIT,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_pages_are_as_long_as_the_limit(target: Target, listing: Listing) -> None:
    lengths = [len(page.body) for page in listing.walk(target, limit="2") if page.body]

    assert (lengths[:-1], lengths[-1] in {1, 2}) == ([2] * (len(lengths) - 1), True)


@listed
@requirement(
    "PAG-07",
    MUST,
    "The first link of a later page leads to the first page",
    clause=FIRST,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_first_leads_to_the_first_page(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        pages = listing.walk(target, **way, limit="2")
        led = [target.follow(page.links["first"], page).body for page in pages[1:]]
        assert led == [pages[0].body] * len(led)


@listed
@requirement(
    "PAG-08",
    MUST,
    "The current link of a page, if present, leads to the same page",
    clause=CURRENT,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_current_repeats_the_page(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        pages = [page for page in listing.walk(target, **way, limit="2") if "current" in page.links]
        repeated = [target.follow(page.links["current"], page).body for page in pages]
        assert repeated == [page.body for page in pages]


@listed
@requirement(
    "PAG-09",
    SHOULD,
    "A page whose limit equals the number of items has no next link",
    clause=Clause(
        "ably/ably-php tests/PresenceTest", "with six members and a limit of three, the second page is the last"
    ),
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_a_full_last_page_has_no_next(target: Target, listing: Listing) -> None:
    length = len(listing.names(*listing.walk(target)))

    assert "next" not in listing.get(target, limit=str(length)).links


@directed
@requirement(
    "PAG-10",
    MUST,
    "Paging forwards returns the same items as paging backwards, in reverse order",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "forwards"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_forwards_is_the_opposite_of_backwards(target: Target, listing: Listing, operation: str) -> None:
    forwards, backwards = (listing.names(*listing.walk(target, **way, limit="2")) for way in ways(operation))

    assert forwards == backwards[::-1]


@requirement(
    "PAG-11",
    MUST,
    "Following next links in statistics keeps the start and end of the query",
    clause=Clause(PAGING, "a link carries the query of the request that it continues"),
    operations=[f"GET {STATS}"],
    needs=NEEDS,
)
def test_pages_keep_the_bounds(target: Target, past: Past) -> None:
    period = Listing(STATS, "intervalId", query={**between(past.minutes[1], past.minutes[3]), "unit": "minute"})
    inside = [interval_id(each) for each in past.minutes[1:4]]

    walked = [period.names(*period.walk(target, direction=way, limit="1")) for way in ("forwards", "backwards")]

    assert walked == [inside, inside[::-1]]


@requirement(
    "PAG-25",
    MUST,
    "Following next links in statistics keeps the requested unit",
    clause=Clause(PAGING, "a link carries the query of the request that it continues"),
    operations=[f"GET {STATS}"],
    needs=NEEDS,
)
def test_pages_keep_the_unit(target: Target, past: Past) -> None:
    hours = Listing(STATS, "intervalId", query={**past.month, "unit": "hour", "direction": "forwards"})
    expected = [interval_id(each, "hour") for each in past.minutes[2:]]

    assert hours.names(*hours.walk(target, limit="1")) == expected


@requirement(
    "PAG-26",
    SHOULD,
    "A next page has the response format requested with the format parameter",
    clause=Clause(PAGING, "a link carries the query of the request that it continues, format included"),
    operations=[f"GET {PRESENCE}"],
    needs=(*NEEDS, "msgpack"),
)
def test_pages_keep_the_format(target: Target, presence_channel: str) -> None:
    query = {"format": "msgpack", "limit": "2"}

    first = ask(target, PRESENCE, query=query, channel_id=presence_channel)
    second = target.follow(first.links["next"], first)

    assert (first.response.media_type, second.response.media_type) == (MSGPACK, MSGPACK)


@pytest.mark.parametrize("operation", [*LISTED, f"GET {CHANNELS}"])
@requirement(
    "PAG-12",
    MUST,
    "A limit of 1000 is accepted with 200 for presence, statistics and channel enumeration",
    clause=LIMIT,
    operations=[
        "GET /channels/{channel_id}/presence",
        "GET /channels/{channel_id}/presence/history",
        "GET /stats",
        "GET /channels",
    ],
    needs={"documentation"},
)
def test_a_limit_of_a_thousand_is_accepted(target: Target, operation: str) -> None:
    assert _limited(target, operation, "1000").status == 200


@listed
@requirement(
    "PAG-13",
    MUST,
    "A limit above 1000 is rejected with 400 for presence and statistics",
    clause=INVALID,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_limit_above_a_thousand_is_refused(target: Target, operation: str) -> None:
    assert [_limited(target, operation, limit).status for limit in ("1001", "100000")] == [400, 400]


@listed
@requirement(
    "PAG-14",
    MUST,
    "A non-numeric limit is rejected with 400 for presence and statistics",
    clause=INVALID,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_limit_that_is_no_number_is_refused(target: Target, operation: str) -> None:
    assert [_limited(target, operation, limit).status for limit in ("abc", "ten")] == [400, 400]


@listed
@requirement(
    "PAG-15",
    SHOULD,
    "A limit of 0 or a negative limit is rejected with 400 for presence and statistics",
    clause=INVALID,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_limit_that_is_not_positive_is_refused(target: Target, operation: str) -> None:
    assert [_limited(target, operation, limit).status for limit in ("0", "-1")] == [400, 400]


@pytest.mark.parametrize("limit", ["1001", "abc", "0", "-1"])
@requirement(
    "PAG-16",
    SHOULD,
    "GET /channels rejects a limit that is not a number from 1 to 1000 with 400",
    clause=Clause("ably/docs rest-api, channel enumeration", "limit: 100 by default, 1000 at most"),
    operations=[f"GET {CHANNELS}"],
    needs={"documentation"},
)
def test_the_enumeration_refuses_a_bad_limit(target: Target, limit: str) -> None:
    assert _limited(target, f"GET {CHANNELS}", limit).status == 400


@directed
@requirement(
    "PAG-17",
    SHOULD,
    "An unknown direction is rejected with 400 for presence history and statistics",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "backwards"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_an_unknown_direction_is_refused(target: Target, operation: str) -> None:
    assert _asked(target, operation, direction="sideways").status == 400


@directed
@requirement(
    "PAG-18",
    SHOULD,
    "A start or end that is not a time is rejected with 400 by presence history and /stats",
    clause=Clause("ably/ably-common errors/codes/40003", "a value that the parameter does not accept"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_bound_that_is_no_time_is_refused(target: Target, operation: str) -> None:
    refused = [_asked(target, operation, **{bound: "yesterday evening"}).status for bound in ("start", "end")]

    assert refused == [400, 400]


@directed
@requirement(
    "PAG-19",
    MUST,
    "A list request with start after end returns 200 and an empty list, or 400",
    clause=Clause("ably/docs rest-api, history", "start is the earliest time and end the latest"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_a_start_after_the_end_finds_nothing(target: Target, listing: Listing) -> None:
    answer = listing.get(target, start="4102444800000", end="1600000000000")

    assert answer.status == 400 or (answer.status, answer.body) == (200, []), f"{answer.status} {answer.body!r}"


def _limited(target: Target, operation: str, limit: str) -> Answer:
    return _asked(target, operation, limit=limit)


def _asked(target: Target, operation: str, **query: str) -> Answer:
    path = operation.partition(" ")[2]
    if path == CHANNELS:
        return pages_of(target, query=query)[0]
    channel = {"channel_id": NO_CHANNEL} if "{channel_id}" in path else {}
    return target.get(path, query=query, **channel)
