"""Choices of push: additional members, statuses, and rejections that are not documented."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.choices.mark import choice
from conformance.reference.credentials import Credentials
from conformance.reference.device_rules import DeviceRules
from conformance.reference.device_tokens import DeviceTokens
from conformance.reference.devices import Devices
from conformance.reference.errors import Refusal, bad_request, unauthorized
from conformance.reference.paging import Entry
from conformance.reference.push_publish import PushPublish
from conformance.reference.state import App, Device, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.wire import Json, Reply, Request

STATUSES = "ably/docs rest-api: the success status is not documented"


@choice(permitted_by="ably/ably-js test/rest/push.test: an item of a list includes what was saved")
class SecretsInLists(Devices):
    """Includes the secrets of devices in a list."""

    def summary(self, device: Device) -> dict[str, Json]:
        secret = {"deviceSecret": device.secret} if device.secret is not None else {}
        return {**super().summary(device), **secret}


@choice(permitted_by="ably/docs rest-api, push: a registration and a reset return an update token")
class UpdateTokenToldOnce(Devices):
    """Omits the update token from all answers except those to a POST and to a reset."""

    def get(self, call: Call) -> Reply:
        return without_token(super().get(call))

    def put(self, call: Call) -> Reply:
        return without_token(super().put(call))

    def patch(self, call: Call) -> Reply:
        return without_token(super().patch(call))

    def list_devices(self, call: Call) -> Reply:
        reply = super().list_devices(call)
        return replace(reply, body=[{n: v for n, v in item.items() if n != "updateToken"} for item in reply.body])


@choice(permitted_by="ably/ably-ruby issue 167: an update token was recorded from the answer to a PUT only")
class NoUpdateTokenOnPost(Devices):
    """Omits the update token from the answer to a POST of a device."""

    def register(self, call: Call) -> Reply:
        return without_token(super().register(call))


def without_token(reply: Reply) -> Reply:
    return replace(reply, body={name: value for name, value in reply.body.items() if name != "updateToken"})


@choice(permitted_by="ably/ably-python ably/types/device: the SDK accepts appId and modified")
class MoreDeviceMembers(Devices):
    """Adds modified to devices."""

    def summary(self, device: Device) -> dict[str, Json]:
        return {**super().summary(device), "modified": device.position}


@choice(permitted_by="ably/docs rest-api, push: appId of a device is not documented")
class DevicesWithoutApp(Devices):
    """Omits appId from devices."""

    def summary(self, device: Device) -> dict[str, Json]:
        return {name: value for name, value in super().summary(device).items() if name != "appId"}


@choice(permitted_by="ably/docs rest-api, push: metadata of a device is optional")
class NoMetadataUnlessSent(DeviceRules):
    """Omits metadata from a device that was registered without it."""

    def metadata(self, body: Mapping[str, Json]) -> Json:
        return None if body.get("metadata") is None else super().metadata(body)


@choice(permitted_by="ably/docs rest-api, push: appId of a subscription is not documented")
class SubscriptionsWithoutApp(Subscriptions):
    """Omits appId from subscriptions."""

    def details(self, item: Subscription) -> Json:
        return {name: value for name, value in super().details(item).items() if name != "appId"}


@choice(permitted_by="ably/ably-ruby issue 167: a recorded PUT returned a deviceIdentityToken")
class IdentityTokenFromPut(Devices):
    """Returns a new identity token for a PUT of a device, too."""

    def put(self, call: Call) -> Reply:
        reply = super().put(call)
        device = call.caller.app.devices[call.parameter("device")]
        return replace(reply, body={**reply.body, "deviceIdentityToken": self.tokens.identity(call.caller, device)})


@choice(permitted_by="ably/docs issue 1251: the service has answered writes of a device with a state that is null")
class StateIsNullAtFirst(Devices):
    """Answers a POST, PUT and PATCH of a device with null as its state."""

    def register(self, call: Call) -> Reply:
        return with_null_state(super().register(call))

    def put(self, call: Call) -> Reply:
        return with_null_state(super().put(call))

    def patch(self, call: Call) -> Reply:
        return with_null_state(super().patch(call))


def with_null_state(reply: Reply) -> Reply:
    return replace(reply, body={**reply.body, "push": {**reply.body["push"], "state": None}})


@choice(permitted_by="ably/docs rest-api, push: an update token is opaque")
class ShortUpdateTokens(DeviceTokens):
    """Uses 16 hexadecimal digits as an update token."""

    def update_token(self, caller: Caller, device_id: str, client_id: str | None) -> str:
        text = secrets.token_hex(8)
        self.issue(caller, text, device_id, client_id)
        return text


@choice(permitted_by=STATUSES)
class OtherDeviceStatuses(Devices):
    """Answers a POST of a device with 200 and a PUT with 201."""

    def register(self, call: Call) -> Reply:
        return replace(super().register(call), status=200)

    def put(self, call: Call) -> Reply:
        return replace(super().put(call), status=201)


@choice(permitted_by="ably/docs rest-api, push: only clientId, metadata and push.recipient can be updated")
class FormFactorStays(DeviceRules):
    """Rejects a changed form factor."""

    def require_same_identity(self, body: Mapping[str, Json], device: Device) -> None:
        super().require_same_identity(body, device)
        if not self.is_same(body.get("formFactor"), device.fields["formFactor"]):
            raise self.immutable("formFactor")


@choice(permitted_by="ably/ably-php tests/PushDeviceRegistrationsTest: a PUT may change more than is documented")
class PlatformMayChange(DeviceRules):
    """Accepts a changed platform in a PUT."""

    def require_same_identity(self, body: Mapping[str, Json], device: Device) -> None:
        super().require_same_identity({name: value for name, value in body.items() if name != "platform"}, device)


@choice(permitted_by="ably/docs rest-api, patch: the answer for an unknown device is not documented")
class PatchOfNobodyIsBadRequest(Devices):
    """Answers a PATCH of an unknown device with 400 instead of 404."""

    def patch(self, call: Call) -> Reply:
        try:
            return super().patch(call)
        except Refusal as refusal:
            raise bad_request(refusal.message) if refusal.status == 404 else refusal from None


@choice(permitted_by="ably/docs rest-api, put: the meaning of two different ids is not documented")
class PathIdWins(DeviceRules):
    """Ignores an id in the body that differs from the id in the path."""

    def require_same_id(self, body: Mapping[str, Json], device_id: str) -> None:
        del body, device_id


@choice(permitted_by="ably/ably-common protocol/errors.json: 40000 is the general bad request")
class GeneralCodeForIds(DeviceRules):
    """Answers a registration without a valid id with code 40000 instead of 40015."""

    def id(self, body: Mapping[str, Json]) -> str:
        try:
            return super().id(body)
        except Refusal as refusal:
            raise bad_request(refusal.message) from None


@choice(permitted_by="openapi.yaml, GET /push/deviceRegistrations: both filters together are not forbidden")
class BothDeviceFilters(Devices):
    """Accepts deviceId together with clientId and lists the devices that match both."""

    def refuse_both(self, query: Mapping[str, str]) -> None:
        del query

    def matches(self, device: Device, query: Mapping[str, str]) -> bool:
        return (
            query.get("deviceId", device.id) == device.id
            and query.get("clientId", device.client_id) == device.client_id
        )


@choice(permitted_by="ably/docs rest-api, push: the order of a list is not documented")
class OtherDeviceOrder(Devices):
    """Lists devices in an arbitrary but stable order."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        return sorted((scattered(device.id), device) for _, device in super().matching(app, query))


@choice(permitted_by="ably/docs rest-api, push: the order of a list is not documented")
class OtherSubscriptionOrder(Subscriptions):
    """Lists subscriptions and push channels in an arbitrary but stable order."""

    def matching(self, app: App, query: Mapping[str, str]) -> list[Entry]:
        found = [item for _, item in super().matching(app, query)]
        return sorted((scattered(item.channel, item.device_id, item.client_id), item) for item in found)

    def subscribed_channels(self, app: App) -> list[Entry]:
        return sorted((scattered(channel), channel) for _, channel in super().subscribed_channels(app))


def scattered(*words: str | None) -> int:
    """A position derived from a hash: stable, and unrelated to the order of creation."""
    return int.from_bytes(blake2b(repr(words).encode(), digest_size=7).digest())


@choice(permitted_by="ably/docs rest-api, put: the body is a whole device, including its id")
class IdIsPartOfTheBody(DeviceRules):
    """Rejects a PUT without an id in its body, and a PATCH with one."""

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
    """Omits the identity token from the answer to a registration."""

    def register(self, call: Call) -> Reply:
        reply = super().register(call)
        return replace(reply, body={n: v for n, v in reply.body.items() if n != "deviceIdentityToken"})


@choice(permitted_by="ably/docs rest-api, post: the answer for a registered id is not documented")
class KnownIdIsNotPosted(Devices):
    """Rejects a POST of a device that is already registered."""

    def register(self, call: Call) -> Reply:
        if call.object_body().get("id") in call.caller.app.devices:
            raise bad_request("the device is registered")
        return super().register(call)


@choice(permitted_by=STATUSES)
class SubscribingIsOk(Subscriptions):
    """Answers a subscription request with 200 instead of 201."""

    def subscribe(self, call: Call) -> Reply:
        return replace(super().subscribe(call), status=200)


@choice(permitted_by="ably/docs rest-api, subscribe: a success returns an empty object")
class SubscribingAnswersNothing(Subscriptions):
    """Answers a subscription request with an empty object."""

    def subscribe(self, call: Call) -> Reply:
        return replace(super().subscribe(call), body={})


@choice(permitted_by="ably/ably-ruby spec/acceptance/rest/push_admin_spec: a channel without push is unauthorized")
class OtherCodeWithoutPush(Subscriptions):
    """Answers a subscription to a channel without push with code 40160 instead of 40100."""

    def require_push_enabled(self, app: App, channel: str) -> None:
        try:
            super().require_push_enabled(app, channel)
        except Refusal as refusal:
            raise unauthorized(40160, refusal.message) from None


@choice(permitted_by="ably/ably-python ably/types/channelsubscription: the SDK accepts appId")
class MoreSubscriptionMembers(Subscriptions):
    """Adds appId to subscriptions."""

    def details(self, item: Subscription) -> Json:
        return {**super().details(item), "appId": "appId1"}


@choice(permitted_by="ably/docs rest-api, unsubscribe: channel is an independent filter")
class UnsubscribingWholeChannels(Subscriptions):
    """Removes all subscriptions of a channel when only the channel is given."""

    def unsubscribe(self, call: Call) -> Reply:
        query = call.query
        if "channel" not in query or "deviceId" in query or "clientId" in query:
            return super().unsubscribe(call)
        self.access.require_push_admin(call.caller, query["channel"])
        for _, item in self.matching(call.caller.app, query):
            self.remove(call.caller.app, item)
        return Reply(204)


@choice(permitted_by="ably/docs rest-api, push publish: the answer is empty; SDKs accept any success status")
class PushAnswersAnObject(PushPublish):
    """Answers a push publish with 201 and an empty object instead of 204."""

    def publish(self, call: Call) -> Reply:
        super().publish(call)
        return Reply(201, {})


@choice(permitted_by="ably/docs rest-api, push publish: the answer is empty; SDKs accept any success status")
class PushIsOk(PushPublish):
    """Answers a push publish with 200 and an empty object instead of 204."""

    def publish(self, call: Call) -> Reply:
        super().publish(call)
        return Reply(200, {})


@choice(permitted_by="ably/docs rest-api, push publish: the payload is at the top level")
class NestedPayloadUnknown(PushPublish):
    """Ignores a push payload that is nested under push."""

    def payload(self, body: Mapping[str, Json]) -> dict[str, Json]:
        return super().payload({name: value for name, value in body.items() if name != "push"})


@choice(permitted_by="ably/specification features RSH6: a device authenticates itself in addition to other credentials")
class InvalidIdentityTokensIgnored(Credentials):
    """Ignores an X-Ably-DeviceToken that it did not issue, so that the other credentials decide."""

    def with_device(self, caller: Caller, request: Request) -> Caller:
        try:
            return super().with_device(caller, request)
        except Refusal:
            return caller
