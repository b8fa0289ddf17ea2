"""A Hypothesis state machine for push: random requests, and a model of the devices and subscriptions that they leave.

After each step, the lists of the target are compared with the model. Hypothesis shrinks a failing sequence to the
shortest one with the same difference.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from conformance.facts import facts
from conformance.model import Json
from conformance.suite.steps.answers import is_rejected
from conformance.suite.steps.devices import devices, essence, push_channel, saved
from conformance.suite.steps.endpoints import DEVICE, DEVICES, MESSAGES, PUSH_CHANNELS, SUBSCRIPTIONS
from conformance.target.answer import Answer
from conformance.target.client import Target

CHANNELS = st.integers(0, 1)
METADATA = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"]), max_size=2)

DEVICES_BUNDLE: Bundle[str] = Bundle("known")


class PushMachine(RuleBasedStateMachine):
    """devices: the registered devices by id. subscriptions: (channel, member, id). messages: data by channel, in order.

    client: the clientId of all devices.
    """

    def __init__(self, target: Target, begin: Callable[[], None]) -> None:
        super().__init__()
        begin()
        self.target = target
        self.devices: dict[str, Json] = {}
        self.subscriptions: set[tuple[str, str, str]] = set()
        self.messages: dict[str, list[str]] = {}

    @initialize()
    def choose_names(self) -> None:
        self.client = self.target.names.fresh("client")
        self.channels = [push_channel(self.target), push_channel(self.target)]
        self.messages = {channel: [] for channel in self.channels}

    @rule(target=DEVICES_BUNDLE, described=devices())
    def register(self, described: Json) -> str:
        identity = self.target.names.fresh("device")
        self._save(identity, {**described, "id": identity, "clientId": self.client})
        return identity

    @rule(identity=DEVICES_BUNDLE, described=devices())
    def register_again(self, identity: str, described: Json) -> None:
        before = self.devices.get(identity) or described
        kept = {name: before[name] for name in ("platform", "formFactor")}
        self._save(identity, {**described, **kept, "id": identity, "clientId": self.client})

    def _save(self, identity: str, sent: Json) -> None:
        answer = self.target.put(DEVICE, sent, device_id=identity)
        assert answer.status in {200, 201}
        self.devices[identity] = sent

    @rule(identity=DEVICES_BUNDLE, metadata=METADATA)
    def change_metadata(self, identity: str, metadata: Json) -> None:
        answer = self.target.patch(DEVICE, {"metadata": metadata}, device_id=identity)
        if identity in self.devices:
            assert answer.status in {200, 201}
            self.devices[identity] = {**self.devices[identity], "metadata": metadata}
        else:
            assert is_rejected(answer), f"status {answer.status} for an update of a device that is not registered"

    @rule(identity=DEVICES_BUNDLE)
    def unregister(self, identity: str) -> None:
        answer = self.target.delete(DEVICE, device_id=identity)
        assert answer.status == 204
        self.devices.pop(identity, None)
        self.subscriptions = {each for each in self.subscriptions if each[1:] != ("deviceId", identity)}

    @rule()
    def unregister_the_client(self) -> None:
        answer = self.target.delete(DEVICES, query={"clientId": self.client, "fullWait": "true"})
        assert answer.status == 204
        self.devices.clear()
        self.subscriptions = {each for each in self.subscriptions if each[1] != "deviceId"}

    @rule(identity=DEVICES_BUNDLE, number=CHANNELS)
    def subscribe_device(self, identity: str, number: int) -> None:
        channel = self.channels[number]
        answer = self.target.post(SUBSCRIPTIONS, {"channel": channel, "deviceId": identity})
        assert answer.status in ({200, 201} if identity in self.devices else {400, 404})
        if identity in self.devices:
            self.subscriptions.add((channel, "deviceId", identity))

    @rule(number=CHANNELS)
    def subscribe_client(self, number: int) -> None:
        channel = self.channels[number]
        answer = self.target.post(SUBSCRIPTIONS, {"channel": channel, "clientId": self.client})
        assert answer.status in {200, 201}
        self.subscriptions.add((channel, "clientId", self.client))

    @rule(identity=DEVICES_BUNDLE, number=CHANNELS)
    def unsubscribe_device(self, identity: str, number: int) -> None:
        self._unsubscribe(self.channels[number], "deviceId", identity)

    @rule(number=CHANNELS)
    def unsubscribe_client(self, number: int) -> None:
        self._unsubscribe(self.channels[number], "clientId", self.client)

    def _unsubscribe(self, channel: str, member: str, identity: str) -> None:
        answer = self.target.delete(SUBSCRIPTIONS, query={"channel": channel, member: identity, "fullWait": "true"})
        assert answer.status == 204
        self.subscriptions.discard((channel, member, identity))

    @rule(number=CHANNELS, data=st.sampled_from(["one", "two", "three"]))
    def publish(self, number: int, data: str) -> None:
        channel = self.channels[number]
        extras = {"push": {"notification": {"title": data}}}
        answer = self.target.post(MESSAGES, {"data": data, "extras": extras}, channel_id=channel)
        assert answer.status == 201
        self.messages[channel].append(data)

    @invariant()
    def devices_are_as_modelled(self) -> None:
        if not hasattr(self, "client"):
            return
        listed = self._poll(DEVICES, {"clientId": self.client}, lambda answer: self._saved(answer) == self.devices)
        registered_devices = self._saved(listed)
        assert set(registered_devices) == set(self.devices)
        for identity, device in registered_devices.items():
            assert device == self.devices[identity]

    def _saved(self, answer: Answer) -> dict[str, Json]:
        return {each["id"]: saved(each, self.devices.get(each["id"], each)) for each in answer.body}

    @invariant()
    def subscriptions_are_as_modelled(self) -> None:
        for channel in getattr(self, "channels", ()):
            expected = {each for each in self.subscriptions if each[0] == channel}
            listed = self._poll(SUBSCRIPTIONS, {"channel": channel}, partial(_are_listed, expected))
            subscriptions = in_words(essence(listed.body))
            assert subscriptions == in_words(expected)
            assert facts(number_of_subscriptions=len(listed.body)) == facts(number_of_subscriptions=len(expected))

    @rule()
    def push_channels_are_as_modelled(self) -> None:
        subscribed = {channel for channel, _, _ in self.subscriptions}
        first = self._poll(PUSH_CHANNELS, {"limit": "1000"}, lambda answer: self._own_channels(answer) == subscribed)
        push_channels = {name for page in self.target.pages(first) for name in self._own_channels(page)}
        assert push_channels == subscribed

    def _own_channels(self, answer: Answer) -> set[str]:
        return set(answer.body) & set(self.channels)

    @rule(number=CHANNELS)
    def history_is_as_modelled(self, number: int) -> None:
        channel = self.channels[number]
        expected = self.messages[channel]
        query = {"direction": "forwards"}
        history = self.target.poll(
            MESSAGES, channel_id=channel, query=query, until=lambda answer: len(answer.body) == len(expected)
        )
        stored_messages = [each["data"] for each in history.body]
        assert stored_messages == expected

    def _poll(self, path: str, query: dict[str, str], until: Callable[[Answer], bool]) -> Answer:
        return self.target.poll(path, query=query, until=until)


def _are_listed(expected: set[tuple[str, str, str]], answer: Answer) -> bool:
    return essence(answer.body) == expected


def in_words(subscriptions: set[tuple[str, str, str]]) -> set[str]:
    """Subscriptions as phrases: "deviceId device-1 on channel-2"."""
    return {f"{member} {identity} on {channel}" for channel, member, identity in subscriptions}
