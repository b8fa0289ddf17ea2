"""A Hypothesis state machine for messages: random requests, and a model of the messages that they store.

Hypothesis draws publishes that are accepted, repeated or rejected, by a key and by tokens for one channel or for all,
in both formats, and reads of a whole history, page by page and between two times. It shrinks a failing sequence to the
shortest one with the same difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from conformance.model import JSON, MSGPACK, Json
from conformance.suite.steps.answers import is_rejected, status_in_words
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import OLDEST_FIRST, channel_of, history, members
from conformance.suite.steps.pages import pages_from
from conformance.suite.steps.payloads import canonical, encoding_of, spelled
from conformance.suite.steps.tokens import Issuer, capability
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.credentials import Principal

CLIENTS = ("conf-ada", "conf-bob")
CHANNELS = st.integers(0, 1)
FORMATS = st.sampled_from([JSON, MSGPACK])
NAMES = st.sampled_from([None, "one", "two"])
DATA = st.sampled_from(["a text", {"an": "object"}, ["an", "array"], None])
CLIENT = st.sampled_from([None, *CLIENTS])
IDS = st.integers(0, 2)
MOST_PAGES = 40

Message = dict[str, Json]
"""The members of a stored message that a publish determines; those without a value are left out."""


@dataclass(frozen=True, slots=True)
class Caller:
    """client: the clientId of the token, None for a key. only: the number of its only channel, None for any channel."""

    principal: Principal | str
    client: str | None = None
    only: int | None = None

    def may_use(self, number: int) -> bool:
        return self.only in {None, number}

    def may_name(self, client: str | None) -> bool:
        return self.client is None or client in {None, self.client}


@dataclass(slots=True)
class Channel:
    """messages: the accepted messages, oldest first. ids: the message ids used so far.

    Two publishers never use the same id, because no document says whether they may.
    """

    name: str
    messages: list[Message] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def accept(self, caller: Caller, sent: list[Json]) -> None:
        for message in sent:
            if message.get("id") not in self.ids:
                self.messages.append(message_of(message, caller.client))
        self.ids.update(message["id"] for message in sent if "id" in message)


CALLERS: Bundle[Caller] = Bundle("callers")


class MessageMachine(RuleBasedStateMachine):
    """flaw: members for which the target rejects a message."""

    def __init__(self, target: Target, issuer: Issuer, flaw: Json, begin: Callable[[], None]) -> None:
        super().__init__()
        begin()
        self.target = target
        self.issuer = issuer
        self.flaw = flaw
        self.channels = [Channel(channel_of(target)) for _ in range(2)]

    @initialize(target=CALLERS)
    def a_key(self) -> Caller:
        return Caller("full")

    @rule(target=CALLERS, client=st.sampled_from(CLIENTS), only=st.none() | CHANNELS)
    def take_a_token(self, client: str, only: int | None) -> Caller:
        resource, channels = ("*", "all channels") if only is None else (self.channels[only].name, "one channel")
        principal = self.issuer.bearer(
            f"a token of {client} for {channels}",
            clientId=client,
            capability=capability(resource, "publish", "history"),
        )
        return Caller(principal, client, only)

    @rule(caller=CALLERS, number=CHANNELS, name=NAMES, data=DATA, client=CLIENT, form=FORMATS)
    def publish(self, caller: Caller, number: int, name: Json, data: Json, client: Json, form: str) -> None:
        self._send(caller, number, {"name": name, "data": data, "clientId": client}, form)

    @rule(caller=CALLERS, number=CHANNELS, clients=st.lists(CLIENT, min_size=2, max_size=3), form=FORMATS)
    def publish_several(self, caller: Caller, number: int, clients: list[Json], form: str) -> None:
        self._send(caller, number, [{"data": f"of {each}", "clientId": each} for each in clients], form)

    @rule(caller=CALLERS, number=CHANNELS, id_=IDS, client=CLIENT, form=FORMATS)
    def publish_with_id(self, caller: Caller, number: int, id_: int, client: Json, form: str) -> None:
        id_of = f"single-{id_}-{client or caller.client}"
        self._send(caller, number, {"id": id_of, "data": form, "clientId": client}, form)

    @rule(caller=CALLERS, number=CHANNELS, base=IDS, client=CLIENT, form=FORMATS)
    def publish_several_with_ids(self, caller: Caller, number: int, base: int, client: Json, form: str) -> None:
        base_of = f"several-{base}-{client or caller.client}"
        several = [{"id": f"{base_of}:{index}", "data": form, "clientId": client} for index in range(2)]
        self._send(caller, number, several, form)

    def _send(self, caller: Caller, number: int, body: Json, form: str) -> None:
        """Publish, and compare the status with the rights of the caller and the clientIds that the messages name."""
        sent = [without_nulls(message) for message in (body if isinstance(body, list) else [body])]
        answer = self._publish(caller, number, sent if isinstance(body, list) else sent[0], send_as=form)
        may_name = all(caller.may_name(message.get("clientId")) for message in sent)
        if not caller.may_use(number):
            assert answer.status in rejections(is_flawed=not may_name)
        elif not may_name:
            assert answer.status == 400
        else:
            assert answer.status == 201
            self.channels[number].accept(caller, sent)

    @rule(caller=CALLERS, number=CHANNELS, id_=IDS, is_array=st.booleans())
    def publish_invalid(self, caller: Caller, number: int, id_: int, is_array: bool) -> None:  # noqa: FBT001  drawn
        bad = {"data": "bad", **self.flaw}
        if is_array:
            good = {"id": f"several-{id_}-{caller.client}:0", "data": "good"}
            body: Json = [good, {**bad, "id": f"several-{id_}-{caller.client}:1"}]
        else:
            body = {**bad, "id": f"single-{id_}-{caller.client}"}
        answer = self._publish(caller, number, body)
        assert is_rejected(answer), status_in_words(answer)

    def _publish(self, caller: Caller, number: int, body: Json, **how: Json) -> Answer:
        name = self.channels[number].name
        return self.target.post(MESSAGES, body, channel_id=name, principal=caller.principal, **how)

    @rule(caller=CALLERS, number=CHANNELS, form=FORMATS)
    def read(self, caller: Caller, number: int, form: str) -> None:
        channel = self.channels[number]
        if caller.may_use(number):
            read = history(self.target, channel.name, len(channel.messages), accept=form, principal=caller.principal)
            assert stored_messages(read) == channel.messages
        else:
            rejected = self.target.get(MESSAGES, channel_id=channel.name, principal=caller.principal)
            assert rejected.status == 401

    @rule(number=CHANNELS, direction=st.sampled_from(["forwards", "backwards"]), limit=st.integers(1, 4))
    def read_page_by_page(self, number: int, direction: str, limit: int) -> None:
        channel = self.channels[number]
        query = {"direction": direction, "limit": str(limit)}
        expected = channel.messages if direction == "forwards" else channel.messages[::-1]
        messages_of_all_pages = self.target.repeat(
            lambda: self._messages_of_all_pages(channel.name, query), until=lambda found: found == expected
        )
        assert messages_of_all_pages == expected

    def _messages_of_all_pages(self, name: str, query: dict[str, str]) -> list[Message]:
        first = self.target.get(MESSAGES, channel_id=name, query=query)
        return [each for page in pages_from(self.target, first, MOST_PAGES) for each in stored_messages(page)]

    @rule(number=CHANNELS, data=st.data())
    def read_a_part(self, number: int, data: st.DataObject) -> None:
        channel = self.channels[number]
        whole = history(self.target, channel.name, len(channel.messages))
        assert stored_messages(whole) == channel.messages
        if not channel.messages:
            return
        times = members(whole, "timestamp")
        start, end = sorted(data.draw(st.tuples(st.sampled_from(times), st.sampled_from(times))))
        query = {**OLDEST_FIRST, "start": str(start), "end": str(end)}
        within = [each for each, at in zip(channel.messages, times, strict=True) if start <= at <= end]
        part = self.target.poll(
            MESSAGES, channel_id=channel.name, query=query, until=lambda answer: stored_messages(answer) == within
        )
        messages_from_start_to_end = stored_messages(part)
        assert messages_from_start_to_end == within

    def teardown(self) -> None:
        for channel in self.channels:
            read = history(self.target, channel.name, len(channel.messages))
            assert stored_messages(read) == channel.messages


def rejections(*, is_flawed: bool) -> set[int]:
    """The statuses for a caller without the right: no document says which of two reasons for a rejection wins."""
    return {400, 401} if is_flawed else {401}


def message_of(sent: Json, client: str | None) -> Message:
    """The message that history returns for a published one. client: the clientId of the publisher."""
    data = sent.get("data")
    is_text = data is None or isinstance(data, str)
    return without_nulls(
        {
            "name": sent.get("name"),
            "data": data if is_text else spelled(data),
            "encoding": None if is_text else "json",
            "clientId": sent.get("clientId", client),
        }
    )


def stored_messages(read: Answer) -> list[Message]:
    return [
        without_nulls(
            {
                "name": message.get("name"),
                "data": canonical(message["data"]) if encoding_of(message) == "json" else message.get("data"),
                "encoding": encoding_of(message) or None,
                "clientId": message.get("clientId"),
            }
        )
        for message in read.body
    ]


def without_nulls(message: Json) -> Message:
    return {name: value for name, value in message.items() if value is not None}
