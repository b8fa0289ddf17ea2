"""The path templates of the contract.

Operations are named by them, because some operationIds mislead: deletePushDeviceDetails deletes a subscription.
"""

from __future__ import annotations

from conformance.contract.pointers import pointer as pointer_of

CHANNELS = "/channels"
CHANNEL = "/channels/{channel_id}"
MESSAGES = "/channels/{channel_id}/messages"
PRESENCE = "/channels/{channel_id}/presence"
PRESENCE_HISTORY = "/channels/{channel_id}/presence/history"
DEVICES = "/push/deviceRegistrations"
DEVICE = "/push/deviceRegistrations/{device_id}"
RESET = "/push/deviceRegistrations/{device_id}/resetUpdateToken"
SUBSCRIPTIONS = "/push/channelSubscriptions"
PUSH_CHANNELS = "/push/channels"
PUSH = "/push/publish"
TOKENS = "/keys/{keyName}/requestToken"
STATS = "/stats"
TIME = "/time"


def pointer(method: str, path: str, *rest: str) -> str:
    """The JSON pointer to an operation in the contract, or to a part of it: `rest` may be "description"."""
    return "/".join([pointer_of(("paths", path, method)), *rest])
