"""Devices and subscriptions as the scenarios make them, and what is compared of them when they come back."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from conformance.aim import PUSH_ENABLED
from conformance.model import Json
from conformance.suite.paths import DEVICE, SUBSCRIPTIONS
from conformance.target import Answer, Target, arranged

PLATFORMS = ("ios", "android", "browser")
FORM_FACTORS = ("phone", "tablet", "desktop", "tv", "watch", "car", "embedded", "other")
TRANSPORTS = (
    {"transportType": "apns", "deviceToken": "conf-apns-device-token"},
    {"transportType": "fcm", "registrationToken": "conf-fcm-registration-token"},
    {"transportType": "gcm", "registrationToken": "conf-gcm-registration-token"},
)


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
        "push": {"recipient": TRANSPORTS[0]},
        **members,
    }


def devices() -> st.SearchStrategy[Json]:
    """Whole devices without an id, over everything that the documentation lets a registration choose."""
    words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12)
    return st.fixed_dictionaries(
        {
            "platform": st.sampled_from(PLATFORMS),
            "formFactor": st.sampled_from(FORM_FACTORS),
            "push": st.sampled_from(TRANSPORTS).map(lambda recipient: {"recipient": recipient}),
        },
        optional={"metadata": st.dictionaries(words, words, max_size=3)},
    )


def saved(body: Json, sent: Json) -> Json:
    """Of what came back, the members that were sent: a server may add members of its own, also in the recipient."""
    if not isinstance(sent, dict) or not isinstance(body, dict):
        return body
    return {name: saved(body.get(name), value) for name, value in sent.items()}


def registered(target: Target, sent: Json) -> Json:
    """Set-up: the device is registered, or nothing was judged."""
    with target.arranging():
        arranged(target.put(DEVICE, sent, device_id=sent["id"]))
    return sent


def push_channel(target: Target) -> str:
    """A fresh channel in the namespace that push is enabled for."""
    return f"{PUSH_ENABLED}:{target.names.fresh('channel')}"


def subscribed(target: Target, channel: str, device_id: str) -> Subscribed:
    with target.arranging():
        arranged(target.post(SUBSCRIPTIONS, {"channel": channel, "deviceId": device_id}))
    return Subscribed(device_id, channel)


def is_gone(answer: Answer) -> bool:
    return answer.status == 404


def names(answer: Answer, channel: str) -> bool:
    """Whether a list of channel names has this one."""
    return isinstance(answer.body, list) and channel in answer.body
