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
NEXT = Clause(PAGING, "next leads to the next page; it is absent from the last one")
FIRST = Clause("ably/ably-python test/ably/rest/restchannelhistory_test", "first leads from any page to the first one")
CURRENT = Clause(PAGING, "current leads to the page that has it")
LIMIT = Clause(PAGING, "limit: 100 when it is not given, 1000 at most")
INVALID = Clause("ably/ably-common errors/codes/40003", "a limit that is no number, or above 1000")
NO_CHANNEL = "conf-nobody"

listed = pytest.mark.parametrize("operation", LISTED)
directed = pytest.mark.parametrize("operation", DIRECTED)


@pytest.fixture
def listing(operation: str, presence_channel: str, past: Past) -> Listing:
    return listings(presence_channel, past)[operation]


@listed
@requirement("PAG-05", MUST, "Following next gives every item once, whatever the limit", clause=NEXT, needs=NEEDS)
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
@requirement("PAG-06", MUST, "Every page but the last one is as long as the limit", clause=LIMIT, needs=NEEDS)
def test_pages_are_as_long_as_the_limit(target: Target, listing: Listing) -> None:
    lengths = [len(page.body) for page in listing.walk(target, limit="2") if page.body]

    assert (lengths[:-1], lengths[-1] in {1, 2}) == ([2] * (len(lengths) - 1), True)


@listed
@requirement("PAG-07", MUST, "The link first leads from every page to the first one", clause=FIRST, needs=NEEDS)
def test_first_leads_to_the_first_page(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        pages = listing.walk(target, **way, limit="2")
        led = [target.follow(page.links["first"], page).body for page in pages[1:]]
        assert led == [pages[0].body] * len(led)


@listed
@requirement("PAG-08", MUST, "The link current, where a page has one, leads to that page", clause=CURRENT, needs=NEEDS)
def test_current_repeats_the_page(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        pages = [page for page in listing.walk(target, **way, limit="2") if "current" in page.links]
        repeated = [target.follow(page.links["current"], page).body for page in pages]
        assert repeated == [page.body for page in pages]


@listed
@requirement(
    "PAG-09",
    SHOULD,
    "A last page that is exactly full has no next",
    clause=Clause("ably/ably-php tests/PresenceTest", "of six members by three, the second page is the last"),
    needs=NEEDS,
)
def test_a_full_last_page_has_no_next(target: Target, listing: Listing) -> None:
    length = len(listing.names(*listing.walk(target)))

    assert "next" not in listing.get(target, limit=str(length)).links


@directed
@requirement(
    "PAG-10",
    MUST,
    "Pages forwards give the items of the pages backwards, in the opposite order",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "forwards"),
    needs=NEEDS,
)
def test_forwards_is_the_opposite_of_backwards(target: Target, listing: Listing, operation: str) -> None:
    forwards, backwards = (listing.names(*listing.walk(target, **way, limit="2")) for way in ways(operation))

    assert forwards == backwards[::-1]


@requirement(
    "PAG-11",
    MUST,
    "Pages keep the bounds of the period",
    clause=Clause(PAGING, "a link holds the query that it continues"),
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
    "Pages keep the unit of the statistics",
    clause=Clause(PAGING, "a link holds the query that it continues"),
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
    "Pages keep the format that was asked for in the query",
    clause=Clause(PAGING, "a link holds the query that it continues, format included"),
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
    "A limit of a thousand is accepted",
    clause=LIMIT,
    needs={"documentation"},
)
def test_a_limit_of_a_thousand_is_accepted(target: Target, operation: str) -> None:
    assert _limited(target, operation, "1000").status == 200


@listed
@requirement("PAG-13", MUST, "A limit above a thousand is refused", clause=INVALID, needs={"documentation"})
def test_a_limit_above_a_thousand_is_refused(target: Target, operation: str) -> None:
    assert [_limited(target, operation, limit).status for limit in ("1001", "100000")] == [400, 400]


@listed
@requirement("PAG-14", MUST, "A limit that is no number is refused", clause=INVALID, needs={"documentation"})
def test_a_limit_that_is_no_number_is_refused(target: Target, operation: str) -> None:
    assert [_limited(target, operation, limit).status for limit in ("abc", "ten")] == [400, 400]


@listed
@requirement("PAG-15", SHOULD, "A limit that is not positive is refused", clause=INVALID, needs={"documentation"})
def test_a_limit_that_is_not_positive_is_refused(target: Target, operation: str) -> None:
    assert [_limited(target, operation, limit).status for limit in ("0", "-1")] == [400, 400]


@pytest.mark.parametrize("limit", ["1001", "abc", "0", "-1"])
@requirement(
    "PAG-16",
    SHOULD,
    "The enumeration of channels refuses a limit that is not from 1 to 1000",
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
    "A direction that does not exist is refused",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "backwards"),
    needs={"documentation"},
)
def test_an_unknown_direction_is_refused(target: Target, operation: str) -> None:
    assert _asked(target, operation, direction="sideways").status == 400


@directed
@requirement(
    "PAG-18",
    SHOULD,
    "A bound that is no time is refused",
    clause=Clause("ably/ably-common errors/codes/40003", "a value that a parameter does not take"),
    needs={"documentation"},
)
def test_a_bound_that_is_no_time_is_refused(target: Target, operation: str) -> None:
    refused = [_asked(target, operation, **{bound: "yesterday evening"}).status for bound in ("start", "end")]

    assert refused == [400, 400]


@directed
@requirement(
    "PAG-19",
    MUST,
    "A start after the end finds nothing, or is refused",
    clause=Clause("ably/docs rest-api, history", "start is the earliest time and end the latest"),
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
