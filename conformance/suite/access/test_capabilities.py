"""AUT: which channels match a resource of a capability, tested by reading their history."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.facts import Facts, facts
from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import is_rejected, rejection, status_and_code, status_in_words
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.tokens import Issuer, capability
from conformance.target.answer import Answer
from conformance.target.capability import allows, covers
from conformance.target.client import Target

CREDENTIALS = {"credentials"}
WILDCARDS = "ably/docs auth, resource names and wildcards"
GET_HISTORY = [f"GET {MESSAGES}"]
DENIED = rejection(401, 40160)

OPERATIONS = ("publish", "subscribe", "history")
SEGMENTS = st.sampled_from(["a", "b", "a*"])
PATTERNS = st.lists(st.one_of(SEGMENTS, st.just("*")), min_size=1, max_size=3).map(":".join)
CHANNELS = st.lists(SEGMENTS, min_size=1, max_size=4).map(":".join)


def read(target: Target, issuer: Issuer, resource: str, channel: str, *operations: str) -> Answer:
    """Read the history of a channel with a token for `history`, or the given operations, on one resource."""
    granted = operations or ("history",)
    phrase = " and ".join(sorted(granted)).replace("*", "every operation")
    token = issuer.bearer(f"a token for {phrase} on one resource", capability=capability(resource, *granted))
    return target.get(MESSAGES, channel_id=channel, principal=token)


@pytest.fixture
def root(target: Target) -> str:
    return target.names.fresh("channel")


@pytest.mark.parametrize("suffix", ["", ":a b", "/é"], ids=["root", "in a namespace", "with a slash"])
@requirement(
    "AUT-43",
    MUST,
    "A capability for one channel allows access to that channel",
    clause=Clause(WILDCARDS, "a resource can match a single channel"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_resource_matches_its_channel(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
    answer = read(target, issuer, f"{root}{suffix}", f"{root}{suffix}")

    assert answer.status == 200


@pytest.mark.parametrize("suffix", ["x", ":a", "/a"], ids=["longer", "in its namespace", "after a slash"])
@requirement(
    "AUT-44",
    MUST,
    "A capability for one channel denies a longer channel name with 401 and code 40160",
    clause=Clause(WILDCARDS, "a resource can match a single channel"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_resource_matches_no_longer_name(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
    answer = read(target, issuer, root, f"{root}{suffix}")

    assert status_and_code(answer) == DENIED


@requirement(
    "AUT-45",
    MUST,
    "A capability for one channel denies its name in upper case with 401 and code 40160",
    clause=Clause(WILDCARDS, "a resource can match a single channel"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_resource_is_case_sensitive(target: Target, issuer: Issuer, root: str) -> None:
    answer = read(target, issuer, root, root.upper())

    assert status_and_code(answer) == DENIED


@pytest.mark.parametrize("suffix", [":a", ":a:b", ":a:b:c"])
@requirement(
    "AUT-46",
    MUST,
    "A capability for namespace:* allows channels at any depth of that namespace",
    clause=Clause(WILDCARDS, "namespace:* matches namespace:channel and namespace:channel:other"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_namespace_matches_channels_at_any_depth(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
    answer = read(target, issuer, f"{root}:*", f"{root}{suffix}")

    assert answer.status == 200


@pytest.mark.parametrize(
    "name", ["{}x:a", "x:{}:a", "{}x"], ids=["longer namespace", "nested namespace", "no namespace"]
)
@requirement(
    "AUT-47",
    MUST,
    "A capability for namespace:* denies channels outside it with 401 and code 40160",
    clause=Clause(WILDCARDS, "namespace:* matches any channel in the namespace"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_namespace_matches_no_channels_outside_it(target: Target, issuer: Issuer, root: str, name: str) -> None:
    answer = read(target, issuer, f"{root}:*", name.format(root))

    assert status_and_code(answer) == DENIED


@requirement(
    "AUT-48",
    MUST,
    "A capability for foo:*:baz allows the channel foo:bar:baz",
    clause=Clause(WILDCARDS, "foo:*:baz matches foo:bar:baz"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_an_inner_wildcard_matches_one_segment(target: Target, issuer: Issuer, root: str) -> None:
    answer = read(target, issuer, f"{root}:*:baz", f"{root}:bar:baz")

    assert answer.status == 200


@pytest.mark.parametrize(
    "suffix", [":bar:bam:baz", ":bar", ":bar:bam"], ids=["two segments", "no last segment", "another last segment"]
)
@requirement(
    "AUT-49",
    MUST,
    "A capability for foo:*:baz denies foo:bar:bam:baz and foo:bar with 401 and code 40160",
    clause=Clause(WILDCARDS, "foo:*:baz does not match foo:bar:bam:baz"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_an_inner_wildcard_matches_only_one_segment(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
    answer = read(target, issuer, f"{root}:*:baz", f"{root}{suffix}")

    assert status_and_code(answer) == DENIED


@requirement(
    "AUT-50",
    MUST,
    "A capability for foo* allows the channel foo* and denies foobar with 401 and code 40160",
    clause=Clause(WILDCARDS, "foo* matches only the single channel literally called foo*"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_wildcard_within_a_segment_is_literal(target: Target, issuer: Issuer, root: str) -> None:
    literal = read(target, issuer, f"{root}*", f"{root}*")
    other = read(target, issuer, f"{root}*", f"{root}bar")

    assert literal.status == 200
    assert status_and_code(other) == DENIED


@requirement(
    "AUT-51",
    MUST,
    "A capability for * allows any channel and rejects a metachannel with a 4xx status",
    clause=Clause(WILDCARDS, "* matches any channel, but not queues and metachannels"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_the_wildcard_matches_no_metachannel(target: Target, issuer: Issuer, root: str) -> None:
    channel = read(target, issuer, "*", f"{root}:a:b")
    metachannel = read(target, issuer, "*", "[meta]log")

    assert channel.status == 200
    assert is_rejected(metachannel), f"{status_in_words(metachannel)} for a metachannel"


@requirement(
    "AUT-52",
    MUST,
    "The operation wildcard * applies to its own channel; others get 401 and code 40160",
    clause=Clause(WILDCARDS, 'wildcards are also supported for operations, as the list ["*"]'),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_the_operation_wildcard_applies_to_one_channel(target: Target, issuer: Issuer, root: str) -> None:
    own = read(target, issuer, root, root, "*")
    other = read(target, issuer, root, f"{root}x", "*")

    assert own.status == 200
    assert status_and_code(other) == DENIED


@requirement(
    "AUT-53",
    MUST,
    "An operation granted on one channel is rejected with 401 on another channel",
    clause=Clause("ably/docs auth, capabilities", "a capability is a map from resources to operations"),
    operations=[f"POST {MESSAGES}", *GET_HISTORY],
    needs={"credentials", "state"},
)
def test_an_operation_of_one_channel_is_rejected_on_another(target: Target, issuer: Issuer, root: str) -> None:
    text = f'{{"{root}a":["publish"],"{root}b":["history"]}}'
    caller = issuer.bearer("a token for publish on one channel and history on another", capability=text)

    published = [target.post(MESSAGES, {}, channel_id=f"{root}{end}", principal=caller) for end in "ab"]
    read = [target.get(MESSAGES, channel_id=f"{root}{end}", principal=caller) for end in "ab"]

    assert statuses(*(answer.status for answer in published)) == statuses(201, 401)
    assert statuses(*(answer.status for answer in read)) == statuses(401, 200)


def statuses(first: int, second: int) -> Facts:
    return facts(status_on_the_first_channel=first, status_on_the_second_channel=second)


@requirement(
    "AUT-54",
    MUST,
    "A history request returns 200 if its capability matches, otherwise 401 and code 40160",
    clause=Clause(WILDCARDS, "a wildcard replaces a whole segment; at the end it may replace many"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
@given(
    resource=PATTERNS,
    channel=CHANNELS,
    operations=st.one_of(st.just(["*"]), st.lists(st.sampled_from(OPERATIONS), min_size=1, unique=True)),
)
def test_a_capability_allows_what_the_rules_say(
    target: Target, issuer: Issuer, resource: str, channel: str, operations: list[str]
) -> None:
    # No document says whether `a:*` matches `a` too.
    assume(not (resource.endswith(":*") and covers(resource.removesuffix(":*"), channel)))

    answer = read(target, issuer, resource, channel, *operations)

    expected = facts(status=200, error_code=None) if allows({resource: operations}, "history", channel) else DENIED
    assert status_and_code(answer) == expected, (
        f"{status_in_words(answer)} for channel {channel} and resource {resource}"
    )
