"""Choices of push: what answers hold beside the documented, statuses, what is refused and how."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.choices.mark import choice
from conformance.reference.device_rules import DeviceRules
from conformance.reference.device_tokens import DeviceTokens
from conformance.reference.devices import Devices
from conformance.reference.errors import Refusal, bad_request, unauthorized
from conformance.reference.paging import Entry
from conformance.reference.push_publish import PushPublish
from conformance.reference.state import App, Device, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply

STATUSES = "ably/docs rest-api: no document says which success it is"


@choice(permitted_by="ably/ably-js test/rest/push.test: an item of a list includes what was saved")
class SecretsInLists(Devices):
    """A list shows the secrets of devices."""

    def summary(self, device: Device) -> dict[str, Json]:
        secret = {"deviceSecret": device.secret} if device.secret is not None else {}
        return {**super().summary(device), **secret}


@choice(permitted_by="ably/docs rest-api, push: an update token is answered to a registration and to a reset")
class UpdateTokenToldOnce(Devices):
    """The update token is told to who registers a device and to who resets it, and to nobody else."""

    def get(self, call: Call) -> Reply:
        return without_token(super().get(call))

    def put(self, call: Call) -> Reply:
        return without_token(super().put(call))

    def patch(self, call: Call) -> Reply:
        return without_token(super().patch(call))

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        return replace(reply, body=[{n: v for n, v in item.items() if n != "updateToken"} for item in reply.body])


def without_token(reply: Reply) -> Reply:
    return replace(reply, body={name: value for name, value in reply.body.items() if name != "updateToken"})


@choice(permitted_by="ably/ably-python ably/types/device: appId and modified are members that an SDK takes")
class MoreDeviceMembers(Devices):
    """A device names its application and when it was modified, and has metadata though none were sent."""

    def summary(self, device: Device) -> dict[str, Json]:
        return {"metadata": {}, **super().summary(device), "appId": "appId1", "modified": device.position}


@choice(permitted_by="ably/docs rest-api, push: an update token is opaque")
class ShortUpdateTokens(DeviceTokens):
    """An update token is a few hexadecimal digits."""

    def update_token(self, caller: Caller, device_id: str, client_id: str | None) -> str:
        text = secrets.token_hex(8)
        self.issue(caller, text, device_id, client_id)
        return text


@choice(permitted_by=STATUSES)
class OtherDeviceStatuses(Devices):
    """A registration with POST is answered with 200, one with PUT with 201."""

    def register(self, call: Call) -> Reply:
        return replace(super().register(call), status=200)

    def put(self, call: Call) -> Reply:
        return replace(super().put(call), status=201)


@choice(permitted_by="ably/docs rest-api, push: only clientId, metadata and push.recipient can be updated")
class FormFactorStays(DeviceRules):
    """The form factor of a device cannot be changed."""

    def require_same_identity(self, body: Mapping[str, Json], device: Device) -> None:
        super().require_same_identity(body, device)
        if not self.is_same(body.get("formFactor"), device.fields["formFactor"]):
            raise self.immutable("formFactor")


@choice(permitted_by="ably/ably-php tests/PushDeviceRegistrationsTest: a PUT may change more than is documented")
class PlatformMayChange(DeviceRules):
    """A PUT may change the platform of a device."""

    def require_same_identity(self, body: Mapping[str, Json], device: Device) -> None:
        super().require_same_identity({name: value for name, value in body.items() if name != "platform"}, device)


@choice(permitted_by="ably/docs rest-api, patch: what a device that is not there is answered is written nowhere")
class PatchOfNobodyIsBadRequest(Devices):
    """A change of a device that is not there is refused with 400."""

    def patch(self, call: Call) -> Reply:
        try:
            return super().patch(call)
        except Refusal as refusal:
            raise bad_request(refusal.message) if refusal.status == 404 else refusal from None


@choice(permitted_by="ably/docs rest-api, put: what two ids mean is written nowhere")
class PathIdWins(DeviceRules):
    """An id in the body that differs from the path is ignored."""

    def require_same_id(self, body: Mapping[str, Json], device_id: str) -> None:
        del body, device_id


@choice(permitted_by="ably/ably-common protocol/errors.json: 40000 is the general bad request")
class GeneralCodeForIds(DeviceRules):
    """A registration without an id has the general code of a bad request."""

    def id(self, body: Mapping[str, Json]) -> str:
        try:
            return super().id(body)
        except Refusal as refusal:
            raise bad_request(refusal.message) from None


@choice(permitted_by="openapi.yaml, GET /push/deviceRegistrations: nothing forbids both filters there")
class BothDeviceFilters(Devices):
    """A list by deviceId and clientId holds what satisfies both."""

    def refuse_both(self, query: Mapping[str, str]) -> None:
        del query

    def matches(self, device: Device, query: Mapping[str, str]) -> bool:
        return (
            query.get("deviceId", device.id) == device.id
            and query.get("clientId", device.client_id) == device.client_id
        )


@choice(permitted_by="ably/docs rest-api, push: no order of a list is given")
class OtherDeviceOrder(Devices):
    """Devices are listed by nothing that shows."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        return sorted((scattered(device.id), device) for _, device in super().matching(app, query))


@choice(permitted_by="ably/docs rest-api, push: no order of a list is given")
class OtherSubscriptionOrder(Subscriptions):
    """Subscriptions, and the channels that have some, are listed by nothing that shows."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        found = [item for _, item in super().matching(app, query)]
        return sorted((scattered(item.channel, item.device_id, item.client_id), item) for item in found)

    def subscribed_channels(self, app: App) -> list[Entry]:
        return sorted((scattered(channel), channel) for _, channel in super().subscribed_channels(app))


def scattered(*words: str | None) -> int:
    """A place of its own for everything, that stays."""
    return int.from_bytes(blake2b(repr(words).encode(), digest_size=7).digest())


@choice(permitted_by="ably/docs rest-api, put: the body is a whole device, its id included")
class IdIsPartOfTheBody(DeviceRules):
    """A PUT without an id in its body is refused, and so is a PATCH with one."""

    def require_same_id(self, body: Mapping[str, Json], device_id: str) -> None:
        if "id" not in body and "platform" in body:
            raise bad_request("the device has no id", 40015)
        super().require_same_id(body, device_id)

    def require_patchable(self, body: Mapping[str, Json]) -> None:
        if "id" in body:
            raise bad_request("a patch of a device cannot change id")
        super().require_patchable(body)


@choice(permitted_by="ably/docs rest-api, post: the answer is the device with an updateToken")
class NoIdentityToken(Devices):
    """A registration is answered without an identity token."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        return replace(reply, body={n: v for n, v in reply.body.items() if n != "deviceIdentityToken"})


@choice(permitted_by="ably/docs rest-api, post: what a known id is answered is written nowhere")
class KnownIdIsNotPosted(Devices):
    """A POST of a device that is registered is refused."""

    def register(self, call: Call) -> Reply:
        if call.object_body().get("id") in call.caller.app.devices:
            raise bad_request("the device is registered")
        return super().register(call)


@choice(permitted_by=STATUSES)
class SubscribingIsOk(Subscriptions):
    """A subscription is answered with 200."""

    def subscribe(self, call: Call) -> Reply:
        return replace(super().subscribe(call), status=200)


@choice(permitted_by="ably/docs rest-api, subscribe: a success returns an empty object")
class SubscribingAnswersNothing(Subscriptions):
    """A subscription is answered with an empty object."""

    def subscribe(self, call: Call) -> Reply:
        return replace(super().subscribe(call), body={})


@choice(permitted_by="ably/ably-ruby spec/acceptance/rest/push_admin_spec: a channel without push is unauthorized")
class OtherCodeWithoutPush(Subscriptions):
    """A channel that push is not enabled for is refused with 40160."""

    def require_push_enabled(self, app: App, channel: str) -> None:
        try:
            super().require_push_enabled(app, channel)
        except Refusal as refusal:
            raise unauthorized(40160, refusal.message) from None


@choice(permitted_by="ably/ably-python ably/types/channelsubscription: appId is a member that an SDK takes")
class MoreSubscriptionMembers(Subscriptions):
    """A subscription names its application."""

    def details(self, item: Subscription) -> Json:
        return {**super().details(item), "appId": "appId1"}


@choice(permitted_by="ably/docs rest-api, unsubscribe: channel is a filter of its own")
class UnsubscribingWholeChannels(Subscriptions):
    """A channel alone is a filter: all of its subscriptions are removed."""

    def unsubscribe(self, call: Call) -> Reply:
        query = call.query
        if "channel" not in query or "deviceId" in query or "clientId" in query:
            return super().unsubscribe(call)
        self.access.require_push_admin(call.caller, query["channel"])
        for _, item in self.matching(call.caller.app, query):
            self.remove(call.caller.app, item)
        return Reply(204)


@choice(permitted_by="ably/docs rest-api, push publish: the answer is empty; SDKs take any success")
class PushAnswersAnObject(PushPublish):
    """A push is answered with 201 and an empty object."""

    def publish(self, call: Call) -> Reply:
        super().publish(call)
        return Reply(201, {})


@choice(permitted_by="ably/docs rest-api, push publish: the answer is empty; SDKs take any success")
class PushIsOk(PushPublish):
    """A push is answered with 200 and an empty object."""

    def publish(self, call: Call) -> Reply:
        super().publish(call)
        return Reply(200, {})


@choice(permitted_by="ably/docs rest-api, push publish: the payload stands at the top level")
class NestedPayloadUnknown(PushPublish):
    """A payload inside of a member push is no payload."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return super().payload({name: value for name, value in body.items() if name != "push"})
