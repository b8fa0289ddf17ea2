"""Mutants whose fault shows when several requests arrive at once.

The server handles one request after another, so each mutant models the effect of a race: two requests that arrive
within MOMENT of each other interfere.
"""

import dataclasses
import time
from collections.abc import Mapping

from conformance.reference.access import Caller
from conformance.reference.call import Call
from conformance.reference.clock import Names
from conformance.reference.devices import Devices
from conformance.reference.errors import not_found
from conformance.reference.message_log import MessageLog, Receipt
from conformance.reference.messages import Messages
from conformance.reference.mutants.mark import mutant
from conformance.reference.paging import Entry, Window
from conformance.reference.state import App, Channel, Device, Message, Subscription
from conformance.reference.subscriptions import Subscriptions
from conformance.reference.tokens import TokenRequest, Tokens
from conformance.reference.wire import Json, Reply

MOMENT = 0.05
"""Seconds within which two requests count as simultaneous."""


def is_soon(owner: object) -> bool:
    """Whether the owner was last asked less than MOMENT ago."""
    now, last = time.monotonic(), getattr(owner, "asked", 0.0)
    owner.asked = now  # type: ignore[attr-defined]
    return now - last < MOMENT


def bucket() -> int:
    return int(time.monotonic() / MOMENT)


@mutant(breaks="CON-01")
class TheLaterPublishWins(MessageLog):
    """Loses the latest message of a channel when another publish arrives at the same moment."""

    def add(self, app: App, channel: Channel, message: Message) -> Message:
        if is_soon(self) and channel.messages and channel.messages[-1].timestamp < message.timestamp:
            channel.messages.pop()
        return super().add(app, channel, message)


@mutant(breaks="CON-02")
class IdsComeFromTheClock(Names):
    """Derives message ids from a clock that is too coarse to make them unique."""

    def message_base(self) -> str:
        return f"{bucket():010d}"


@mutant(breaks="CON-03")
class IdsAreKnownMomentsLater(MessageLog):
    """Stores a message with a repeated id again when both publishes arrive at the same moment."""

    def is_repeated(self, channel: Channel, id_: str) -> bool:
        return super().is_repeated(channel, id_) and not is_soon(self)


@mutant(breaks="CON-04")
class UpsertsMerge(Devices):
    """Merges the metadata of two requests that save one device at the same moment."""

    def replaced(self, known: Device, fields: Mapping[str, Json], secret: str | None) -> Device:
        if is_soon(self):
            fields = {**fields, "metadata": {**known.fields.get("metadata", {}), **fields.get("metadata", {})}}
        return super().replaced(known, fields, secret)


@mutant(breaks="CON-05")
class AnswersAreMixedUp(Messages):
    """Answers a publish with the answer to another publish of the same moment."""

    def receipt(self, name: str, receipt: Receipt) -> Json:
        if not is_soon(self):
            self.latest = super().receipt(name, receipt)
        return self.latest


@mutant(breaks="CON-06")
class HistoryIsCachedForAll(Messages):
    """Answers a history request with the cached answer to another request of the same moment."""

    def history(self, call: Call) -> Reply:
        if not is_soon(self):
            self.latest = super().history(call)
        return self.latest


@mutant(breaks="CON-07")
class OrderIsThatOfIds(Messages):
    """Sorts the messages of a history page by their ids."""

    def history(self, call: Call) -> Reply:
        reply = super().history(call)
        return dataclasses.replace(reply, body=sorted(reply.body, key=lambda message: str(message["id"])))


@mutant(breaks="CON-08")
class TheLatestMessageIsSeenTwice(Messages):
    """Shows the newest message twice for a moment after its publish."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        entries = super().within(channel, window)
        is_fresh = entries and self.log.clock.now() - entries[-1][1].timestamp < MOMENT * 1000
        return [*entries, entries[-1]] if is_fresh else entries


@mutant(breaks="CON-09")
class ArraysAppearOneByOne(Messages):
    """Shows the last message of a published array a moment after the others."""

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        entries = super().within(channel, window)
        is_fresh = len(entries) > 1 and self.log.clock.now() - entries[-1][1].timestamp < MOMENT * 1000
        return entries[:-1] if is_fresh and entries[-1][1].timestamp == entries[-2][1].timestamp else entries


@mutant(breaks="CON-10")
class DevicesAreSavedInParts(Devices):
    """Keeps the old value of the last metadata member when a device is saved twice at the same moment."""

    def replaced(self, known: Device, fields: Mapping[str, Json], secret: str | None) -> Device:
        before, after = known.fields.get("metadata", {}), fields.get("metadata", {})
        last = next(reversed(after), "")
        if is_soon(self) and last in before:
            fields = {**fields, "metadata": {**after, last: before[last]}}
        return super().replaced(known, fields, secret)


@mutant(breaks="CON-11")
class SubscriptionsAreAddedUnseen(Subscriptions):
    """Adds a duplicate subscription when two identical requests arrive at the same moment."""

    def add(self, app: App, channel: str, device_id: str | None, client_id: str | None) -> Subscription:
        if not is_soon(self):
            return super().add(app, channel, device_id, client_id)
        position = next(app.positions)
        again = Subscription(position, channel, device_id, client_id)
        app.subscriptions[channel, device_id, f"{client_id}#{position}"] = again
        return again


@mutant(breaks="CON-12")
class TheSlowerRemovalFails(Devices):
    """Answers a deletion with 404 when a concurrent request has already deleted the device."""

    def remove(self, app: App, device_id: str) -> None:
        if device_id not in app.devices:
            raise not_found(f"no device is registered as {device_id}")
        super().remove(app, device_id)


@mutant(breaks="CON-13")
class TokensComeFromTheClock(Names):
    """Derives tokens from a clock that is too coarse to make them unique."""

    def token(self, app_id: str) -> str:
        return f"{app_id}.{bucket():048d}"


@mutant(breaks="CON-15")
class TheLaterRegistrationWins(Devices):
    """Loses the latest device when another one is registered at the same moment."""

    def created(self, caller: Caller, device_id: str, fields: Mapping[str, Json], secret: str | None) -> Device:
        if is_soon(self) and caller.app.devices:
            caller.app.devices.popitem()
        return super().created(caller, device_id, fields, secret)


@mutant(breaks="CON-14")
class NoncesAreKnownMomentsLater(Tokens):
    """Accepts a repeated nonce when both token requests arrive at the same moment."""

    def refuse_replay(self, app: App, asked: TokenRequest) -> None:
        if not is_soon(self):
            super().refuse_replay(app, asked)
