"""PAG: the Link header and the length of one page."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from conformance.model import JSON, MSGPACK
from conformance.selftest.checks.trials import (
    Trial,
    each_of,
    findings,
    finds_what_is_altered,
    has_no_opportunity_beside,
    passes_valid_exchanges,
)
from conformance.selftest.harness.exchanges import (
    DEVICE,
    HISTORY,
    MESSAGE,
    SERVER,
    exchange,
    listing,
    refused,
    with_line,
    without_line,
)

LISTED = "GET /push/deviceRegistrations"
CHANNELS = "GET /channels"
PAGE, PAGE_PACKED = listing(), listing(media=MSGPACK)
NO_LINKS = without_line(PAGE, "Link")


def linked(*lines: str):
    """The page with these lines as its Link headers."""
    page = NO_LINKS
    for line in lines:
        page = with_line(page, "Link", line)
    return page


def elsewhere(place: str) -> str:
    """The URL of the page, at another host and port."""
    return urlsplit(PAGE.request.url)._replace(netloc=place).geturl()


DEVICES = listing(LISTED, [DEVICE])
FIRST, CURRENT, NEXT = (f'<./messages?a={word}>; rel="{word}"' for word in ("first", "current", "next"))
MEMBERS = listing("GET /channels/{channel_id}/presence", [])
JOINED = ", ".join(f'<./presence?a={word}>; rel="{word}"' for word in ("first", "current"))
LIMITED = listing(HISTORY, [MESSAGE], query={"limit": "1"})

TRIALS = (
    Trial(
        "PAG-01",
        valid=(PAGE, PAGE_PACKED, linked(FIRST, CURRENT, NEXT)),
        altered={
            "nonsense": linked(FIRST, CURRENT, "nonsense"),
            "a quote that is not closed": linked(FIRST, CURRENT, '<./messages?x=1>; rel="next'),
            "an empty line": linked(FIRST, CURRENT, ""),
        },
        beside={"no links": NO_LINKS, "an error response": refused(lines=(("Link", "nonsense"),))},
        also=frozenset({"HDR-02"}),
    ),
    Trial(
        "PAG-02",
        valid=(PAGE, linked(FIRST, CURRENT, NEXT), linked(FIRST, CURRENT, '<./messages?x=1>; rel="last"')),
        altered={
            "a relation of their own": linked(FIRST, CURRENT, '<./messages?x=1>; rel="more"'),
            "no relation": linked(FIRST, CURRENT, "<./messages?x=1>"),
        },
        beside={"no links": NO_LINKS},
        also=frozenset({"HDR-02"}),
    ),
    Trial(
        "PAG-03",
        valid=(
            PAGE,
            with_line(DEVICES, "Link", '<./deviceRegistrations?x=1>; rel="next"'),
            with_line(DEVICES, "Link", '<./push/deviceRegistrations?x=1>; rel="next"'),
        ),
        altered={
            "another host": linked(FIRST, CURRENT, f'<{elsewhere("internal-backend:9000")}>; rel="next"'),
            "another port": linked(FIRST, CURRENT, f'<{elsewhere("127.0.0.1:1")}>; rel="next"'),
            "another scheme": linked(FIRST, CURRENT, f'<{PAGE.request.url.replace("http:", "https:")}>; rel="next"'),
            "a port that is no number": linked(FIRST, CURRENT, f'<{elsewhere("h:x")}>; rel="next"'),
            "the root of push elsewhere": linked(FIRST, CURRENT, '<./push/messages?x=1>; rel="next"'),
            "another push list": with_line(DEVICES, "Link", '<./push/channels?x=1>; rel="next"'),
            "push twice as a path": with_line(DEVICES, "Link", '</push/push/deviceRegistrations?x=1>; rel="next"'),
            "another listing": linked(FIRST, CURRENT, '<./presence?x=1>; rel="next"'),
            "the path alone": linked(FIRST, CURRENT, '</messages?x=1>; rel="next"'),
        },
        beside={"no links": NO_LINKS},
        also=frozenset({"PAG-24"}),
    ),
    Trial(
        "PAG-04",
        valid=(PAGE,),
        altered={"no first": linked(CURRENT), "no current": linked(FIRST), "next alone": linked(NEXT)},
        beside={"no links": NO_LINKS},
    ),
    Trial(
        "PAG-20",
        valid=(LIMITED, listing(HISTORY, [], query={"limit": "1"})),
        altered={"one more": listing(HISTORY, [MESSAGE, MESSAGE], query={"limit": "1"})},
        beside={
            "no limit": PAGE,
            "an invalid limit": listing(HISTORY, [MESSAGE], query={"limit": "-1"}),
            "an error response": refused(LISTED),
        },
    ),
    Trial(
        "PAG-21",
        valid=(PAGE, listing(HISTORY, [MESSAGE] * 100)),
        altered={"a hundred and one": listing(HISTORY, [MESSAGE] * 101)},
        beside={
            "a limit": LIMITED,
            "an undocumented query parameter": listing(HISTORY, [MESSAGE], query={"cursor": "x"}),
            "no list": exchange("GET /channels/{channel_id}", body={}),
        },
    ),
    Trial(
        "PAG-22",
        valid=(listing(HISTORY, []),),
        altered={"a next page": listing(HISTORY, [], "first", "current", "next")},
        beside={
            "a page that holds something": PAGE,
            "channels, whose pages may be empty": listing(CHANNELS, []),
            "an undocumented query parameter": listing(HISTORY, [], query={"cursor": "x"}),
        },
    ),
    Trial(
        "PAG-23",
        valid=(MEMBERS,),
        altered={"two on one line": with_line(without_line(MEMBERS, "Link"), "Link", JOINED)},
        beside={"no links": NO_LINKS, "a list that is no presence and no statistics": PAGE},
    ),
    Trial(
        "PAG-28",
        valid=(PAGE,),
        altered={"two on one line": linked(f"{FIRST}, {CURRENT}")},
        beside={"no links": NO_LINKS, "presence members": MEMBERS},
    ),
    Trial(
        "PAG-24",
        valid=(PAGE,),
        altered={
            "absolute": linked(FIRST, CURRENT, f'<{PAGE.request.url}?a=1>; rel="next"'),
            "without a query": linked(FIRST, CURRENT, '<./messages>; rel="next"'),
            "a slash in the query": linked(FIRST, CURRENT, '<./messages?a=b/c>; rel="next"'),
        },
        beside={"no links": NO_LINKS},
    ),
)


@each_of(TRIALS)
def test_a_check_passes_a_valid_exchange(trial):
    passes_valid_exchanges(trial)


@each_of(TRIALS)
def test_a_check_finds_what_is_altered_and_nothing_else(trial):
    finds_what_is_altered(trial)


@each_of(TRIALS)
def test_a_check_has_no_opportunity_without_what_it_speaks_of(trial):
    has_no_opportunity_beside(trial)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_malformed_link_is_found_in_every_position(position):
    lines = [FIRST, CURRENT, NEXT]
    lines[position] = "nonsense"

    assert len(findings(linked(*lines))["PAG-01"]) == 1


def test_the_name_of_the_link_header_ignores_case():
    page = without_line(PAGE, "Link")
    page = with_line(with_line(page, "link", FIRST), "LINK", CURRENT)

    assert findings(page) == {}


def test_pages_in_both_formats_are_judged():
    for media in (JSON, MSGPACK):
        page = listing(HISTORY, [MESSAGE, MESSAGE], media=media, query={"limit": "1"})
        assert set(findings(page)) == {"PAG-20"}


def test_unknown_headers_are_accepted():
    assert findings(with_line(PAGE, "X-Cache", "hit")) == {}
    assert SERVER in PAGE.response.headers


@pytest.mark.parametrize("target", ["?x=1", "messages?x=1", urlsplit(PAGE.request.url).path, PAGE.request.url])
def test_a_link_may_have_any_form_that_leads_to_the_list(target):
    assert set(findings(linked(FIRST, CURRENT, f'<{target}>; rel="next"'))) <= {"PAG-24"}


def test_the_path_in_a_finding_has_the_names_of_its_parameters():
    """Their values are names that the run made, which mean nothing to a reader."""
    path = urlsplit(PAGE.request.url).path
    (found,) = findings(linked(FIRST, CURRENT, f'<{path}/more?a=1>; rel="next"'))["PAG-03"]

    assert path.startswith("/channels/conf-")
    assert found.received == "a link with the relation next to /channels/{channel_id}/messages/more"
