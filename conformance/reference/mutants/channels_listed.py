"""Mutants of channels: the details of listed channels, and how a prefix is decoded."""

from urllib.parse import unquote

from conformance.reference.channels import Channels
from conformance.reference.mutants.mark import mutant
from conformance.reference.state import App, Channel
from conformance.reference.wire import Json


@mutant(breaks="STA-61")
class ListedChannelsAreInactive(Channels):
    """Lists channels with isActive false."""

    def item(self, channel: Channel, by: str) -> Json:
        item = super().item(channel, by)
        return {**item, "status": {**item["status"], "isActive": False}} if isinstance(item, dict) else item


@mutant(breaks="STA-62")
class PrefixesAreDecodedTwice(Channels):
    """Percent-decodes the prefix of an enumeration twice."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, unquote(prefix))


@mutant(breaks="STA-62")
class PlusInPrefixesIsABlank(Channels):
    """Reads an encoded + in the prefix of an enumeration as a blank."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return super().listed(app, prefix.replace("+", " "))


@mutant(breaks="STA-63")
class ListedChannelsHaveTwoNames(Channels):
    """Lists channels with the part of their name after the namespace as name."""

    def item(self, channel: Channel, by: str) -> Json:
        item = super().item(channel, by)
        return {**item, "name": channel.name.partition(":")[2]} if isinstance(item, dict) else item


@mutant(breaks="STA-64")
class PublishersOverRestAreCounted(Channels):
    """Counts a publish over REST as a publisher of the channel."""

    def metrics(self, channel: Channel) -> Json:
        return {**super().metrics(channel), "publishers": min(1, len(channel.messages))}


@mutant(breaks="STA-65")
class PresenceMakesNoChannelActive(Channels):
    """Lists only channels that have messages."""

    def listed(self, app: App, prefix: str) -> list[Channel]:
        return [channel for channel in super().listed(app, prefix) if channel.messages]
