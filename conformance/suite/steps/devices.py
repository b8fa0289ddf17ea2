"""Devices and subscriptions as the scenarios make them, and what is compared of them when they come back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.cases.binding import PUSH_ENABLED
from conformance.model import JSON, Json
from conformance.suite.steps.endpoints import DEVICE, SUBSCRIPTIONS
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target

NEEDS = ("state", "push")
IN_MSGPACK = (*NEEDS, "msgpack")
"""What a target has to offer before push can be judged, and before it can be judged in MessagePack."""

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
    """A registered device and the one channel that it is subscribed to."""

    id: str
    channel: str


def device(id_: str, **members: Json) -> Json:
    """The smallest whole device."""
    return {
        "id": id_,
        "platform": "ios",
        "formFactor": "phone",
        "push": {"recipient": APPLE},
        **members,
    }


def devices() -> st.SearchStrategy[Json]:
    """Whole devices without an id, over everything that the documentation lets a registration choose."""
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


def secret(target: Target) -> str:
    """A fresh deviceSecret: a SHA-256 digest in base64, as the documentation wants it."""
    digest = hashlib.sha256(target.names.fresh("secret").encode()).digest()
    return base64.b64encode(digest).decode()


def saved(body: Json, sent: Json) -> Json:
    """Of what came back, the members that were sent: a server may add members of its own, also in the recipient."""
    if not isinstance(sent, dict) or not isinstance(body, dict):
        return body
    return {name: saved(body.get(name), value) for name, value in sent.items()}


def registered(target: Target, sent: Json) -> Json:
    """Set-up: the device is registered and can be read, or nothing was judged."""
    with target.arranging():
        arranged(target.put(DEVICE, sent, device_id=sent["id"]))
        arranged(target.poll(DEVICE, device_id=sent["id"], until=is_there), accept={200})
    return sent


def read_until(target: Target, sent: Json, accept: str = JSON) -> Answer:
    """The device, read as often as patience allows until it is as it was sent."""
    return target.poll(DEVICE, device_id=sent["id"], until=is_as(sent), accept=accept)


def push_channel(target: Target) -> str:
    """A fresh channel in the namespace that push is enabled for."""
    return f"{PUSH_ENABLED}:{target.names.fresh('channel')}"


def subscribed(target: Target, channel: str, device_id: str) -> Subscribed:
    subscribe(target, channel=channel, deviceId=device_id)
    return Subscribed(device_id, channel)


def subscribe(target: Target, **subscription: str) -> Json:
    """Set-up: the subscription is made and listed, or nothing was judged."""
    with target.arranging():
        arranged(target.post(SUBSCRIPTIONS, subscription))
        arranged(target.poll(SUBSCRIPTIONS, query=subscription, until=has_items), accept={200})
    return subscription


def everything(target: Target, first: Answer) -> list[Json]:
    """The items of a listing, over all of its pages."""
    return [item for page in target.pages(first) for item in page.body]


def is_there(answer: Answer) -> bool:
    return answer.status == 200


def is_gone(answer: Answer) -> bool:
    return answer.status == 404


def is_as(sent: Json) -> Callable[[Answer], bool]:
    return lambda answer: answer.status == 200 and bool(saved(answer.body, sent) == sent)


def has_items(answer: Answer) -> bool:
    return isinstance(answer.body, list) and bool(answer.body)


def essence(subscriptions: Json) -> set[tuple[str, str, str]]:
    """What subscriptions say, (channel, member, id), whatever their order and whatever else an item holds."""
    return {(each["channel"], *_whose(each)) for each in subscriptions}


def _whose(subscription: Json) -> tuple[str, str]:
    member = "deviceId" if "deviceId" in subscription else "clientId"
    return member, subscription[member]
