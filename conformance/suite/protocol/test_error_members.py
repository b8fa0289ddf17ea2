"""ERR: the message and the link of an error, compared with its headers and its code."""

from __future__ import annotations

from conformance.facts import facts
from conformance.model import SHOULD, Clause
from conformance.requirement import requirement
from conformance.suite.steps.endpoints import DEVICE, MESSAGES
from conformance.suite.steps.messages import channel_of
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import NOBODY

REFUSED = [f"GET {MESSAGES}", f"GET {DEVICE}"]
MESSAGE = Clause("#/components/headers/ErrorMessage/description", "The error message.")
LINK = Clause("#/components/schemas/Error/properties/href/description", "Link to help with error.")


def refusals(target: Target) -> list[Answer]:
    """Three errors with different codes."""
    return [
        target.get(MESSAGES, channel_id=channel_of(target), query={"limit": "abc"}),
        target.get(MESSAGES, channel_id=channel_of(target), principal=NOBODY),
        target.get(DEVICE, device_id=target.names.fresh("device")),
    ]


@requirement(
    "ERR-64",
    SHOULD,
    "The header x-ably-errormessage and the message of the error body agree",
    clause=MESSAGE,
    operations=REFUSED,
    needs={"credentials", "push", "documentation"},
)
def test_the_messages_agree(target: Target) -> None:
    others = {
        answer.body["error"]["code"]: agree(
            *answer.response.lines("x-ably-errormessage"), answer.body["error"]["message"]
        )
        for answer in refusals(target)
    }

    assert facts(messages_agree_by_code=others) == facts(messages_agree_by_code=dict.fromkeys(others, True))


def agree(*texts: str) -> bool:
    """Whether one text begins with the other. A header may be cut, and shows other than ASCII in another way."""
    words = ["".join(filter(str.isalpha, text.encode("ascii", "ignore").decode())) for text in texts]
    return len(words) > 1 and all(words) and (words[0].startswith(words[-1]) or words[-1].startswith(words[0]))


@requirement(
    "ERR-65",
    SHOULD,
    "The href of an error, if present, is a link that ends with the error code",
    clause=LINK,
    operations=REFUSED,
    needs={"credentials", "push", "documentation"},
)
def test_the_link_names_the_code(target: Target) -> None:
    errors = [answer.body["error"] for answer in refusals(target)]

    linked = {
        each["code"]: each["href"].startswith("https://") and each["href"].endswith(f"/{each['code']}")
        for each in errors
        if "href" in each
    }
    assert facts(links_with_their_code=linked) == facts(links_with_their_code=dict.fromkeys(linked, True))
