"""SUB: query parameters that the three push lists do not know."""

from __future__ import annotations

import pytest

from conformance.facts import Facts, facts
from conformance.model import SHOULD, Clause, Json
from conformance.requirement import requirement
from conformance.suite.steps.devices import NEEDS, Subscribed
from conformance.suite.steps.endpoints import DEVICES, PUSH_CHANNELS, SUBSCRIPTIONS
from conformance.target.answer import Answer
from conformance.target.client import Target

LISTS = (DEVICES, SUBSCRIPTIONS, PUSH_CHANNELS)
OPERATIONS = [f"GET {path}" for path in LISTS]
each_list = pytest.mark.parametrize("path", LISTS)


def list_with(target: Target, path: str, of: Subscribed, **query: str) -> Facts:
    """The status of a list that contains a device, its subscription or its channel, and whether it does."""
    filters = {DEVICES: {"deviceId": of.id}, SUBSCRIPTIONS: {"deviceId": of.id}, PUSH_CHANNELS: {"limit": "1000"}}

    def contains_the_item(answer: Answer) -> bool:
        return bool(named(answer) & {of.id, of.channel})

    answer = target.poll(path, query={**filters[path], **query}, until=contains_the_item)
    return facts(status=answer.status, contains_the_item=contains_the_item(answer))


def named(answer: Answer) -> set[Json]:
    """The names of channels and the ids of devices in a list."""
    items = answer.body if isinstance(answer.body, list) else []
    return {each if isinstance(each, str) else each.get("deviceId", each.get("id")) for each in items}


@each_list
@requirement(
    "SUB-52",
    SHOULD,
    "An unknown query parameter changes nothing in a list of devices or subscriptions",
    clause=Clause("ably/specification features RSC7", "clients of later versions may send more parameters"),
    operations=OPERATIONS,
    needs=NEEDS,
)
def test_an_unknown_parameter_changes_no_push_list(target: Target, subscribed_device: Subscribed, path: str) -> None:
    assert list_with(target, path, subscribed_device, colour="red") == facts(status=200, contains_the_item=True)
