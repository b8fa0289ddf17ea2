"""Mutants of publishing and history."""

# ruff: noqa: ARG002  an override often ignores an argument

from conformance.reference.message_log import MessageLog
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Window
from conformance.reference.publishing import Publishing
from conformance.reference.state import Channel, Message
from conformance.reference.wire import Json


@mutant(breaks="PUB-03")
class RepeatedIdStoresAgain(MessageLog):
    """Stores a message again when its id is repeated."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return False


@mutant(breaks="PUB-07")
class AnybodyPublishesAsAnybody(Publishing):
    """Accepts any clientId in a message, even if the token belongs to another client."""

    def may_publish_as(self, caller: object, client_id: str) -> bool:
        return True


@mutant(breaks="PUB-09")
class SizeLimitCountsDataOnly(Publishing):
    """Counts only the data of a message towards the size limit."""

    def size(self, message: Json) -> int:
        return self.length(message.get("data"))


@mutant(breaks="HIS-04")
class EndIsExclusive(Messages):
    """Treats the end of a history query as exclusive."""

    def is_within(self, message: Message, window: Window) -> bool:
        is_before_end = window.end is None or message.timestamp < window.end
        return super().is_within(message, window) and is_before_end
