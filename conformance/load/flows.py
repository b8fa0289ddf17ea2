"""What a client of the service does: small flows over the operations of the contract, each with names of its own.

A flow removes what it made. It reads the statuses that it needs and leaves judging them to the checks; what only
several answers together show, it tells as a sight of the requirement that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.model import Exchange, Finding, Json
from conformance.names import Names
from conformance.profile import Profile
from conformance.run.scope import may_ask
from conformance.target.answer import Answer, arranged
from conformance.target.client import Target
from conformance.target.credentials import Key, bearer
from conformance.target.limits import Limits

MESSAGES = "/channels/{channel_id}/messages"
PRESENCE = "/channels/{channel_id}/presence"
CHANNEL = "/channels/{channel_id}"
DEVICES = "/push/deviceRegistrations"
DEVICE = "/push/deviceRegistrations/{device_id}"
SUBSCRIPTIONS = "/push/channelSubscriptions"
PUSH = "/push/publish"
TOKEN = "/keys/{keyName}/requestToken"  # noqa: S105  a path

_BATCH = 3
_PAGE = 2
_MOST_PAGES = 10
_GUESTS = 40


@dataclass(frozen=True, slots=True)
class Sight:
    """What several exchanges showed together of a requirement. finding: None where it was kept to."""

    requirement: str
    operation: str
    exchanges: tuple[Exchange, ...]
    finding: Finding | None = None


class Rooms:
    """Channels that a few users share, one after the other."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._room = ""
        self._guests = 0

    def enter(self) -> str:
        if self._guests % _GUESTS == 0:
            self._room = self._names.fresh("channel")
        self._guests += 1
        return self._room


@dataclass(frozen=True, slots=True)
class Player:
    """One user. key: with which it asks, and which it hands on. skew: the target's clock less ours, in ms. room: the
    name of a channel to which other users publish, too. tell: takes what a flow saw.
    """

    target: Target
    key: Key
    skew: int
    room: Callable[[], str]
    tell: Callable[[Sight], None]


@dataclass(frozen=True, slots=True)
class Flow:
    """operations: labels of all that it asks. needs: features of the target. weight: how often it is played."""

    play: Callable[[Player], None]
    operations: tuple[str, ...]
    needs: tuple[str, ...] = ()
    weight: int = 1


# Messages ------------------------------------------------------------------------------------------------------------


def publish_and_read(player: Player) -> None:
    """Publish one message, then several at once, and read them back page by page."""
    target, channel = player.target, player.target.names.fresh("channel")
    names = [target.names.fresh("message") for _ in range(1 + _BATCH)]
    with target.arranging():
        sent = [
            _publish(player, channel, {"name": names[0], "data": "one"}),
            _publish(player, channel, [{"name": each, "data": {"of": "several"}} for each in names[1:]]),
        ]
    reads: list[list[Answer]] = []

    def read() -> list[Answer]:
        first = target.get(MESSAGES, channel_id=channel, query={"limit": _PAGE, "direction": "forwards"})
        reads.append(_pages(target, arranged(first, accept=(200,))))
        return reads[-1]

    pages = target.repeat(read, lambda last: set(names) <= set(_names_in(last)))
    _tell(player, "CON-01", (*sent, *pages), _once(names, _names_in(pages)))
    for each in reads:
        _tell(player, "CON-06", each, _foreign(names, _names_in(each)))


def _pages(target: Target, first: Answer) -> list[Answer]:
    """A few pages are all that a flow has published; a target that links to ever more is not followed."""
    pages = [first]
    while "next" in pages[-1].links and len(pages) < _MOST_PAGES:
        pages.append(arranged(target.follow(pages[-1].links["next"], pages[-1]), accept=(200,)))
    return pages


def publish_in_company(player: Player) -> None:
    """Publish a message to a channel at the same time as others, and look for it there."""
    target, channel = player.target, player.room()
    name = target.names.fresh("message")
    with target.arranging():
        sent = _publish(player, channel, {"name": name, "data": "one of many"})

    def read() -> Answer:
        return arranged(target.get(MESSAGES, channel_id=channel, query={"limit": 1000}), accept=(200,))

    last = target.repeat(read, lambda answer: name in _names_in([answer]))
    _tell(player, "CON-01", (sent, last), _once([name], _names_in([last])))


def _publish(player: Player, channel: str, body: Json) -> Answer:
    answer = arranged(player.target.post(MESSAGES, body, channel_id=channel))
    stated = answer.body.get("channel") if isinstance(answer.body, dict) else None
    if isinstance(stated, str):  # another shape is for the checks
        finding = None
        if stated != channel:
            finding = Finding("the channel of the publish", "another channel", subject="channel in the response")
        player.tell(Sight("CON-05", f"POST {MESSAGES}", (answer.exchange,), finding))
    return answer


def _tell(player: Player, requirement: str, answers: Iterable[Answer], finding: Finding | None) -> None:
    player.tell(Sight(requirement, f"GET {MESSAGES}", tuple(each.exchange for each in answers), finding))


def _names_in(pages: Iterable[Answer]) -> list[str]:
    bodies = (each.body for each in pages)
    items = (item for body in bodies if isinstance(body, list) for item in body)
    return [str(item.get("name")) for item in items if isinstance(item, dict)]


def _once(names: list[str], found: list[str]) -> Finding | None:
    counts = [found.count(name) for name in names]
    missing, repeated = counts.count(0), sum(count > 1 for count in counts)
    if not missing and not repeated:
        return None
    received = f"{missing} of {len(names)} missing and {repeated} of {len(names)} repeated"
    return Finding("each published message once in the history", received, subject="messages in the history")


def _foreign(names: list[str], found: list[str]) -> Finding | None:
    others = len([name for name in found if name not in names])
    if not others:
        return None
    received = f"{others} messages that were not published to it" if others > 1 else "another message"
    return Finding("only messages of the requested channel", received, subject="channel of the history")


def look_at_channel(player: Player) -> None:
    """Publish to a channel, and ask for its status."""
    target, channel = player.target, player.target.names.fresh("channel")
    with target.arranging():
        _publish(player, channel, {"name": "status", "data": "text"})
    target.get(CHANNEL, channel_id=channel)


def list_channels(player: Player) -> None:
    target = player.target
    target.get("/channels", query={"limit": _PAGE, "prefix": target.names.prefix})


def look_at_presence(player: Player) -> None:
    target, channel = player.target, player.target.names.fresh("channel")
    target.get(PRESENCE, channel_id=channel)
    target.get(f"{PRESENCE}/history", channel_id=channel, query={"limit": _PAGE})


# Tokens, statistics, time --------------------------------------------------------------------------------------------


def ask_for_token(player: Player) -> None:
    """Ask for a token, and read a history with it."""
    target, client = player.target, player.target.names.fresh("client")
    body = {
        "keyName": player.key.name,
        "timestamp": int(target.clock.time() * 1000) + player.skew,
        "nonce": target.names.fresh("nonce").ljust(16, "0"),
        "clientId": client,
        "ttl": 60_000,
    }
    answer = arranged(target.post(TOKEN, body, keyName=player.key.name))
    details = answer.body if isinstance(answer.body, dict) else {}
    received = details.get("clientId")
    finding = None
    if received != client:
        words = "another clientId" if received else "no clientId"
        finding = Finding("a token with the requested clientId", words, subject="clientId of the token")
    player.tell(Sight("CON-13", f"POST {TOKEN}", (answer.exchange,), finding))
    if isinstance(details.get("token"), str):
        holder = bearer("a token", details["token"])
        target.get(MESSAGES, channel_id=target.names.fresh("channel"), principal=holder)


def read_statistics(player: Player) -> None:
    player.target.get("/stats", query={"limit": _PAGE})


def read_time(player: Player) -> None:
    player.target.get("/time")


# Push ----------------------------------------------------------------------------------------------------------------


def register_and_push(player: Player) -> None:
    """Register a device, subscribe it to a channel, push to it, and unregister it.

    A push goes to a channel of the run, and to no telephone.
    """
    target, identity, channel = player.target, player.target.names.fresh("device"), player.target.names.push_channel()
    subscription = {"channel": channel, "deviceId": identity}
    with target.arranging():
        arranged(target.put(DEVICE, _device(player, identity, channel), device_id=identity))
        target.get(DEVICE, device_id=identity)
        arranged(target.post(SUBSCRIPTIONS, subscription))
        target.post(PUSH, {"recipient": {"deviceId": identity}, "notification": {"title": "news", "body": "text"}})
    target.get(SUBSCRIPTIONS, query=subscription)
    target.get(DEVICES, query={"deviceId": identity})
    with target.arranging():
        arranged(target.delete(SUBSCRIPTIONS, query=subscription))  # what is refused is removed, or named, afterwards
        arranged(target.delete(DEVICE, device_id=identity))


def _device(player: Player, identity: str, channel: str) -> Json:
    url = player.target.url
    recipient = {"transportType": "ablyChannel", "channel": channel, "ablyKey": player.key.text, "ablyUrl": url}
    return {"id": identity, "platform": "ios", "formFactor": "phone", "push": {"recipient": recipient}}


FLOWS = (
    Flow(publish_and_read, (f"POST {MESSAGES}", f"GET {MESSAGES}"), ("state",), weight=4),
    Flow(publish_in_company, (f"POST {MESSAGES}", f"GET {MESSAGES}"), ("state",), weight=2),
    Flow(look_at_channel, (f"POST {MESSAGES}", f"GET {CHANNEL}")),
    Flow(list_channels, ("GET /channels",)),
    Flow(look_at_presence, (f"GET {PRESENCE}", f"GET {PRESENCE}/history"), ("presence",)),
    Flow(ask_for_token, (f"POST {TOKEN}", f"GET {MESSAGES}"), ("credentials", "state")),
    Flow(read_statistics, ("GET /stats",)),
    Flow(read_time, ("GET /time",)),
    Flow(
        register_and_push,
        (
            f"PUT {DEVICE}",
            f"GET {DEVICE}",
            f"POST {SUBSCRIPTIONS}",
            f"POST {PUSH}",
            f"GET {SUBSCRIPTIONS}",
            f"GET {DEVICES}",
            f"DELETE {SUBSCRIPTIONS}",
            f"DELETE {DEVICE}",
        ),
        ("state", "credentials", "push"),
        weight=2,
    ),
)


def playable(chosen: Profile, limits: Limits, contract: Contract) -> tuple[Flow, ...]:
    """The flows of which the target has every operation, and which profile and key allow."""
    known = {each.label for each in contract.operations}
    return tuple(
        flow
        for flow in FLOWS
        if set(flow.needs) <= set(chosen.target.offers)
        and set(flow.operations) <= known
        and all(may_ask(each, chosen, limits) for each in flow.operations)
    )
