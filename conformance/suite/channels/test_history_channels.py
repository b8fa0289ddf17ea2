"""HIS: channel names in history, to the letter, and the separation of channels."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.facts import facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import MESSAGES, pointer
from conformance.suite.steps.messages import BOTH, channel_of, data_of, history, holds, kept, publish, published
from conformance.suite.steps.timeline import ids_of, walked
from conformance.target.answer import seen
from conformance.target.client import Target

OF_A_CHANNEL = Clause(pointer("get", MESSAGES, "description"), "Get message history for a channel")
CASE = Clause("ably/docs channels", "channel names are case sensitive")
SLASH = Clause("ably/ably-python test/ably/rest/restchannelpublish_test", "a channel name may hold a slash")
UNICODE = Clause("ably/ably-ruby spec/acceptance/rest/channel_spec", "a channel name need not be ASCII")
STATE = ("state",)
ODD = st.text("/:%?#+&= ;,@!'()$~^|.-_éß☃😀日\u05d0", min_size=1, max_size=8)
"""Characters that a path must percent-encode, or that a server may misread in a path."""


@requirement(
    "HIS-40",
    MUST,
    "Publish and history accept channel names with URL-reserved and non-ASCII characters",
    clause=UNICODE,
    operations=BOTH,
    needs=STATE,
)
@given(odd=ODD)
@example(odd="/:%?#+&= ")
@example(odd="é☃😀\u05d0")
def test_a_channel_is_found_by_its_name(target: Target, odd: str) -> None:
    channel = f"{channel_of(target)}{odd}end"

    answer = publish(target, channel, {"data": channel})
    assert answer.status == 201

    stored = history(target, channel)
    assert facts(messages=data_of(stored.body)) == facts(messages=[channel])


@requirement(
    "HIS-41",
    MUST,
    "Channels whose names share a prefix or suffix have separate histories",
    clause=OF_A_CHANNEL,
    operations=BOTH,
    needs=STATE,
)
def test_channels_with_similar_names_have_separate_histories(target: Target) -> None:
    name = channel_of(target)
    similar = [name, f"{name}:child", f"{name}/child", f"{name}:child:child", f"{name}x", f"x{name}"]
    for each in similar:
        publish(target, each, {"data": each})

    assert histories(target, similar) == {f'"{each}" has messages of': [each] for each in similar}


@requirement(
    "HIS-42",
    MUST,
    "Channels whose names differ only in case have separate histories",
    clause=CASE,
    operations=BOTH,
    needs=STATE,
)
def test_channel_names_are_case_sensitive(target: Target) -> None:
    name = channel_of(target)
    cases = [f"{name}-case", f"{name}-CASE", f"{name}-Case"]
    for each in cases:
        publish(target, each, {"data": each})

    assert histories(target, cases) == {f'"{each}" has messages of': [each] for each in cases}


@requirement(
    "HIS-43",
    MUST,
    "A channel name in the path is percent-decoded once, and + is not read as a space",
    clause=SLASH,
    operations=BOTH,
    needs=STATE,
)
def test_a_channel_name_is_decoded_once(target: Target) -> None:
    base = channel_of(target)
    names = [f"{base}/c", f"{base}%2Fc", f"{base}+c", f"{base} c", f"{base}%20c"]
    for each in names:
        publish(target, each, {"data": each})

    assert histories(target, names) == {f'"{each}" has messages of': [each] for each in names}


@requirement(
    "HIS-44",
    MUST,
    "The next link works for a channel name with URL-reserved and non-ASCII characters",
    clause=SLASH,
    operations=BOTH,
    needs=STATE,
)
def test_next_links_work_for_a_name_with_special_characters(target: Target) -> None:
    channel = f"{channel_of(target)}/a:b c?d#e%f&g=☃"
    publish(target, channel, [{"data": str(number)} for number in range(3)])
    whole = seen(history(target, channel, 3, query={}), holds(1))

    expected = ids_of([whole])

    pages = walked(target, lambda: target.get(MESSAGES, channel_id=channel, query={"limit": "2"}), expected)

    assert ids_of(pages) == expected


@requirement(
    "HIS-45",
    SHOULD,
    "A publish response returns the channel name percent-decoded",
    clause=Clause("ably/docs rest-api, publish", "channel: the channel that was published to"),
    operations=[f"POST {MESSAGES}"],
)
def test_a_publish_response_returns_the_decoded_name(target: Target) -> None:
    channel = f"{channel_of(target)}/a:b c?☃"

    answer = publish(target, channel, {"data": "text"})

    assert answer.body.get("channel") == channel


@requirement(
    "HIS-46",
    MUST,
    "A message is in the history of its own channel only",
    clause=OF_A_CHANNEL,
    operations=BOTH,
    needs=STATE,
)
@given(targets=st.lists(st.integers(0, 2), min_size=2, max_size=6))
def test_a_message_is_in_one_channel(target: Target, targets: list[int]) -> None:
    channels = [channel_of(target) for _ in range(3)]
    for number, index in enumerate(targets):
        published(target, channels[index], {"data": str(number)})

    for each, channel in enumerate(channels):
        sent = [str(number) for number, index in enumerate(targets) if index == each]
        stored = history(target, channel, len(sent))
        assert facts(messages=data_of(stored.body)) == facts(messages=sent)


def histories(target: Target, channels: list[str]) -> dict[str, list[Json]]:
    """The data of all messages by channel."""
    return {f'"{each}" has messages of': data_of(kept(target, each)) for each in channels}
