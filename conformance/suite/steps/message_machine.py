"""A model of channels, and every step that may change or read them, by several callers and in any order.

Hypothesis draws the steps: publishes that are accepted, repeated or refused, by a key and by tokens wide and narrow,
in both formats; readings of a whole channel, of its pages and of a part of its time. The first answer that differs
from the model is shrunk to the shortest sequence that shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from conformance.model import JSON, MSGPACK, Json
from conformance.suite.steps.endpoints import MESSAGES
from conformance.suite.steps.messages import OLDEST_FIRST, channel_of, history, members
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
FLAWS: tuple[Json, ...] = (
    {"extras": {"somethingElse": {"key": "value"}}},
    {"connectionKey": "should.be.wrong"},
)
MOST_PAGES = 40

Essence = tuple[Json, Json, str, Json]


@dataclass(frozen=True, slots=True)
class Caller:
    """principal: who sends. client: whose token it is, None for a key. only: the one channel it may use, or None."""

    principal: Principal | str
    client: str | None = None
    only: int | None = None

    def may_use(self, number: int) -> bool:
        return self.only in {None, number}

    def may_name(self, client: str | None) -> bool:
        return self.client is None or client in {None, self.client}


@dataclass(slots=True)
class Channel:
    """messages: what was accepted, oldest first. ids: those that were used, each by one publisher alone: whether two
    publishers may use one id is not documented.
    """

    name: str
    messages: list[Essence] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def accept(self, caller: Caller, sent: list[Json]) -> None:
        for message in sent:
            if message.get("id") not in self.ids:
                self.messages.append(essence(message, caller.client))
        self.ids.update(message["id"] for message in sent if "id" in message)


CALLERS: Bundle[Caller] = Bundle("callers")


class MessageMachine(RuleBasedStateMachine):
    def __init__(self, target: Target, issuer: Issuer, begin: Callable[[], None]) -> None:
        super().__init__()
        begin()
        self.target = target
        self.issuer = issuer
        self.channels = [Channel(channel_of(target)) for _ in range(2)]

    @initialize(target=CALLERS)
    def a_key(self) -> Caller:
        return Caller("full")

    @rule(target=CALLERS, client=st.sampled_from(CLIENTS), only=st.none() | CHANNELS)
    def take_a_token(self, client: str, only: int | None) -> Caller:
        resource = "*" if only is None else self.channels[only].name
        principal = self.issuer.bearer(
            self.target.names.fresh("token"), clientId=client, capability=capability(resource, "publish", "history")
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
        """Send it, and expect what the rules say of this caller and of whom its messages name."""
        sent = [without_nulls(message) for message in (body if isinstance(body, list) else [body])]
        answer = self._publish(caller, number, sent if isinstance(body, list) else sent[0], send_as=form)
        may_name = all(caller.may_name(message.get("clientId")) for message in sent)
        if not caller.may_use(number):
            assert answer.status in refusals(is_flawed=not may_name)
        elif not may_name:
            assert answer.status == 400
        else:
            assert answer.status == 201
            self.channels[number].accept(caller, sent)

    @rule(caller=CALLERS, number=CHANNELS, id_=IDS, flaw=st.sampled_from(FLAWS), is_array=st.booleans())
    def publish_in_vain(self, caller: Caller, number: int, id_: int, flaw: Json, is_array: bool) -> None:  # noqa: FBT001  drawn
        if is_array:
            good = {"id": f"several-{id_}-{caller.client}:0", "data": "good"}
            body: Json = [good, {"id": f"several-{id_}-{caller.client}:1", "data": "bad", **flaw}]
        else:
            body = {"id": f"single-{id_}-{caller.client}", "data": "bad", **flaw}
        answer = self._publish(caller, number, body)
        assert answer.status in ({400} if caller.may_use(number) else refusals(is_flawed=True))

    @rule(caller=CALLERS, number=CHANNELS)
    def publish_for_a_refusal(self, caller: Caller, number: int) -> None:
        answer = self._publish(caller, number, {"data": "in vain"}, query={"_forceNack": "true"})
        assert answer.status in ({400} if caller.may_use(number) else refusals(is_flawed=True))

    def _publish(self, caller: Caller, number: int, body: Json, **how: Json) -> Answer:
        name = self.channels[number].name
        return self.target.post(MESSAGES, body, channel_id=name, principal=caller.principal, **how)

    @rule(caller=CALLERS, number=CHANNELS, form=FORMATS)
    def read(self, caller: Caller, number: int, form: str) -> None:
        channel = self.channels[number]
        if caller.may_use(number):
            read = history(self.target, channel.name, len(channel.messages), accept=form, principal=caller.principal)
            assert essences(read) == channel.messages
        else:
            refused = self.target.get(MESSAGES, channel_id=channel.name, principal=caller.principal)
            assert refused.status == 401

    @rule(number=CHANNELS, direction=st.sampled_from(["forwards", "backwards"]), limit=st.integers(1, 4))
    def read_page_by_page(self, number: int, direction: str, limit: int) -> None:
        channel = self.channels[number]
        history(self.target, channel.name, len(channel.messages))
        query = {"direction": direction, "limit": str(limit)}
        pages = [self.target.get(MESSAGES, channel_id=channel.name, query=query)]
        while "next" in pages[-1].links and len(pages) < MOST_PAGES:
            pages.append(self.target.follow(pages[-1].links["next"], pages[-1]))
        expected = channel.messages if direction == "forwards" else channel.messages[::-1]
        assert [each for page in pages for each in essences(page)] == expected

    @rule(number=CHANNELS, data=st.data())
    def read_a_part(self, number: int, data: st.DataObject) -> None:
        channel = self.channels[number]
        whole = history(self.target, channel.name, len(channel.messages))
        assert essences(whole) == channel.messages
        if not channel.messages:
            return
        times = members(whole, "timestamp")
        start, end = sorted(data.draw(st.tuples(st.sampled_from(times), st.sampled_from(times))))
        query = {**OLDEST_FIRST, "start": str(start), "end": str(end)}
        part = self.target.get(MESSAGES, channel_id=channel.name, query=query)
        within = [each for each, at in zip(channel.messages, times, strict=True) if start <= at <= end]
        assert essences(part) == within

    def teardown(self) -> None:
        for channel in self.channels:
            assert essences(history(self.target, channel.name, len(channel.messages))) == channel.messages


def refusals(*, is_flawed: bool) -> set[int]:
    """What a caller without the right is answered: of two reasons to refuse, no document says which comes first."""
    return {400, 401} if is_flawed else {401}


def essence(sent: Json, client: str | None) -> Essence:
    """What has to come back of a message: name, data with its encoding, and for whom it was published."""
    data = sent.get("data")
    is_text = data is None or isinstance(data, str)
    return (
        sent.get("name"),
        data if is_text else spelled(data),
        "" if is_text else "json",
        sent.get("clientId", client),
    )


def essences(read: Answer) -> list[Essence]:
    return [
        (
            message.get("name"),
            canonical(message["data"]) if encoding_of(message) == "json" else message.get("data"),
            encoding_of(message),
            message.get("clientId"),
        )
        for message in read.body
    ]


def without_nulls(message: Json) -> Json:
    return {name: value for name, value in message.items() if value is not None}
