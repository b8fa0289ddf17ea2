"""TOK: a token may do what it was asked for and its key may do too. The key of these scenarios has five resources."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import MUST, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Examiner
from conformance.suite.steps.capability import canonical, intersection
from conformance.suite.steps.endpoints import MESSAGES, TOKENS
from conformance.suite.steps.operations import Room
from conformance.suite.steps.tokens import Issuer, capability, issuer_of, standing
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.provisioning import KEYS

NEEDS = {"credentials", "provisioning"}
REQUEST = [f"POST {TOKENS}"]
MIXED = KEYS["mixed"]["capability"]
NOTHING_LEFT = (401, 40160)
MALFORMED = (400, 40000)

JS_SUITE = "ably/ably-js test/rest/capability.test"
PYTHON_SUITE = "ably/ably-python test/ably/rest/restcapability_test"
INTERSECTION = Clause(JS_SUITE, "the capability of a token is the intersection of the request's and the key's")
OWN = Clause(JS_SUITE, "without a capability the token has that of its key")
DISJOINT = Clause(PYTHON_SUITE, "an empty intersection is refused: 401 with 40160")
INVALID = Clause(PYTHON_SUITE, "an invalid capability is refused: 400 with 40000")
CANONICAL = Clause("ably/docs token-request-spec, parameters", "no white-space; channels and operations in order")


@pytest.fixture(scope="module")
def mixed(examiner: Examiner) -> Issuer:
    return issuer_of(examiner, "mixed")


def granted(issuer: Issuer, asked: Json) -> Json:
    """The capability of a token for which this one is asked, or what the refusal says."""
    answer = issuer.ask(issuer.request(capability=json.dumps(asked)))
    return json.loads(answer.body["capability"]) if answer.status // 100 == 2 else standing(answer)


def sorted_lists(capability: Json) -> Json:
    return {resource: sorted(operations) for resource, operations in capability.items()}


@requirement(
    "TOK-61",
    MUST,
    "A token for which no capability is asked has that of its key",
    clause=OWN,
    operations=REQUEST,
    needs=NEEDS,
)
def test_without_a_wish_it_is_the_keys(mixed: Issuer) -> None:
    details = mixed.issue()

    assert sorted_lists(json.loads(details["capability"])) == sorted_lists(MIXED)


@requirement(
    "TOK-62",
    MUST,
    "A token for which the capability of its key is asked has it",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_the_keys_own_is_granted(mixed: Issuer) -> None:
    own = {name: operations for name, operations in MIXED.items() if not name.startswith("area")}

    assert sorted_lists(granted(mixed, own)) == sorted_lists(own)


@requirement(
    "TOK-63",
    MUST,
    "Operations that the key does not have are left out of a token",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_operations_are_narrowed(mixed: Issuer) -> None:
    assert granted(mixed, {"both": ["presence", "subscribe"]}) == {"both": ["subscribe"]}


@requirement(
    "TOK-64",
    MUST,
    "Channels that the key does not have are left out of a token",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_channels_are_narrowed(mixed: Issuer) -> None:
    assert granted(mixed, {"both": ["subscribe"], "elsewhere": ["subscribe"]}) == {"both": ["subscribe"]}


@requirement(
    "TOK-65",
    MUST,
    "A token has no more than it was asked for, though its key may do everything",
    clause=INTERSECTION,
    operations=REQUEST,
    needs={"credentials"},
)
def test_a_token_gets_no_more_than_was_asked(issuer: Issuer) -> None:
    asked = {"onlythischannel": ["subscribe"]}

    assert granted(issuer, asked) == asked


@requirement(
    "TOK-66",
    MUST,
    "A token for every operation has those of its key on that channel",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_every_operation_is_every_one_of_the_key(mixed: Issuer) -> None:
    assert granted(mixed, {"both": ["*"]}) == {"both": ["publish", "subscribe"]}


@requirement(
    "TOK-67",
    MUST,
    "A token of a key with every operation has those that were asked for",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_key_for_everything_grants_what_is_asked(mixed: Issuer) -> None:
    assert granted(mixed, {"any": ["publish", "subscribe"]}) == {"any": ["publish", "subscribe"]}


@pytest.mark.parametrize("asked", ["cansubscribe", "cansubscribe:check", "cansubscribe:*"])
@requirement(
    "TOK-68",
    MUST,
    "A channel or a namespace that a wildcard of the key covers is granted as it was asked",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_wildcard_of_the_key_grants_a_channel(examiner: Examiner, asked: str) -> None:
    subscriber = issuer_of(examiner, "subscriber")

    assert granted(subscriber, {asked: ["subscribe"]}) == {asked: ["subscribe"]}


@requirement(
    "TOK-69",
    MUST,
    "A namespace of the key grants a channel in it",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_namespace_of_the_key_grants_a_channel(mixed: Issuer) -> None:
    assert granted(mixed, {"area:check": ["publish"]}) == {"area:check": ["publish"]}


@pytest.mark.parametrize(
    "asked",
    [{"listen": ["publish"]}, {"elsewhere": ["publish"]}, {"areas:x": ["publish"]}],
    ids=["other operation", "other channel", "other namespace"],
)
@requirement(
    "TOK-70",
    MUST,
    "A token request of which the key may do nothing is refused with 401 and code 40160",
    clause=DISJOINT,
    operations=REQUEST,
    needs=NEEDS,
)
def test_nothing_in_common_is_refused(mixed: Issuer, asked: Json) -> None:
    assert granted(mixed, asked) == NOTHING_LEFT


@pytest.mark.parametrize(
    "asked",
    [{"channel": ["publish_"]}, {"channel": ["*", "publish"]}, {"channel": []}],
    ids=["unknown operation", "* and another", "no operation"],
)
@requirement(
    "TOK-71",
    MUST,
    "A capability with unknown, mixed or no operations is refused with 400 and code 40000",
    clause=INVALID,
    operations=REQUEST,
    needs={"credentials"},
)
def test_a_malformed_capability_is_refused(issuer: Issuer, asked: Json) -> None:
    assert granted(issuer, asked) == MALFORMED


@pytest.mark.parametrize("text", ["{", '["publish"]', "publish"], ids=["cut", "a list", "a word"])
@requirement(
    "TOK-72",
    MUST,
    "A capability that is no JSON object is refused with 400",
    clause=Clause("ably/ably-common protocol/errors.json", "40000: bad request, as for an invalid capability"),
    operations=REQUEST,
    needs={"credentials"},
)
def test_a_capability_is_an_object(issuer: Issuer, text: str) -> None:
    answer = issuer.ask(issuer.request(capability=text))

    assert answer.status == 400


@requirement(
    "TOK-73",
    MUST,
    "The capability of a token is answered in its canonical text",
    clause=CANONICAL,
    operations=REQUEST,
    needs={"credentials"},
)
def test_the_text_is_canonical(issuer: Issuer) -> None:
    asked = {"private": ["subscribe", "publish", "presence"], "chat:*": ["subscribe", "history"], "*": ["stats"]}

    details = issuer.issue(capability=json.dumps(asked))

    assert details["capability"] == canonical(asked)


@requirement(
    "TOK-74",
    MUST,
    "The capability of a key is answered in its canonical text",
    clause=CANONICAL,
    operations=REQUEST,
    needs=NEEDS,
)
def test_the_text_of_the_key_is_canonical(mixed: Issuer) -> None:
    details = mixed.issue()

    assert details["capability"] == canonical(MIXED)


def history(target: Target, issuer: Issuer, channel: str, **members: Json) -> Answer:
    return target.get(MESSAGES, channel_id=channel, principal=issuer.bearer("token of a narrow key", **members))


@pytest.mark.parametrize("asked", [None, capability("*", "*")], ids=["nothing asked", "everything asked"])
@requirement(
    "TOK-75",
    MUST,
    "A token may not do what its key may not, whatever was asked",
    clause=Clause("ably/docs auth, token capabilities", "can, at most, match the capabilities of the issuing API key"),
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_token_may_no_more_than_its_key(target: Target, examiner: Examiner, room: Room, asked: Json) -> None:
    answer = history(target, issuer_of(examiner, "publisher"), room.channel, capability=asked)

    assert standing(answer) == (401, 40160)


WORDS = ("history", "presence", "publish", "subscribe")
OPERATIONS = st.one_of(st.just(["*"]), st.lists(st.sampled_from(WORDS), min_size=1, unique=True))
CAPABILITIES = st.dictionaries(
    st.sampled_from(["both", "listen", "any", "area:check", "elsewhere", "both:inner"]), OPERATIONS, min_size=1
)


@requirement(
    "TOK-76",
    MUST,
    "The capability of a token is the intersection of what was asked and what the key may do",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
@given(asked=CAPABILITIES)
def test_a_capability_is_an_intersection(mixed: Issuer, examiner: Examiner, asked: Json) -> None:
    examiner.begin()

    found = granted(mixed, asked)

    assert found == (intersection(asked, MIXED) or NOTHING_LEFT)
