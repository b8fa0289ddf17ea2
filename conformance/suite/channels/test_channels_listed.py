"""STA: the details of a listed channel, and prefixes that a server may decode in another way."""

from __future__ import annotations

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.channels import enumerated, group, has, metrics, used
from conformance.suite.steps.endpoints import CHANNEL, CHANNELS, MESSAGES, pointer
from conformance.suite.steps.presence import NEEDS as PRESENCE_NEEDS
from conformance.target.client import Target

LIST = [f"GET {CHANNELS}", f"POST {MESSAGES}"]
NEEDS = ("state", "documentation")
ACTIVE = Clause(pointer("get", CHANNELS, "description"), "Enumerate all active channels of the application")
PREFIX = Clause(
    pointer("get", CHANNELS, "parameters", "prefix", "description"), "whose name starts with the given prefix"
)
CONNECTIONS = Clause(
    "#/components/schemas/Occupancy/properties/publishers/description", "The number of connections attached"
)


@requirement(
    "STA-61",
    MUST,
    "A channel in the enumeration has isActive true",
    clause=ACTIVE,
    operations=LIST,
    needs=NEEDS,
)
def test_a_listed_channel_is_active(target: Target) -> None:
    mine = group(target.names, "1", "2")
    used(target, *mine.names)

    def are_active(items: list[Json]) -> bool:
        return has(*mine.names)(items) and all(each["status"]["isActive"] for each in items)

    listed = enumerated(target, are_active, by="value", prefix=mine.prefix)

    assert facts(isActive={each["status"]["isActive"] for each in listed}) == facts(isActive={True})


@requirement(
    "STA-62",
    MUST,
    "The prefix of a channel enumeration is percent-decoded once, and an encoded + is no blank",
    clause=PREFIX,
    operations=LIST,
    needs=NEEDS,
)
def test_a_prefix_is_decoded_once(target: Target) -> None:
    endings = ("a+b", "a b", "a%2Bb", "a%20b")
    mine = group(target.names, *endings)
    used(target, *mine.names)

    found = {
        f'prefix "{each}" lists': set(
            enumerated(target, has(f"{mine.prefix}{each}"), by="id", prefix=mine.prefix + each)
        )
        for each in endings
    }

    assert found == {f'prefix "{each}" lists': {f"{mine.prefix}{each}"} for each in endings}


@requirement(
    "STA-63",
    SHOULD,
    "The name of a channel in the enumeration, if present, is its channelId",
    clause=Clause("ably/specification features CHD2", "channelId and name of a channel are the same"),
    operations=LIST,
    needs=NEEDS,
)
def test_a_listed_channel_has_one_name(target: Target) -> None:
    mine = group(target.names, "1")
    used(target, *mine.names)

    listed = enumerated(target, has(*mine.names), by="value", prefix=mine.prefix)

    names = {each.get("name", each["channelId"]) for each in listed}
    assert names == set(mine.names)


@requirement(
    "STA-64",
    SHOULD,
    "A channel that is used over REST alone has no connections, publishers and subscribers",
    clause=CONNECTIONS,
    operations=[f"GET {CHANNEL}", f"POST {MESSAGES}"],
    needs=NEEDS,
)
def test_rest_occupies_no_channel(target: Target) -> None:
    channel = target.names.fresh("channel")
    used(target, channel)
    target.poll(MESSAGES, channel_id=channel, until=lambda answer: bool(answer.body))

    found = metrics(target.get(CHANNEL, channel_id=channel).body)

    counted = ("connections", "publishers", "subscribers", "presenceConnections", "presenceMembers")
    assert {name: found.get(name) for name in counted} == dict.fromkeys(counted, 0)


@requirement(
    "STA-65",
    SHOULD,
    "A channel with presence members is in the enumeration",
    clause=ACTIVE,
    operations=[f"GET {CHANNELS}"],
    needs=PRESENCE_NEEDS,
)
def test_a_channel_with_members_is_listed(target: Target, presence_channel: str) -> None:
    listed = enumerated(target, has(presence_channel), by="id", prefix=presence_channel)

    assert facts(channel_is_listed=presence_channel in listed) == facts(channel_is_listed=True)
