"""STA: the status of a channel, and the enumeration of active channels."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.facts import Facts, facts
from conformance.model import MSGPACK, MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.channels import METRICS, ODD, enumerated, group, has, metrics, name_of, pages_of, used
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
    pointer("get", CHANNELS, "parameters", "by", "description"),
    "just channel names (by=id) or ChannelDetails (by=value)",
)
PREFIX = Clause(
    pointer("get", CHANNELS, "parameters", "prefix", "description"),
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
def test_the_status_returns_the_channel_name(target: Target) -> None:
    channel = target.names.fresh("channel")

    answer = target.get(CHANNEL, channel_id=channel)

    assert answer.status == 200
    assert answer.body["channelId"] == channel


@requirement(
    "STA-02",
    MUST,
    "The status of a channel returns a name with special characters unchanged as channelId",
    clause=NAME,
    operations=STATUS,
    needs={"documentation"},
)
def test_the_status_returns_a_name_with_special_characters(target: Target) -> None:
    channel = f"{target.names.fresh('channel')}:{ODD}"

    answer = target.get(CHANNEL, channel_id=channel)

    assert answer.body["channelId"] == channel


@requirement(
    "STA-03",
    MUST,
    "The status of an unused channel returns 200 with a boolean isActive",
    clause=METADATA,
    operations=STATUS,
    needs={"documentation"},
)
def test_an_unused_channel_has_a_status(target: Target) -> None:
    answer = target.get(CHANNEL, channel_id=target.names.fresh("channel"))

    assert answer.status == 200
    is_active = answer.body["status"]["isActive"]
    assert facts(isActive_is_boolean=isinstance(is_active, bool)) == facts(isActive_is_boolean=True)


@requirement(
    "STA-04",
    MUST,
    "All occupancy metrics of an idle channel are the integer 0",
    clause=COUNTED,
    operations=STATUS,
    needs={"documentation"},
)
def test_the_metrics_of_an_idle_channel_are_zero(target: Target) -> None:
    found = metrics(target.get(CHANNEL, channel_id=target.names.fresh("channel")).body)

    occupancy = {name: found.get(name) for name in METRICS}
    assert occupancy == dict.fromkeys(METRICS, 0)
    types_of_metrics = {type(each) for each in occupancy.values()}
    assert types_of_metrics == {int}


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

    assert facts(channelId=packed["channelId"], metrics=metrics(packed)) == facts(
        channelId=channel, metrics=metrics(plain)
    )


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
    answer = target.get(CHANNEL, channel_id=presence_channel)

    assert metrics(answer.body)["presenceMembers"] == len(MEMBERS)


@requirement(
    "STA-08",
    MUST,
    "Reading the status of a channel publishes no message to it",
    clause=METADATA,
    operations=STATUS,
    needs=NEEDS,
)
def test_reading_the_status_publishes_nothing(target: Target) -> None:
    channel = target.names.fresh("channel")
    arranged(target.get(CHANNEL, channel_id=channel))

    history = target.get(MESSAGES, channel_id=channel)
    assert facts(status=history.status, messages=history.body) == facts(status=200, messages=[])


@requirement(
    "STA-10",
    MUST,
    "Channel enumeration with by=id lists each active channel by its name",
    clause=ENUMERATE,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_used_channels_are_enumerated(target: Target) -> None:
    mine = group(target.names, "1", "2")
    used(target, *mine.names)

    channels = enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    assert set(channels) == set(mine.names)


@requirement(
    "STA-11",
    MUST,
    "Channel enumeration lists names with special characters unchanged",
    clause=NAME,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_names_with_special_characters_are_enumerated_unchanged(target: Target) -> None:
    mine = group(target.names, ODD, ODD.upper())
    used(target, *mine.names)

    channels = enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    assert set(channels) == set(mine.names)


@requirement(
    "STA-12",
    MUST,
    "Channel enumeration returns names for by=id and channel details for by=value",
    clause=BY,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_by_chooses_names_or_details(target: Target) -> None:
    mine = group(target.names, "1")
    used(target, *mine.names)

    by_id = enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)
    by_value = enumerated(target, has(*mine.names), by="value", prefix=mine.prefix)

    assert facts(
        channels_listed_by_id={name_of(each) for each in by_id},
        types_of_items_listed_by_id={type(each) for each in by_id},
        channels_listed_by_value={name_of(each) for each in by_value},
        types_of_items_listed_by_value={type(each) for each in by_value},
    ) == facts(
        channels_listed_by_id=set(mine.names),
        types_of_items_listed_by_id={str},
        channels_listed_by_value=set(mine.names),
        types_of_items_listed_by_value={dict},
    )


@requirement(
    "STA-13",
    MUST,
    "Channel enumeration with a prefix lists only channels whose name starts with it",
    clause=PREFIX,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_a_prefix_excludes_other_channels(target: Target) -> None:
    mine = group(target.names, "x1", "x2")
    # These contain the prefix elsewhere, in other case, or only in part.
    similar = (f"{target.names.fresh('near')}:{mine.prefix}x1", f"{mine.prefix}X3", mine.prefix, mine.prefix[:-1])
    used(target, *mine.names, *similar)

    channels = enumerated(target, has(*mine.names), by="id", prefix=f"{mine.prefix}x")

    assert set(channels) == set(mine.names)


@requirement(
    "STA-14",
    MUST,
    "The prefix of a channel enumeration is matched literally, not as a pattern",
    clause=PREFIX,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_a_prefix_is_not_a_pattern(target: Target) -> None:
    mine = group(target.names, *(f"{each}c" for each in PATTERNS), "axc")
    used(target, *mine.names)

    channels: dict[str, set[Json]] = {}
    for each in PATTERNS:
        prefix = f"{mine.prefix}{each}"
        channels[f'prefix "{each}" lists'] = set(enumerated(target, has(f"{prefix}c"), by="id", prefix=prefix))

    assert channels == {f'prefix "{each}" lists': {f"{mine.prefix}{each}c"} for each in PATTERNS}


PATTERNS = ("a.", "a_", "a%")
"""Prefixes that end in a wildcard of regular expressions or of SQL."""


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

    statuses = {page.status for page in pages}
    channels: Json = next((page.body for page in pages if page.body != []), [])
    assert facts(statuses=statuses, channels=channels) == facts(statuses={200}, channels=[])


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
def test_the_pages_of_the_enumeration_contain_every_channel(target: Target, by: str, limit: int) -> None:
    mine, others = group(target.names, *"1234"), group(target.names, *"1234")
    # In turn, so that a next link without the prefix leads to the other channels.
    used(target, *(name for pair in zip(mine.names, others.names, strict=True) for name in pair))

    listed = enumerated(target, has(*mine.names), by=by, prefix=mine.prefix, limit=str(limit))

    # Two pages may list the same channel (rest-api, channel enumeration).
    channels = sorted({name_of(each) for each in listed})
    assert channels == list(mine.names)
    types_of_items = {type(each) for each in listed}
    assert types_of_items == ({str} if by == "id" else {dict})


@requirement(
    "STA-17",
    MUST,
    "No page of the channel enumeration has more items than the limit",
    clause=LIMIT,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_no_page_exceeds_the_limit(target: Target) -> None:
    mine = group(target.names, "1", "2", "3")
    used(target, *mine.names)
    enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    pages = pages_of(target, query={"by": "id", "prefix": mine.prefix, "limit": "2"})

    items_on_the_longest_page = max(len(page.body) for page in pages)
    assert items_on_the_longest_page <= 2


@requirement(
    "STA-18",
    SHOULD,
    "No page of the channel enumeration lists a channel twice",
    clause=ENUMERATE,
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_a_page_lists_no_channel_twice(target: Target) -> None:
    mine = group(target.names, "1", "2")
    used(target, *mine.names, *mine.names)

    enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    pages = pages_of(target, query={"by": "id", "prefix": mine.prefix})

    repeated_channels = [name for page in pages for name, times in Counter(list(page.body)).items() if times > 1]
    assert repeated_channels == []


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
    mine = group(target.names, "1")
    used(target, *mine.names)

    enumerated(target, has(*mine.names), by="id", prefix=mine.prefix)

    # Only the first page, because a next link need not keep the header; the page may be empty.
    first, *_ = pages_of(target, query={"prefix": mine.prefix}, headers={"X-Ably-Version": version})

    types_of_items = {type(each) for each in first.body}
    assert types_of_items <= {kind}


@requirement(
    "STA-20",
    SHOULD,
    "Channel enumeration rejects an unknown value of by with a 4xx status",
    clause=Clause(pointer("get", CHANNELS, "parameters", "by", "schema", "enum"), "value"),
    operations=LIST,
    needs={"documentation"},
)
def test_an_unknown_by_is_rejected(target: Target) -> None:
    answer = pages_of(target, query={"by": "colour"})[0]

    assert is_rejected(answer), f"status {answer.status}"


@requirement(
    "STA-21",
    SHOULD,
    "Occupancy metrics in the channel enumeration equal those of the channel's status",
    clause=BY,
    operations=[*WITH_PUBLISH, *STATUS],
    needs=NEEDS,
)
def test_enumerated_metrics_equal_those_of_the_status(target: Target) -> None:
    mine = group(target.names, "1")
    used(target, *mine.names)

    listed = enumerated(target, has(*mine.names), by="value", prefix=mine.prefix)
    status = target.get(CHANNEL, channel_id=mine.names[0])

    expected = metrics(status.body)
    for each in listed:
        assert metrics(each) == expected


@requirement(
    "STA-22",
    SHOULD,
    "The name of a channel in its status, if present, equals its channelId",
    clause=Clause("ably/ably-php tests/ChannelStatusTest", "name and channelId are both the name of the channel"),
    operations=STATUS,
    needs={"documentation"},
)
def test_the_name_of_a_channel_is_its_channel_id(target: Target) -> None:
    channel = f"{target.names.fresh('channel')}:{ODD}"

    status = target.get(CHANNEL, channel_id=channel).body

    assert facts(name=status.get("name", channel), channelId=status["channelId"]) == facts(
        name=channel, channelId=channel
    )


@requirement(
    "STA-23",
    SHOULD,
    "An unknown query parameter changes nothing in the channel enumeration",
    clause=Clause("ably/specification features RSC7", "clients of later versions may send more parameters"),
    operations=WITH_PUBLISH,
    needs=NEEDS,
)
def test_an_unknown_parameter_changes_no_enumeration(target: Target) -> None:
    assert enumeration_with(target, colour="red") == facts(unlisted_channels=0)


def enumeration_with(target: Target, **query: str) -> Facts:
    """How many of two active channels an enumeration with these query parameters does not list."""
    mine = group(target.names, "1", "2")
    used(target, *mine.names)

    listed = enumerated(target, has(*mine.names), by="id", prefix=mine.prefix, **query)

    return facts(unlisted_channels=len(set(mine.names) - set(listed)))
