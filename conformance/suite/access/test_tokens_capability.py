"""TOK: the capability of a token is what was requested and its key has.

Most tests use the key "mixed", whose capability has five resources.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.facts import Facts, facts
from conformance.model import MUST, SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.answers import is_accepted, rejection, status_and_code
from conformance.suite.steps.endpoints import MESSAGES, TOKENS
from conformance.suite.steps.operations import Fixtures
from conformance.suite.steps.tokens import Issuer, capability, issuer_of
from conformance.target.capability import canonical, granted, in_order, intersection
from conformance.target.client import Target
from conformance.target.provisioning import KEYS

NEEDS = {"credentials", "provisioning"}
REQUEST = [f"POST {TOKENS}"]
MIXED = KEYS["mixed"]["capability"]

JS_SUITE = "ably/ably-js test/rest/capability.test"
PYTHON_SUITE = "ably/ably-python test/ably/rest/restcapability_test"
INTERSECTION = Clause(JS_SUITE, "the capability of a token is the intersection of the request's and the key's")
OWN = Clause(JS_SUITE, "a token requested without a capability has that of its key")
DISJOINT = Clause(PYTHON_SUITE, "an empty intersection is refused: 401 with 40160")
INVALID = Clause(PYTHON_SUITE, "an invalid capability is refused: 400 with 40000")
CANONICAL = Clause("ably/docs token-request-spec, parameters", "no whitespace; channels and operations are sorted")


@pytest.fixture(scope="module")
def mixed(worker: Worker) -> Issuer:
    return issuer_of(worker, "mixed")


def requested(issuer: Issuer, asked: Json) -> Facts:
    """The outcome of a token request for a capability, to be compared with `grant(...)` or `refusal(...)`."""
    answer = issuer.ask(issuer.request(capability=json.dumps(asked)))
    if is_accepted(answer):
        return facts(status="2xx", error_code=None, capability=granted(answer.body))
    return facts(**status_and_code(answer), capability=None)


def grant(capability: Json) -> Facts:
    """A new token with this capability; the status is any 2xx."""
    return facts(status="2xx", error_code=None, capability=in_order(capability))


def refusal(status: int, error_code: int) -> Facts:
    return facts(**rejection(status, error_code), capability=None)


NOTHING_IN_COMMON = refusal(401, 40160)


@requirement(
    "TOK-61",
    MUST,
    "A token requested without a capability gets the capability of its key",
    clause=OWN,
    operations=REQUEST,
    needs=NEEDS,
)
def test_the_default_is_the_capability_of_the_key(mixed: Issuer) -> None:
    details = mixed.issue()

    assert facts(capability=granted(details)) == facts(capability=in_order(MIXED))


@requirement(
    "TOK-62",
    MUST,
    "A requested capability that equals part of the key's capability is granted unchanged",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_part_of_the_capability_of_the_key_is_granted(mixed: Issuer) -> None:
    own = {name: operations for name, operations in MIXED.items() if not name.startswith("area")}

    assert requested(mixed, own) == grant(own)


@requirement(
    "TOK-63",
    MUST,
    "Requested operations that the key lacks are omitted from the token's capability",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_operations_that_the_key_lacks_are_omitted(mixed: Issuer) -> None:
    assert requested(mixed, {"both": ["presence", "subscribe"]}) == grant({"both": ["subscribe"]})


@requirement(
    "TOK-64",
    MUST,
    "Requested channels that the key lacks are omitted from the token's capability",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_channels_that_the_key_lacks_are_omitted(mixed: Issuer) -> None:
    asked = {"both": ["subscribe"], "elsewhere": ["subscribe"]}

    assert requested(mixed, asked) == grant({"both": ["subscribe"]})


@requirement(
    "TOK-65",
    MUST,
    "A token of an unrestricted key gets only the requested capability",
    clause=INTERSECTION,
    operations=REQUEST,
    needs={"credentials"},
)
def test_a_token_has_no_more_than_was_requested(issuer: Issuer) -> None:
    asked = {"onlythischannel": ["subscribe"]}

    assert requested(issuer, asked) == grant(asked)


@requirement(
    "TOK-66",
    MUST,
    "A token request for the operation * gets the key's operations on that channel",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_the_operation_wildcard_is_every_operation_of_the_key(mixed: Issuer) -> None:
    assert requested(mixed, {"both": ["*"]}) == grant({"both": ["publish", "subscribe"]})


@requirement(
    "TOK-67",
    MUST,
    "A key with the operation * grants the requested operations on that channel",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_key_with_the_operation_wildcard_grants_what_is_requested(mixed: Issuer) -> None:
    assert requested(mixed, {"any": ["publish", "subscribe"]}) == grant({"any": ["publish", "subscribe"]})


@pytest.mark.parametrize("asked", ["cansubscribe", "cansubscribe:check", "cansubscribe:*"])
@requirement(
    "TOK-68",
    MUST,
    "A channel or namespace covered by the key's resource * is granted as requested",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_wildcard_of_the_key_grants_a_channel(worker: Worker, asked: str) -> None:
    subscriber = issuer_of(worker, "subscriber")

    assert requested(subscriber, {asked: ["subscribe"]}) == grant({asked: ["subscribe"]})


@requirement(
    "TOK-69",
    MUST,
    "A channel in a namespace covered by the key's capability is granted as requested",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_namespace_of_the_key_grants_a_channel(mixed: Issuer) -> None:
    assert requested(mixed, {"area:check": ["publish"]}) == grant({"area:check": ["publish"]})


@pytest.mark.parametrize(
    "asked",
    [{"listen": ["publish"]}, {"elsewhere": ["publish"]}, {"areas:x": ["publish"]}],
    ids=["other operation", "other channel", "other namespace"],
)
@requirement(
    "TOK-70",
    MUST,
    "A requested capability with no overlap with the key's is rejected with 401 and code 40160",
    clause=DISJOINT,
    operations=REQUEST,
    needs=NEEDS,
)
def test_a_capability_without_overlap_is_rejected(mixed: Issuer, asked: Json) -> None:
    assert requested(mixed, asked) == NOTHING_IN_COMMON


@pytest.mark.parametrize(
    "asked",
    [{"channel": ["publish_"]}, {"channel": ["*", "publish"]}, {"channel": []}],
    ids=["unknown operation", "* and another", "no operation"],
)
@requirement(
    "TOK-71",
    MUST,
    "An invalid operation list in a capability is rejected with 400 and error code 40000",
    clause=INVALID,
    operations=REQUEST,
    needs={"credentials"},
)
def test_an_invalid_operation_list_is_rejected(issuer: Issuer, asked: Json) -> None:
    assert requested(issuer, asked) == refusal(400, 40000)


@pytest.mark.parametrize("text", ["{", '["publish"]', "publish"], ids=["truncated JSON", "a list", "a word"])
@requirement(
    "TOK-72",
    MUST,
    "A capability that is not a JSON object is rejected with 400",
    clause=Clause("ably/ably-common protocol/errors.json", "40000: bad request, as for an invalid capability"),
    operations=REQUEST,
    needs={"credentials"},
)
def test_a_capability_is_an_object(issuer: Issuer, text: str) -> None:
    answer = issuer.ask(issuer.request(capability=text))

    assert answer.status == 400


@requirement(
    "TOK-73",
    SHOULD,
    "A requested capability is returned in canonical JSON: sorted, without whitespace",
    clause=CANONICAL,
    operations=REQUEST,
    needs={"credentials"},
)
def test_a_requested_capability_is_canonical(issuer: Issuer) -> None:
    asked = {"private": ["subscribe", "publish", "presence"], "chat:*": ["subscribe", "history"], "*": ["stats"]}

    details = issuer.issue(capability=json.dumps(asked))

    assert details["capability"] == canonical(asked)


@requirement(
    "TOK-74",
    SHOULD,
    "A capability inherited from the key is returned in canonical JSON: sorted, no whitespace",
    clause=CANONICAL,
    operations=REQUEST,
    needs=NEEDS,
)
def test_an_inherited_capability_is_canonical(mixed: Issuer) -> None:
    details = mixed.issue()

    assert details["capability"] == canonical(MIXED)


@pytest.mark.parametrize("asked", [None, capability("*", "*")], ids=["no capability", "every capability"])
@requirement(
    "TOK-75",
    MUST,
    "A token used for an operation that its key lacks is rejected with 401 and code 40160",
    clause=Clause(
        "ably/docs auth, token capabilities", "a token can, at most, match the capabilities of the issuing API key"
    ),
    operations=[*REQUEST, f"GET {MESSAGES}"],
    needs=NEEDS,
)
def test_a_token_may_no_more_than_its_key(target: Target, worker: Worker, fixtures: Fixtures, asked: Json) -> None:
    token = issuer_of(worker, "publisher").bearer("a token of a key that may only publish", capability=asked)

    answer = target.get(MESSAGES, channel_id=fixtures.channel, principal=token)

    assert status_and_code(answer) == rejection(401, 40160)


WORDS = ("history", "presence", "publish", "subscribe")
OPERATIONS = st.one_of(st.just(["*"]), st.lists(st.sampled_from(WORDS), min_size=1, unique=True))
CAPABILITIES = st.dictionaries(
    st.sampled_from(["both", "listen", "any", "area:check", "elsewhere", "both:inner"]), OPERATIONS, min_size=1
)


@requirement(
    "TOK-76",
    MUST,
    "A token's capability is the intersection of the requested capability and the key's",
    clause=INTERSECTION,
    operations=REQUEST,
    needs=NEEDS,
)
@given(asked=CAPABILITIES)
def test_a_capability_is_an_intersection(mixed: Issuer, asked: Json) -> None:
    found = requested(mixed, asked)

    common = intersection(asked, MIXED)
    assert found == (grant(common) if common else NOTHING_IN_COMMON)
