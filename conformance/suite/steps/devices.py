"""Push devices and channel subscriptions: sample data, set-up steps, and the facts that tests compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.contract.templates import fill
from conformance.model import JSON, Call, Json
from conformance.suite.steps.answers import items_of
from conformance.suite.steps.endpoints import DEVICE, RESET, SUBSCRIPTIONS
from conformance.target.answer import Answer, arranged, seen
from conformance.target.client import Target

NEEDS = ("state", "push")
IN_MSGPACK = (*NEEDS, "msgpack")
"""What a target has to offer for tests of push, and for tests of push in MessagePack."""

PLATFORMS = ("ios", "android", "browser")
FORM_FACTORS = ("phone", "tablet", "desktop", "tv", "watch", "car", "embedded", "other")

APPLE: dict[str, Json] = {
    "transportType": "apns",
    "deviceToken": "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad",
}
OTHER_APPLE = {**APPLE, "deviceToken": APPLE["deviceToken"][::-1]}
GOOGLE: dict[str, Json] = {"transportType": "fcm", "registrationToken": "conf-fcm-registration-token-0123456789"}
OLD_GOOGLE = {**GOOGLE, "transportType": "gcm"}
BROWSER: dict[str, Json] = {
    "transportType": "web",
    "targetUrl": "https://push.example.com/conf0001",
    "publicVapidKey": "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs",
    "encryptionKey": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
TRANSPORTS = (APPLE, GOOGLE, OLD_GOOGLE, BROWSER)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A registered device that is subscribed to one channel."""

    id: str
    channel: str


def device(id_: str, **members: Json) -> Json:
    """A device with only the required members, and those given."""
    return {
        "id": id_,
        "platform": "ios",
        "formFactor": "phone",
        "push": {"recipient": APPLE},
        **members,
    }


def devices() -> st.SearchStrategy[Json]:
    """A strategy of devices without an id, over every documented platform, form factor and transport type."""
    words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
    clients = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)
    return st.fixed_dictionaries(
        {
            "platform": st.sampled_from(PLATFORMS),
            "formFactor": st.sampled_from(FORM_FACTORS),
            "push": st.sampled_from(TRANSPORTS).map(lambda recipient: {"recipient": recipient}),
        },
        optional={"metadata": st.dictionaries(words, words, max_size=3), "clientId": clients},
    )


def saved(body: Json, sent: Json) -> Json:
    """A received object, reduced to the members that were sent; a server may add members, also in the recipient."""
    if not isinstance(sent, dict) or not isinstance(body, dict):
        return body
    return {name: saved(body.get(name), value) for name, value in sent.items()}


def device_of(answer: Answer, sent: Json) -> Json:
    """The device in a response, reduced to the members that were sent."""
    return saved(answer.body, sent)


def registered(target: Target, sent: Json) -> Json:
    """Set-up: register a device and wait until it can be read. Raises Inconclusive if that fails."""
    is_shown = is_device(sent["id"])
    with target.arranging():
        arranged(target.put(DEVICE, sent, device_id=sent["id"]))
        read = arranged(target.settle(DEVICE, device_id=sent["id"], until=is_shown), accept={200})
        seen(read, is_shown)
    return sent


def read_until(target: Target, sent: Json, accept: str = JSON) -> Answer:
    """Read a device until it is as it was sent or polling ends; the last response."""
    return target.poll(DEVICE, device_id=sent["id"], until=is_as(sent), accept=accept)


def push_channel(target: Target) -> str:
    """The name of a fresh channel in the namespace that has push enabled."""
    return target.names.push_channel()


def subscribed(target: Target, channel: str, device_id: str) -> Subscribed:
    subscribe(target, channel=channel, deviceId=device_id)
    return Subscribed(device_id, channel)


def subscribe(target: Target, **subscription: str) -> Json:
    """Set-up: create a subscription and wait until it is listed. Raises Inconclusive if that fails."""
    with target.arranging():
        arranged(target.post(SUBSCRIPTIONS, subscription))
        listed = arranged(target.settle(SUBSCRIPTIONS, query=subscription, until=has_items), accept={200})
        seen(listed, has_items)
    return subscription


def reset(target: Target, identity: str) -> Answer:
    """Reset with GET, as in the contract; if that is answered 404 or 405, with POST, as in the documentation."""
    answer = target.get(RESET, device_id=identity)
    if answer.status not in {404, 405}:
        return answer
    return target.send(Call("POST", fill(RESET, {"device_id": identity}), headers=(("Accept", JSON),)))


def everything(target: Target, first: Answer) -> list[Json]:
    """The items of all pages of a list."""
    return [item for page in target.pages(first) for item in items_of(page)]


def is_there(answer: Answer) -> bool:
    return answer.status == 200


def is_device(identity: str) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("id") == identity


def is_gone(answer: Answer) -> bool:
    return answer.status == 404


def is_as(sent: Json) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and bool(saved(answer.body, sent) == sent)


def has_items(answer: Answer) -> bool:
    return isinstance(answer.body, list) and bool(answer.body)


def device_ids(items: Json) -> list[str]:
    """The ids of listed devices, in their order."""
    return [each["id"] for each in items]


def essence(subscriptions: Iterable[Json]) -> set[tuple[str, str, str]]:
    """The channel, member name and id of each subscription, without other members and without order."""
    return {_essence(each) for each in subscriptions}


def subscriptions_of(items: Iterable[Json]) -> set[str]:
    """The `essence` of subscriptions as phrases: "deviceId device-1 on channel-2"."""
    return {subscription_in_words(each) for each in items}


def subscription_in_words(item: Json) -> str:
    channel, member, identity = _essence(item)
    return f"{member} {identity} on {channel}"


def _essence(subscription: Json) -> tuple[str, str, str]:
    member = "deviceId" if "deviceId" in subscription else "clientId"
    return subscription["channel"], member, subscription[member]
