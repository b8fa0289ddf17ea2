"""The classes that make up the server, and their assembly.

A mutant or a choice is the same server with one of these classes replaced by a subclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.reference.access import Access
from conformance.reference.apps import Apps
from conformance.reference.batch import Batch
from conformance.reference.capability import Capabilities
from conformance.reference.channels import Channels
from conformance.reference.clock import Clock, Names
from conformance.reference.counters import Counters
from conformance.reference.credentials import Credentials
from conformance.reference.decoding import Decoding
from conformance.reference.device_rules import DeviceRules
from conformance.reference.device_tokens import DeviceTokens
from conformance.reference.devices import Devices
from conformance.reference.encoding import Encoding
from conformance.reference.errors import Errors
from conformance.reference.jwts import Jwts
from conformance.reference.message_log import MessageLog
from conformance.reference.messages import Messages
from conformance.reference.negotiation import Negotiation
from conformance.reference.paging import Paging, PushPaging
from conformance.reference.payloads import Payloads
from conformance.reference.presence import Presence
from conformance.reference.presenting import Presenting
from conformance.reference.provisioning import Provisioning
from conformance.reference.publishing import Publishing
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.push_publish import PushPublish
from conformance.reference.revocations import Revocations
from conformance.reference.routing import Routing
from conformance.reference.service import Operation, Service
from conformance.reference.service_time import ServiceTime
from conformance.reference.shaping import Shaping
from conformance.reference.stats import Stats
from conformance.reference.stats_shape import StatsShape
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Parts:
    """The class for each responsibility of the server. The defaults make up the unmodified server."""

    access: type[Access] = Access
    apps: type[Apps] = Apps
    batch: type[Batch] = Batch
    capabilities: type[Capabilities] = Capabilities
    channels: type[Channels] = Channels
    clock: type[Clock] = Clock
    counters: type[Counters] = Counters
    credentials: type[Credentials] = Credentials
    decoding: type[Decoding] = Decoding
    device_rules: type[DeviceRules] = DeviceRules
    device_tokens: type[DeviceTokens] = DeviceTokens
    devices: type[Devices] = Devices
    encoding: type[Encoding] = Encoding
    errors: type[Errors] = Errors
    jwts: type[Jwts] = Jwts
    message_log: type[MessageLog] = MessageLog
    messages: type[Messages] = Messages
    names: type[Names] = Names
    negotiation: type[Negotiation] = Negotiation
    paging: type[Paging] = Paging
    payloads: type[Payloads] = Payloads
    presence: type[Presence] = Presence
    presenting: type[Presenting] = Presenting
    provisioning: type[Provisioning] = Provisioning
    publishing: type[Publishing] = Publishing
    push_delivery: type[PushDelivery] = PushDelivery
    push_paging: type[PushPaging] = PushPaging
    push_publish: type[PushPublish] = PushPublish
    revocations: type[Revocations] = Revocations
    routing: type[Routing] = Routing
    service: type[Service] = Service
    service_time: type[ServiceTime] = ServiceTime
    shaping: type[Shaping] = Shaping
    stats: type[Stats] = Stats
    stats_shape: type[StatsShape] = StatsShape
    subscriptions: type[Subscriptions] = Subscriptions
    tokens: type[Tokens] = Tokens


UNMODIFIED = Parts()


def assemble(parts: Parts, *, allow_plain_basic: bool) -> Service:
    """Creates the service from its parts, lowest layer first."""
    clock, names = parts.clock(), parts.names()
    server_id = names.server_id()
    errors, payloads, capabilities = parts.errors(server_id), parts.payloads(), parts.capabilities()
    paging, push_paging = parts.paging(clock), parts.push_paging(clock)
    apps, access, counters = parts.apps(), parts.access(capabilities), parts.counters(clock)
    jwts, revocations = parts.jwts(apps, capabilities, clock), parts.revocations(clock, errors)
    credentials = parts.credentials(
        apps=apps, jwts=jwts, revocations=revocations, clock=clock, allow_plain_basic=allow_plain_basic
    )
    tokens = parts.tokens(apps=apps, credentials=credentials, capabilities=capabilities, clock=clock, names=names)
    channels, log = parts.channels(access, paging), parts.message_log(clock, names)
    delivery = parts.push_delivery(apps, capabilities, channels, log)
    messages = parts.messages(
        access=access,
        channels=channels,
        publishing=parts.publishing(),
        log=log,
        delivery=delivery,
        counters=counters,
        payloads=payloads,
        paging=paging,
    )
    presence = parts.presence(access, channels, payloads, paging)
    subscriptions = parts.subscriptions(access, channels, push_paging)
    provisioning = parts.provisioning(apps=apps, capabilities=capabilities, channels=channels, clock=clock, names=names)
    operations = operations_of(
        service_time=parts.service_time(clock),
        messages=messages,
        presence=presence,
        channels=channels,
        subscriptions=subscriptions,
        tokens=tokens,
        revocations=revocations,
        push_publish=parts.push_publish(access, delivery),
        devices=parts.devices(
            access=access,
            rules=parts.device_rules(),
            subscriptions=subscriptions,
            tokens=parts.device_tokens(tokens, clock, names),
            paging=push_paging,
        ),
        stats=parts.stats(access=access, counters=counters, shape=parts.stats_shape(), paging=paging, clock=clock),
        batch=parts.batch(access=access, channels=channels, messages=messages, presence=presence, errors=errors),
        provisioning=provisioning,
    )
    return parts.service(
        negotiation=parts.negotiation(),
        routing=parts.routing(),
        credentials=credentials,
        decoding=parts.decoding(),
        errors=errors,
        presenting=parts.presenting(parts.encoding(), parts.shaping(), server_id),
        counters=counters,
        apps=apps,
        provisioning=provisioning,
        operations=operations,
    )


def operations_of(  # noqa: PLR0913  one for each area of the API
    *,
    service_time: ServiceTime,
    messages: Messages,
    presence: Presence,
    channels: Channels,
    subscriptions: Subscriptions,
    tokens: Tokens,
    revocations: Revocations,
    push_publish: PushPublish,
    devices: Devices,
    stats: Stats,
    batch: Batch,
    provisioning: Provisioning,
) -> Mapping[str, Operation]:
    """The operations by the names used in `ROUTES`."""
    return {
        "getTime": service_time.tell,
        "getStats": stats.query,
        "injectStats": stats.inject,
        "getMetadataOfAllChannels": channels.enumerate,
        "getMetadataOfChannel": channels.status,
        "getMessagesByChannel": messages.history,
        "publishMessagesToChannel": messages.publish,
        "getPresenceOfChannel": presence.members,
        "getPresenceHistoryOfChannel": presence.history,
        "getRegisteredPushDevices": devices.list_devices,
        "registerPushDevice": devices.register,
        "unregisterAllPushDevices": devices.unregister_where,
        "getPushDeviceDetails": devices.get,
        "putPushDeviceDetails": devices.put,
        "patchPushDeviceDetails": devices.patch,
        "unregisterPushDevice": devices.unregister,
        "updatePushDeviceDetails": devices.reset_update_token,
        "getPushSubscriptionsOnChannels": subscriptions.list_subscriptions,
        "subscribePushDeviceToChannel": subscriptions.subscribe,
        "deletePushDeviceDetails": subscriptions.unsubscribe,
        "getChannelsWithPushSubscribers": subscriptions.channels_with_subscribers,
        "publishPushNotificationToDevices": push_publish.publish,
        "requestAccessToken": tokens.request,
        "revokeTokens": revocations.revoke,
        "batchPublish": batch.publish,
        "batchPresence": batch.presence_of_channels,
        "createApp": provisioning.create,
        "deleteApp": provisioning.delete,
    }
