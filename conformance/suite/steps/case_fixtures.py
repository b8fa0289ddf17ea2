"""Creates the channel and the device that generated cases refer to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from conformance.cases.binding import CaseFixtures
from conformance.errors import ForbiddenError, Inconclusive
from conformance.run.worker import Worker
from conformance.target.answer import arranged
from conformance.target.client import Target


def create_case_fixtures(worker: Worker) -> CaseFixtures:
    """The fixtures of one worker; the channel and the device are created when the first case needs them."""
    target, run_config = worker.target, worker.run_config
    names, key, offers = target.names, run_config.keys.get("full"), set(run_config.profile.target.offers)
    channel, device = names.fresh("channel"), names.fresh("device")
    return CaseFixtures(
        key.name if key else "app.key",
        lambda: int(target.clock.time() * 1000) + run_config.skew,
        made_once(target, channel, _create_channel) if "state" in offers else lambda: channel,
        run_config.presence_channel or names.fresh("channel"),
        made_once(target, device, _create_device) if {"state", "push"} <= offers else lambda: device,
        dict(run_config.profile.path_values),
    )


def made_once(target: Target, name: str, create: Callable[[Target, str], None]) -> Callable[[], str]:
    @cache
    def refusal() -> str:
        try:
            with target.arranging():
                create(target, name)
        except Inconclusive as reason:
            return str(reason)
        return ""

    def made() -> str:
        if refusal():
            raise Inconclusive(refusal())
        return name

    return made


def _create_channel(target: Target, channel: str) -> None:
    """Publish the messages that generated cases read; a channel without any can be read as well."""
    with suppress(ForbiddenError):
        for number in range(3):
            message = {"name": "greeting", "data": f"hello {number}", "clientId": "conf-client"}
            arranged(target.post("/channels/{channel_id}/messages", message, channel_id=channel))


def _create_device(target: Target, id_: str) -> None:
    """Register the device and subscribe it to a channel, where the application has one with push enabled."""
    device = {
        "id": id_,
        "platform": "ios",
        "formFactor": "phone",
        "push": {"recipient": {"transportType": "apns", "deviceToken": "conf-device-token"}},
    }
    arranged(target.put("/push/deviceRegistrations/{device_id}", device, device_id=id_))
    with suppress(ForbiddenError):
        subscription = {"channel": target.names.push_channel(), "deviceId": id_}
        arranged(target.post("/push/channelSubscriptions", subscription))
