"""What the generated cases read: made once by the suite."""

from __future__ import annotations

import time

from conformance.cases.binding import PUSH_ENABLED, World
from conformance.run.worker import Examiner
from conformance.target.answer import arranged
from conformance.target.client import Target


def world_of(examiner: Examiner) -> World:
    """Something to read for the generated cases. Raises Inconclusive when the target refuses to hold it."""
    target, situation = examiner.target, examiner.situation
    names, key = target.names, situation.keys.get("full")
    world = World(
        key.name if key else "app.key",
        int(time.time() * 1000) + situation.skew,
        names.fresh("channel"),
        situation.presence_channel or names.fresh("channel"),
        names.fresh("device"),
    )
    offers = situation.profile.target.offers
    with target.arranging():
        if "state" in offers:
            furnish_channel(world, target)
        if {"state", "push"} <= set(offers):
            furnish_device(world, target)
    return world


def furnish_channel(world: World, target: Target) -> None:
    """Publish what is read there. Raises Inconclusive when the target refuses."""
    for number in range(3):
        message = {"name": "greeting", "data": f"hello {number}", "clientId": "conf-client"}
        arranged(target.post("/channels/{channel_id}/messages", message, channel_id=world.channel))


def furnish_device(world: World, target: Target) -> None:
    """Register and subscribe the device. Raises Inconclusive when the target refuses."""
    device = {
        "id": world.device,
        "platform": "ios",
        "formFactor": "phone",
        "push": {"recipient": {"transportType": "apns", "deviceToken": "conf-device-token"}},
    }
    arranged(target.put("/push/deviceRegistrations/{device_id}", device, device_id=world.device))
    subscription = {"channel": f"{PUSH_ENABLED}:{target.names.fresh()}", "deviceId": world.device}
    arranged(target.post("/push/channelSubscriptions", subscription))
