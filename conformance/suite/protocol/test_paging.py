"""PAG: limits, links and directions of lists that do not change during a run."""

from __future__ import annotations

import pytest

from conformance.facts import facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.channels import pages_of
from conformance.suite.steps.endpoints import CHANNELS, PRESENCE, STATS
from conformance.suite.steps.listings import DIRECTED, LISTED, NEEDS, Listing, listings, ways
from conformance.suite.steps.pages import leads_to
from conformance.suite.steps.requests import ask
from conformance.suite.steps.stats import Past, between, interval_id
from conformance.target.answer import Answer, is_empty
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
"""A channel without presence members."""

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
def test_next_links_return_every_item_once(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        all_ids = listing.names(*listing.walk(target, **way, limit="1000"))
        limits = {
            "with limit 1": 1,
            "with limit 2": 2,
            "with limit 3": 3,
            "with a limit one below their number": len(all_ids) - 1,
            "with a limit equal to their number": len(all_ids),
            "with a limit one above their number": len(all_ids) + 1,
        }
        ids = {how: listing.names(*listing.walk(target, **way, limit=str(limit))) for how, limit in limits.items()}
        # No document defines the order of presence members.
        assert facts(**{f"ids {how}": found if way else sorted(found) for how, found in ids.items()}) == facts(
            **{f"ids {how}": all_ids if way else sorted(all_ids) for how in limits}
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
    lengths = tuple(len(page.body) for page in listing.walk(target, limit="2") if page.body)

    assert facts(
        lengths_of_all_pages_but_the_last=lengths[:-1], last_page_has_1_or_2_items=lengths[-1] in {1, 2}
    ) == facts(lengths_of_all_pages_but_the_last=(2,) * (len(lengths) - 1), last_page_has_1_or_2_items=True)


@listed
@requirement(
    "PAG-07",
    MUST,
    "The first link of a later page leads to the first page",
    clause=FIRST,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_first_links_lead_to_the_first_page(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        first, *later = listing.walk(target, **way, limit="2")
        linked = {number: page for number, page in enumerate(later, 2) if "first" in page.links}
        other_pages = tuple(
            number for number, page in linked.items() if not leads_to(target, page, "first", first.body)
        )
        assert facts(
            pages_without_a_first_link=len(later) - len(linked),
            pages_whose_first_link_leads_to_another_page=other_pages,
        ) == facts(pages_without_a_first_link=0, pages_whose_first_link_leads_to_another_page=())


@listed
@requirement(
    "PAG-08",
    MUST,
    "The current link of a page, if present, leads to the same page",
    clause=CURRENT,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_current_links_lead_to_the_same_page(target: Target, listing: Listing, operation: str) -> None:
    for way in ways(operation):
        other_pages = tuple(
            number
            for number, page in enumerate(listing.walk(target, **way, limit="2"), 1)
            if "current" in page.links and not leads_to(target, page, "current", page.body)
        )
        assert facts(pages_whose_current_link_leads_to_another_page=other_pages) == facts(
            pages_whose_current_link_leads_to_another_page=()
        )


@listed
@requirement(
    "PAG-09",
    MUST,
    "A page whose limit equals the number of items has no next link",
    clause=Clause(
        "ably/ably-php tests/PresenceTest", "with six members and a limit of three, the second page is the last"
    ),
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_a_full_last_page_has_no_next(target: Target, listing: Listing) -> None:
    length = len(listing.names(*listing.walk(target)))

    page = listing.get(target, limit=str(length))

    assert facts(next_link="next" in page.links) == facts(next_link=False)


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

    assert facts(ids_forwards=forwards) == facts(ids_forwards=backwards[::-1])


@listed
@requirement(
    "PAG-27",
    SHOULD,
    "An unknown query parameter changes nothing in a list of presence or statistics",
    clause=Clause("ably/specification features RSC7", "clients of later versions may send more parameters"),
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_an_unknown_parameter_changes_no_list(target: Target, listing: Listing) -> None:
    plain, other = listing.get(target), listing.get(target, colour="red")

    assert facts(status=other.status, ids=listing.names(other)) == facts(status=200, ids=listing.names(plain))


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

    forwards, backwards = (
        period.names(*period.walk(target, direction=way, limit="1")) for way in ("forwards", "backwards")
    )

    assert facts(intervals_forwards=forwards, intervals_backwards=backwards) == facts(
        intervals_forwards=inside, intervals_backwards=inside[::-1]
    )


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

    intervals = hours.names(*hours.walk(target, limit="1"))

    assert intervals == [interval_id(each, "hour") for each in past.minutes[2:]]


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
    assert "next" in first.links, "a first page without a next link"
    second = target.follow(first.links["next"], first)

    assert facts(
        media_type_of_the_first_page=first.response.media_type, media_type_of_the_next_page=second.response.media_type
    ) == facts(media_type_of_the_first_page=MSGPACK, media_type_of_the_next_page=MSGPACK)


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
    answer = _list(target, operation, limit="1000")

    assert answer.status == 200


@listed
@requirement(
    "PAG-13",
    MUST,
    "A limit above 1000 is rejected with 400 for presence and statistics",
    clause=INVALID,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_limit_above_a_thousand_is_rejected(target: Target, operation: str) -> None:
    just_above, far_above = (_list(target, operation, limit=limit) for limit in ("1001", "100000"))

    assert facts(status_just_above_the_maximum=just_above.status, status_far_above_it=far_above.status) == facts(
        status_just_above_the_maximum=400, status_far_above_it=400
    )


@listed
@requirement(
    "PAG-14",
    MUST,
    "A non-numeric limit is rejected with 400 for presence and statistics",
    clause=INVALID,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_limit_that_is_not_a_number_is_rejected(target: Target, operation: str) -> None:
    abc, ten = (_list(target, operation, limit=limit) for limit in ("abc", "ten"))

    assert facts(status_with_limit_abc=abc.status, status_with_limit_ten=ten.status) == facts(
        status_with_limit_abc=400, status_with_limit_ten=400
    )


@listed
@requirement(
    "PAG-15",
    SHOULD,
    "A limit of 0 or a negative limit is rejected with 400 for presence and statistics",
    clause=INVALID,
    operations=["GET /channels/{channel_id}/presence", "GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_limit_that_is_not_positive_is_rejected(target: Target, operation: str) -> None:
    zero, negative = (_list(target, operation, limit=limit) for limit in ("0", "-1"))

    assert facts(status_with_limit_zero=zero.status, status_with_a_negative_limit=negative.status) == facts(
        status_with_limit_zero=400, status_with_a_negative_limit=400
    )


@pytest.mark.parametrize("limit", ["1001", "abc", "0", "-1"])
@requirement(
    "PAG-16",
    SHOULD,
    "GET /channels rejects a limit that is not a number from 1 to 1000 with 400",
    clause=Clause("ably/docs rest-api, channel enumeration", "limit: 100 by default, 1000 at most"),
    operations=[f"GET {CHANNELS}"],
    needs={"documentation"},
)
def test_channel_enumeration_rejects_an_invalid_limit(target: Target, limit: str) -> None:
    answer = _list(target, f"GET {CHANNELS}", limit=limit)

    assert answer.status == 400


@directed
@requirement(
    "PAG-17",
    SHOULD,
    "An unknown direction is rejected with 400 for presence history and statistics",
    clause=Clause("#/components/parameters/filterDirection/schema/enum", "backwards"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_an_unknown_direction_is_rejected(target: Target, operation: str) -> None:
    answer = _list(target, operation, direction="sideways")

    assert answer.status == 400


@directed
@requirement(
    "PAG-18",
    SHOULD,
    "A start or end that is not a time is rejected with 400 by presence history and /stats",
    clause=Clause("ably/ably-common errors/codes/40003", "a value that the parameter does not accept"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs={"documentation"},
)
def test_a_start_or_end_that_is_not_a_time_is_rejected(target: Target, operation: str) -> None:
    start, end = (_list(target, operation, **{bound: "yesterday evening"}) for bound in ("start", "end"))

    assert facts(status_with_an_invalid_start=start.status, status_with_an_invalid_end=end.status) == facts(
        status_with_an_invalid_start=400, status_with_an_invalid_end=400
    )


@directed
@requirement(
    "PAG-19",
    MUST,
    "A list request with start after end returns 200 and an empty list, or 400",
    clause=Clause("ably/docs rest-api, history", "start is the earliest time and end the latest"),
    operations=["GET /channels/{channel_id}/presence/history", "GET /stats"],
    needs=NEEDS,
)
def test_a_start_after_the_end_returns_nothing_or_400(target: Target, listing: Listing) -> None:
    answer = listing.get(target, start="4102444800000", end="1600000000000")

    items = f"{len(answer.body)} items" if isinstance(answer.body, list) else "a body that is not a list"
    assert answer.status == 400 or is_empty(answer), f"status {answer.status} and {items}"


def _list(target: Target, operation: str, **query: str) -> Answer:
    path = operation.partition(" ")[2]
    if path == CHANNELS:
        return pages_of(target, query=query)[0]
    channel = {"channel_id": NO_CHANNEL} if "{channel_id}" in path else {}
    return target.get(path, query=query, **channel)
