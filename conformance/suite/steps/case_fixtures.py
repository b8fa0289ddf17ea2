"""Creates the channel and the device that generated cases refer to."""

from __future__ import annotations

import time

from conformance.cases.binding import PUSH_ENABLED, CaseFixtures
from conformance.run.worker import Worker
from conformance.target.answer import arranged
from conformance.target.client import Target


def create_case_fixtures(worker: Worker) -> CaseFixtures:
    """Create them once for each worker. Raises Inconclusive when the target rejects the set-up."""
    target, run_config = worker.target, worker.run_config
    names, key = target.names, run_config.keys.get("full")
    case_fixtures = CaseFixtures(
        key.name if key else "app.key",
        int(time.time() * 1000) + run_config.skew,
        names.fresh("channel"),
        run_config.presence_channel or names.fresh("channel"),
        names.fresh("device"),
    )
    offers = run_config.profile.target.offers
    with target.arranging():
        if "state" in offers:
            _create_channel(case_fixtures, target)
        if {"state", "push"} <= set(offers):
            _create_device(case_fixtures, target)
    return case_fixtures


def _create_channel(case_fixtures: CaseFixtures, target: Target) -> None:
    """Publish the messages that generated cases read."""
    for number in range(3):
        message = {"name": "greeting", "data": f"hello {number}", "clientId": "conf-client"}
        arranged(target.post("/channels/{channel_id}/messages", message, channel_id=case_fixtures.channel))


def _create_device(case_fixtures: CaseFixtures, target: Target) -> None:
    """Register the device and subscribe it to a channel."""
    device = {
        "id": case_fixtures.device,
        "platform": "ios",
        "formFactor": "phone",
        "push": {"recipient": {"transportType": "apns", "deviceToken": "conf-device-token"}},
    }
    arranged(target.put("/push/deviceRegistrations/{device_id}", device, device_id=case_fixtures.device))
    subscription = {"channel": f"{PUSH_ENABLED}:{target.names.fresh()}", "deviceId": case_fixtures.device}
    arranged(target.post("/push/channelSubscriptions", subscription))
