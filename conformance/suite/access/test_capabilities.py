"""AUT: which channels a resource of a capability stands for. A history that is read tells whether it was meant."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.suite.steps.answers import rejection, status_and_code
from conformance.suite.steps.capability import allows, covers
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.tokens import Issuer, capability
from conformance.target.answer import Answer
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
    """The history of a channel, read with a token that has `history`, or these operations, on one resource."""
    reader = issuer.bearer("reader", capability=capability(resource, *(operations or ("history",))))
    return target.get(MESSAGES, channel_id=channel, principal=reader)


@pytest.fixture
def root(target: Target) -> str:
    return target.names.fresh("channel")


@pytest.mark.parametrize("suffix", ["", ":a b", "/é"], ids=["plain", "in a namespace", "with a slash"])
@requirement(
    "AUT-43",
    MUST,
    "A capability for one channel allows access to that channel",
    clause=Clause(WILDCARDS, "a resource can match a single channel"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_name_opens_its_channel(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
    answer = read(target, issuer, f"{root}{suffix}", f"{root}{suffix}")

    assert answer.status == 200


@pytest.mark.parametrize("suffix", ["x", ":a", "/a"], ids=["longer", "in its namespace", "behind a slash"])
@requirement(
    "AUT-44",
    MUST,
    "A capability for one channel denies a longer channel name with 401 and code 40160",
    clause=Clause(WILDCARDS, "a resource can match a single channel"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_name_opens_no_longer_one(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
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
def test_a_name_has_its_case(target: Target, issuer: Issuer, root: str) -> None:
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
def test_a_namespace_is_open_to_any_depth(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
    answer = read(target, issuer, f"{root}:*", f"{root}{suffix}")

    assert answer.status == 200


@pytest.mark.parametrize("name", ["{}x:a", "x:{}:a", "{}x"], ids=["a longer one", "an outer one", "no namespace"])
@requirement(
    "AUT-47",
    MUST,
    "A capability for namespace:* denies channels outside it with 401 and code 40160",
    clause=Clause(WILDCARDS, "namespace:* matches any channel in the namespace"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_a_namespace_ends_at_its_colon(target: Target, issuer: Issuer, root: str, name: str) -> None:
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
def test_an_inner_wildcard_is_one_segment(target: Target, issuer: Issuer, root: str) -> None:
    answer = read(target, issuer, f"{root}:*:baz", f"{root}:bar:baz")

    assert answer.status == 200


@pytest.mark.parametrize("suffix", [":bar:bam:baz", ":bar", ":bar:bam"], ids=["two segments", "no end", "other end"])
@requirement(
    "AUT-49",
    MUST,
    "A capability for foo:*:baz denies foo:bar:bam:baz and foo:bar with 401 and code 40160",
    clause=Clause(WILDCARDS, "foo:*:baz does not match foo:bar:bam:baz"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_an_inner_wildcard_is_one_segment_only(target: Target, issuer: Issuer, root: str, suffix: str) -> None:
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
def test_half_a_wildcard_is_a_character(target: Target, issuer: Issuer, root: str) -> None:
    literal = read(target, issuer, f"{root}*", f"{root}*")
    other = read(target, issuer, f"{root}*", f"{root}bar")

    assert (literal.status, status_and_code(other)) == (200, DENIED)


@requirement(
    "AUT-51",
    MUST,
    "A capability for * allows any channel and rejects a metachannel with a 4xx status",
    clause=Clause(WILDCARDS, "* matches any channel, but not queues and metachannels"),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_the_wildcard_opens_no_metachannel(target: Target, issuer: Issuer, root: str) -> None:
    channel = read(target, issuer, "*", f"{root}:a:b")
    metachannel = read(target, issuer, "*", "[meta]log")

    assert (channel.status, metachannel.status // 100) == (200, 4)


@requirement(
    "AUT-52",
    MUST,
    "The operation wildcard * applies to its own channel; others get 401 and code 40160",
    clause=Clause(WILDCARDS, 'wildcards are also supported for operations, as the list ["*"]'),
    operations=GET_HISTORY,
    needs=CREDENTIALS,
)
def test_every_operation_on_one_channel(target: Target, issuer: Issuer, root: str) -> None:
    own = read(target, issuer, root, root, "*")
    other = read(target, issuer, root, f"{root}x", "*")

    assert (own.status, status_and_code(other)) == (200, DENIED)


@requirement(
    "AUT-53",
    MUST,
    "An operation granted on one channel is rejected with 401 on another channel",
    clause=Clause("ably/docs auth, capabilities", "a capability is a map from resources to operations"),
    operations=[f"POST {MESSAGES}", *GET_HISTORY],
    needs={"credentials", "state"},
)
def test_operations_do_not_mix(target: Target, issuer: Issuer, root: str) -> None:
    text = f'{{"{root}a":["publish"],"{root}b":["history"]}}'
    caller = issuer.bearer("two-channels token", capability=text)

    published = [target.post(MESSAGES, {}, channel_id=f"{root}{end}", principal=caller).status for end in "ab"]
    read = [target.get(MESSAGES, channel_id=f"{root}{end}", principal=caller).status for end in "ab"]

    assert (published, read) == ([201, 401], [401, 200])


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
def test_a_capability_is_what_its_language_says(
    target: Target, issuer: Issuer, resource: str, channel: str, operations: list[str]
) -> None:
    # Whether `a:*` means `a` too is written nowhere.
    assume(not (resource.endswith(":*") and covers(resource.removesuffix(":*"), channel)))

    answer = read(target, issuer, resource, channel, *operations)

    expected = (200, None) if allows({resource: operations}, "history", channel) else DENIED
    assert status_and_code(answer) == expected
