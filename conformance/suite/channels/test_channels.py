"""STA: what a channel says of itself, and which channels there are."""

from __future__ import annotations

import pytest

from conformance.model import MSGPACK, MUST, SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.channels import COUNTERS, ODD, enumerated, group, has, metrics, name_of, pages_of, used
from conformance.suite.steps.endpoints import CHANNEL, CHANNELS, MESSAGES, pointer
from conformance.suite.steps.presence import NEEDS as FIXTURES
from conformance.target.answer import arranged
from conformance.target.client import Target
from conformance.target.provisioning import MEMBERS

STATUS = [f"GET {CHANNEL}"]
LIST = [f"GET {CHANNELS}"]
WITH_PUBLISH = [*LIST, f"POST {MESSAGES}"]
NEEDS = ("state", "documentation")
NAME = Clause(
    "#/components/schemas/ChannelDetails/properties/channelId/description", "The required name of the channel"
)
METADATA = Clause(pointer("get", CHANNEL, "description"), "Get metadata of a channel")
ACTIVE = Clause("#/components/schemas/ChannelStatus/properties/isActive/description", "whether the channel")
COUNTED = Clause("ably/specification features CHM2", "the metrics of a channel's occupancy are integers")
ENUMERATE = Clause(pointer("get", CHANNELS, "description"), "Enumerate all active channels of the application")
BY = Clause(
    pointer("get", CHANNELS, "parameters", "2", "description"),
    "just channel names (by=id) or ChannelDetails (by=value)",
)
PREFIX = Clause(
    pointer("get", CHANNELS, "parameters", "1", "description"),
    "only those channels whose name starts with the given prefix",
)
LIMIT = Clause("ably/docs rest-api, channel enumeration", "limit: the maximum number of items per page")
NEXT = Clause("ably/docs rest-api, channel enumeration", "a page may be short; next links continue until there is none")


@requirement(
    "STA-01",
    MUST,
    "The status of a channel returns 200 with the channel name as channelId",
    clause=NAME,
    operations=STATUS,
    needs={"documentation"},
)
def test_the_status_names_the_channel(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = target.get(CHANNEL, channel_id=channel)

    assert (answer.status, answer.body["channelId"]) == (200, channel)


@requirement(
    "STA-02",
    MUST,
    "The status of a channel returns a name with special characters unchanged as channelId",
    clause=NAME,
    operations=STATUS,
    needs={"documentation"},
)
def test_the_status_names_an_odd_channel(target: Target) -> None:
    channel = f"{target.names.fresh('channel')}:{ODD}"

    assert target.get(CHANNEL, channel_id=channel).body["channelId"] == channel


@requirement(
    "STA-03",
    MUST,
    "The status of an unused channel returns 200 with a boolean isActive",
    clause=METADATA,
    operations=STATUS,
    needs={"documentation"},
)
def test_a_channel_that_was_never_used_has_a_status(target: Target) -> None:
    answer = target.get(CHANNEL, channel_id=target.names.fresh("channel"))

    assert (answer.status, isinstance(answer.body["status"]["isActive"], bool)) == (200, True)


@requirement(
    "STA-04",
    MUST,
    "All occupancy metrics of an idle channel are the integer 0",
    clause=COUNTED,
    operations=STATUS,
    needs={"documentation"},
)
def test_nobody_is_on_an_idle_channel(target: Target) -> None:
    counted = metrics(target.get(CHANNEL, channel_id=target.names.fresh("channel")).body)

    assert [(name, counted.get(name)) for name in COUNTERS] == [(name, 0) for name in COUNTERS]
    assert {type(counted[name]) for name in COUNTERS} == {int}


@requirement(
    "STA-05",
    MUST,
    "A channel has isActive true after a message is published to it",
    clause=ACTIVE,
    operations=STATUS,
    needs=NEEDS,
)
def test_a_used_channel_is_active(target: Target) -> None:
    channel = target.names.fresh("channel")
    used(target, channel)

    answer = target.poll(CHANNEL, until=lambda each: each.body["status"]["isActive"], channel_id=channel)

    assert answer.body["status"]["isActive"] is True


@requirement(
    "STA-06",
    MUST,
    "Channel status in MessagePack has the same channelId and metrics as in JSON",
    clause=Clause("ably/ably-js test/rest/status.test", "the status is read in JSON and in MessagePack"),
    operations=STATUS,
    needs={"documentation", "msgpack"},
)
def test_the_status_is_the_same_in_msgpack(target: Target) -> None:
    channel = target.names.fresh("channel")

    plain, packed = (target.get(CHANNEL, channel_id=channel, **how).body for how in ({}, {"accept": MSGPACK}))

    assert (packed["channelId"], metrics(packed)) == (channel, metrics(plain))


@requirement(
    "STA-07",
    SHOULD,
    "The presenceMembers metric of a channel equals the number of present members",
    clause=Clause(
        "#/components/schemas/Occupancy/properties/presenceMembers/description", "currently entered into the presence"
    ),
    operations=STATUS,
    needs=FIXTURES,
)
def test_the_status_counts_members(target: Target, presence_channel: str) -> None:
    assert metrics(target.get(CHANNEL, channel_id=presence_channel).body)["presenceMembers"] == len(MEMBERS)


@requirement(
    "STA-08",
    MUST,
    "Reading the status of a channel publishes no message to it",
    clause=METADATA,
    operations=STATUS,
    needs=NEEDS,
)
def test_asking_for_the_status_publishes_nothing(target: Target) -> None:
    channel = target.names.fresh("channel")
    arranged(target.get(CHANNEL, channel_id=channel))

    history = target.get(MESSAGES, channel_id=channel)
    assert (history.status, history.body) == (200, [])


@requirement(
    "STA-10",
    MUST,
    "Channel enumeration with by=id lists each active channel by its name",
    clause=ENUMERATE,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_used_channels_are_enumerated(target: Target) -> None:
    mine = group(target.names, "a", "b")
    used(target, *mine.names)

    assert set(enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)) == set(mine.names)


@requirement(
    "STA-11",
    MUST,
    "Channel enumeration lists names with special characters unchanged",
    clause=NAME,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_odd_names_are_enumerated_exactly(target: Target) -> None:
    mine = group(target.names, ODD, ODD.upper())
    used(target, *mine.names)

    listed = enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    assert sorted(set(listed)) == sorted(mine.names)


@requirement(
    "STA-12",
    MUST,
    "Channel enumeration returns names for by=id and channel details for by=value",
    clause=BY,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_by_chooses_names_or_details(target: Target) -> None:
    mine = group(target.names, "a")
    used(target, *mine.names)

    names = enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)
    details = enumerated(target, has(*mine.names), by="value", prefix=mine.prefix)

    assert set(names) == {each["channelId"] for each in details} == set(mine.names)


@requirement(
    "STA-13",
    MUST,
    "Channel enumeration with a prefix lists only channels whose name starts with it",
    clause=PREFIX,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_a_prefix_leaves_other_channels_out(target: Target) -> None:
    mine = group(target.names, "x1", "x2")
    # Each of these has the prefix, but not at its beginning, or not in its own letters, or not whole.
    near = (f"{target.names.fresh('near')}:{mine.prefix}x1", f"{mine.prefix}X3", mine.prefix, mine.prefix[:-1])
    used(target, *mine.names, *near)

    listed = enumerated(target, has(*mine.names), by="id", prefix=f"{mine.prefix}x")

    assert set(listed) == set(mine.names)


@requirement(
    "STA-14",
    MUST,
    "The prefix of a channel enumeration is matched literally, not as a pattern",
    clause=PREFIX,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_a_prefix_is_no_pattern(target: Target) -> None:
    mine = group(target.names, *(f"{each}b" for each in PATTERNS), "axb")
    used(target, *mine.names)
    prefixes = [f"{mine.prefix}{each}" for each in PATTERNS]

    listed = [set(enumerated(target, has(f"{each}b"), by="id", prefix=each)) for each in prefixes]

    assert listed == [{f"{each}b"} for each in prefixes]


PATTERNS = ("a.", "a_", "a%")
"""What one character or any would be in a regular expression or in SQL."""


@requirement(
    "STA-15",
    MUST,
    "Channel enumeration with a prefix that matches no channel returns 200 and an empty list",
    clause=PREFIX,
    operations=LIST,
    needs={"documentation"},
)
def test_an_unknown_prefix_has_no_channels(target: Target) -> None:
    pages = pages_of(target, query={"by": "id", "prefix": target.names.fresh("nowhere")})

    assert [(page.status, page.body) for page in pages] == [(200, [])] * len(pages)


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("by", ["id", "value"])
@requirement(
    "STA-16",
    MUST,
    "Following next links with a limit of 1 or 2 enumerates every matching channel",
    clause=NEXT,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_the_pages_of_the_enumeration_hold_every_channel(target: Target, by: str, limit: int) -> None:
    mine, others = group(target.names, "a", "b", "c", "d"), group(target.names, "a", "b", "c", "d")
    # In turn, so that whoever forgets the prefix on the way meets the others.
    used(target, *(name for pair in zip(mine.names, others.names, strict=True) for name in pair))

    listed = enumerated(target, has(*mine.names), by=by, prefix=mine.prefix, limit=str(limit))

    # A channel may stand on two pages (rest-api, channel enumeration), and none may be missing or foreign.
    assert sorted({name_of(each) for each in listed}) == list(mine.names)
    assert {type(each) for each in listed} == ({str} if by == "id" else {dict})


@requirement(
    "STA-17",
    MUST,
    "No page of the channel enumeration has more items than the limit",
    clause=LIMIT,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_no_page_exceeds_the_limit(target: Target) -> None:
    mine = group(target.names, "a", "b", "c")
    used(target, *mine.names)
    enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    pages = pages_of(target, query={"by": "id", "prefix": mine.prefix, "limit": "2"})

    assert [len(page.body) for page in pages if len(page.body) > 2] == []


@requirement(
    "STA-18",
    SHOULD,
    "No page of the channel enumeration lists a channel twice",
    clause=ENUMERATE,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_a_page_names_no_channel_twice(target: Target) -> None:
    mine = group(target.names, "a", "b")
    used(target, *mine.names, *mine.names)

    enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    pages = pages_of(target, query={"by": "id", "prefix": mine.prefix})

    assert [page.body for page in pages if len(set(page.body)) < len(page.body)] == []


@pytest.mark.parametrize(("version", "kind"), [("2", dict), ("5", str)], ids=["version 2", "version 5"])
@requirement(
    "STA-19",
    SHOULD,
    "Without by, GET /channels returns details in protocol version 2 and names in version 5",
    clause=Clause(
        "ably/docs rest-api, channel enumeration", "the default of by is value up to version 2 and id from version 3"
    ),
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_the_default_of_by_depends_on_the_version(target: Target, version: str, kind: type) -> None:
    mine = group(target.names, "a")
    used(target, *mine.names)

    enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    # Links need not keep the header, and a first page may be empty.
    first, *_ = pages_of(target, query={"prefix": mine.prefix}, headers={"X-Ably-Version": version})

    assert {type(each) for each in first.body} <= {kind}


@requirement(
    "STA-20",
    SHOULD,
    "Channel enumeration rejects an unknown value of by with a 4xx status",
    clause=Clause(pointer("get", CHANNELS, "parameters", "2", "schema", "enum"), "value"),
    operations=LIST,
    needs={"documentation"},
)
def test_an_unknown_by_is_refused(target: Target) -> None:
    answer = pages_of(target, query={"by": "colour"})[0]

    assert is_rejected(answer), answer.status


@requirement(
    "STA-21",
    SHOULD,
    "Occupancy metrics in the channel enumeration equal those of the channel's status",
    clause=BY,
    operations=[*WITH_PUBLISH, *STATUS],
    needs=NEEDS,
)
def test_enumerated_details_are_those_of_the_status(target: Target) -> None:
    mine = group(target.names, "a")
    used(target, *mine.names)

    listed = enumerated(target, has(*mine.names), by="value", prefix=mine.prefix)
    status = target.get(CHANNEL, channel_id=mine.names[0]).body

    assert [metrics(each) for each in listed] == [metrics(status)] * len(listed)
