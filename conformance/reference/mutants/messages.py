"""Lies about publishing and history."""

# ruff: noqa: ARG002  a lie often ignores what it is told

from conformance.reference.message_log import MessageLog
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Window
from conformance.reference.publishing import Publishing
from conformance.reference.state import Channel, Message
from conformance.reference.wire import Json


@mutant(breaks="PUB-03")
class RepeatedIdStoresAgain(MessageLog):
    """Stores a message whose id the channel already knows."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return False


@mutant(breaks="PUB-07")
class AnybodyPublishesAsAnybody(Publishing):
    """Takes a clientId in a message although the token belongs to another client."""

    def may_publish_as(self, caller: object, client_id: str) -> bool:
        return True


@mutant(breaks="PUB-09")
class SizeLimitCountsDataOnly(Publishing):
    """Forgets name, clientId and extras when it measures a message."""

    def size(self, message: Json) -> int:
        return self.length(message.get("data"))


@mutant(breaks="HIS-04")
class EndIsExclusive(Messages):
    """Leaves out the messages of the very millisecond at which the query ends."""

    def is_within(self, message: Message, window: Window) -> bool:
        is_before_end = window.end is None or message.timestamp < window.end
        return super().is_within(message, window) and is_before_end
