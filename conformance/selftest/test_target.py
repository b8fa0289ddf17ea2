"""The target: its pace, its patience, its blast radius, and what it leaves behind. Nothing here really sleeps."""

from __future__ import annotations

import json
from itertools import count

import pytest

from conformance.contract import load
from conformance.errors import Inconclusive, SuiteError
from conformance.model import FORM, JSON, MSGPACK, Origin
from conformance.principals import NOBODY, Key, basic
from conformance.profile import Blast
from conformance.selftest.loopback import loopback, refusing_url, reply
from conformance.target import Answer, Call, Names, Pace, Target, arranged, fill, is_empty

CONTRACT = load("none")
FULL = basic("full", Key("app.key", "the-secret"))
PREFIX = "conf-7f3a-main"
DEVICES, DEVICE, SUBSCRIPTIONS = (
    "/push/deviceRegistrations",
    "/push/deviceRegistrations/{device_id}",
    "/push/channelSubscriptions",
)
MESSAGES = "/channels/{channel_id}/messages"


class Clock:
    """Time passes when somebody sleeps, and a little with every look."""

    def __init__(self, look: float = 0.0) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._look = look

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        self.now += self._look
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def aimed(url: str, *, blast: Blast = Blast.EXCLUSIVE, clock: Clock | None = None, observer=None, **pace) -> Target:
    return Target(
        url,
        CONTRACT,
        {"nobody": NOBODY, "full": FULL},
        pace=Pace(**{"timeout": 5.0, "patience": 5.0, **pace}),
        names=Names(PREFIX),
        observer=observer or (lambda _: None),
        blast=blast,
        clock=clock or Clock(),
    )


# One request ---------------------------------------------------------------------------------------------------------


def test_every_exchange_reaches_the_observer_as_it_was():
    seen = []
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        answer = aimed(server.url, observer=seen.append).get("/time", principal="nobody")

    assert seen == [answer.exchange]
    assert (seen[0].operation, seen[0].origin, seen[0].principal) == ("GET /time", Origin.SCENARIO, "nobody")
    assert (answer.status, answer.body) == (200, [1])


def test_exchanges_are_numbered_within_the_run_and_the_worker():
    with loopback() as server:
        target = aimed(server.url)
        ids = [target.get("/time").exchange.id for _ in range(3)]

    assert ids == [f"{PREFIX}-x1", f"{PREFIX}-x2", f"{PREFIX}-x3"]


def test_a_path_is_the_template_of_the_contract():
    with loopback() as server:
        aimed(server.url).get(MESSAGES, channel_id="a/b ü..", query={"limit": 5, "direction": "forwards"})

    assert server.targets == ["/channels/a%2Fb%20%C3%BC%2E%2E/messages?limit=5&direction=forwards"]


def test_a_dot_alone_does_not_vanish():
    assert fill(MESSAGES, {"channel_id": ".."}) == "/channels/%2E%2E/messages"


def test_an_operation_that_is_not_in_the_contract_is_our_mistake():
    with pytest.raises(SuiteError, match=r"'GET /tmie' is no operation of the contract.*did you mean 'GET /time'"):
        aimed("http://unused").get("/tmie")


@pytest.mark.parametrize(
    ("values", "sentence"), [({"device": "x"}, "has no parameter 'device'"), ({}, "is not filled")]
)
def test_a_template_and_its_values_belong_together(values, sentence):
    with pytest.raises(SuiteError, match=sentence):
        fill(DEVICE, values)


def test_a_principal_that_is_not_known_is_our_mistake():
    with pytest.raises(SuiteError, match=r"There is no principal 'fulll'.*did you mean 'full'"):
        aimed("http://unused").get("/time", principal="fulll")


def test_a_credential_goes_out_with_its_principal_alone():
    with loopback() as server:
        target = aimed(server.url)
        target.get("/time")
        assert server.header_lines("authorization") == [FULL.headers[0][1]]
        target.get("/time", principal="nobody")
        assert server.header_lines("authorization") == []


@pytest.mark.parametrize(("send_as", "body"), [(JSON, b'{"a": "b"}'), (MSGPACK, b"\x81\xa1a\xa1b"), (FORM, b"a=b")])
def test_a_body_goes_out_in_the_format_that_is_asked_for(send_as, body):
    with loopback() as server:
        aimed(server.url).post(MESSAGES, {"a": "b"}, channel_id="x", send_as=send_as)

    assert server.requests[0].partition(b"\r\n\r\n")[2] == body
    assert server.header_lines("content-type") == [send_as]


def test_a_base_url_may_have_a_path():
    with loopback() as server:
        aimed(f"{server.url}/gateway/").get("/time")

    assert server.targets == ["/gateway/time"]


def test_an_answer_without_a_body_has_no_value():
    with loopback(reply(204)) as server:
        answer = aimed(server.url).get("/time")

    assert repr(answer.body) == "(no value)"
    assert answer.error_code is None


def test_an_error_says_its_code():
    with loopback(reply(404, b'{"error": {"code": 40400}}', f"Content-Type: {JSON}")) as server:
        assert aimed(server.url).get("/time").error_code == 40400


def test_no_answer_is_inconclusive_where_it_is_read():
    answer = aimed(refusing_url()).get("/time")

    assert answer.exchange.failure == "nobody listens there: connection refused"
    with pytest.raises(Inconclusive, match="GET got no answer: nobody listens there"):
        _ = answer.status


def test_a_refused_set_up_is_inconclusive():
    with (
        loopback(reply(500)) as server,
        pytest.raises(Inconclusive, match=r"set-up was refused: GET .*/time answered 500"),
    ):
        arranged(aimed(server.url).get("/time"))


def test_exchanges_of_a_set_up_say_so():
    with loopback() as server:
        target = aimed(server.url)
        with target.arranging():
            assert target.get("/time").exchange.origin is Origin.SETUP
        assert target.get("/time").exchange.origin is Origin.SCENARIO


def test_fresh_names_never_meet():
    names = Names(PREFIX)

    assert [names.fresh(), names.fresh("device"), names.fresh()] == [f"{PREFIX}-1", f"{PREFIX}-device-2", f"{PREFIX}-3"]


# Pace and patience ---------------------------------------------------------------------------------------------------


def test_requests_keep_their_distance():
    clock = Clock()
    with loopback() as server:
        target = aimed(server.url, clock=clock, interval=0.5)
        for _ in range(4):
            target.get("/time")

    assert clock.slept == [0.5, 0.5, 0.5]


def test_who_was_slow_does_not_catch_up_in_a_burst():
    clock = Clock()
    with loopback() as server:
        target = aimed(server.url, clock=clock, interval=0.5)
        target.get("/time")
        clock.now += 100
        for _ in range(3):
            target.get("/time")

    assert clock.slept == [0.5, 0.5]


def test_without_a_pace_nothing_waits():
    clock = Clock()
    with loopback() as server:
        target = aimed(server.url, clock=clock)
        for _ in range(3):
            target.get("/time")

    assert clock.slept == []


def counting(server_answers: list[bytes]):
    answers = iter(server_answers)
    return lambda _: reply(200, next(answers), f"Content-Type: {JSON}")


def test_polling_ends_with_the_first_answer_that_satisfies():
    clock = Clock()
    with loopback(counting([b"[1]", b"[1]", b"[]", b"[1]"])) as server:
        answer = aimed(server.url, clock=clock).poll("/time", until=is_empty)

    assert answer.body == []
    assert len(server.requests) == 3
    assert clock.slept == [0.02, 0.04]


def test_polling_ends_when_patience_does_and_returns_what_is_there():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        answer = aimed(server.url, clock=clock, patience=3.0).poll("/time", until=is_empty)

    assert answer.body == [1]
    assert 3.0 <= sum(clock.slept) <= 3.5
    assert max(clock.slept) == 0.5


def test_without_patience_polling_asks_once():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        aimed(server.url, clock=clock, patience=0.0).poll("/time", until=is_empty)

    assert (len(server.requests), clock.slept) == (1, [])


# Pages ---------------------------------------------------------------------------------------------------------------


def page(body: bytes, following: str = "") -> bytes:
    lines = [f'Link: <{following}>; rel="next"'] if following else []
    return reply(200, body, f"Content-Type: {JSON}", *lines)


def test_pages_are_followed_to_the_last_as_the_same_caller_in_the_same_format():
    pages = iter([page(b"[1]", "./messages?page=2"), page(b"[2]", "/channels/x/messages?page=3&a=%2f"), page(b"[3]")])
    with loopback(lambda _: next(pages)) as server:
        target = aimed(server.url)
        found = target.pages(target.get(MESSAGES, channel_id="x", accept=MSGPACK, query={"limit": 1}))

    assert server.targets[1:] == ["/channels/x/messages?page=2", "/channels/x/messages?page=3&a=%2f"]
    assert server.header_lines("accept") == [MSGPACK]
    assert server.header_lines("authorization") == [FULL.headers[0][1]]
    assert [each.exchange.operation for each in found] == [f"GET {MESSAGES}"] * 3


def test_a_link_to_another_host_takes_no_credential_there():
    with loopback() as elsewhere, loopback() as server:
        target = aimed(server.url)
        first = target.get("/time")
        target.follow(f"{elsewhere.url}/stolen", first)

    assert elsewhere.connections == 0
    assert server.targets[-1] == "/stolen"


def test_a_link_below_the_path_of_the_base_url_stays_there():
    with loopback() as server:
        target = aimed(f"{server.url}/gateway")
        target.follow(f"{server.url}/gateway/time?page=2", target.get("/time"))

    assert server.targets[-1] == "/gateway/time?page=2"


def test_pages_without_end_are_inconclusive():
    numbers = count(2)
    with loopback(lambda _: page(b"[1]", f"/time?page={next(numbers)}")) as server:
        target = aimed(server.url)
        with pytest.raises(Inconclusive, match="next was still there after 200 pages"):
            target.pages(target.get("/time"))

    assert len(server.requests) == 200


# Blast radius --------------------------------------------------------------------------------------------------------

OURS, FOREIGN = f"{PREFIX}-1", "somebody-elses"
PROVING = (("Content-Type", JSON),)


def call(method: str, path: str, body=None, query=()) -> Call:
    return Call(
        method,
        path,
        tuple(query),
        PROVING if body is not None else (),
        json.dumps(body).encode() if body is not None else b"",
    )


READS = [
    call("GET", "/time"),
    call("GET", "/channels/x/messages"),
    call("HEAD", "/time"),
    call("OPTIONS", "/time"),
    call("GET", f"{DEVICES}/resetUpdateToken"),
    call("POST", "/keys/app.key/requestToken", {"ttl": 1}),
]
WRITES_OF_OURS = [
    call("POST", f"/channels/{OURS}/messages", {"data": "x"}),
    call("POST", f"/channels/pushenabled%3A{OURS}/messages", {"data": "x"}),
    call("PUT", f"{DEVICES}/{OURS}", {"id": OURS}),
    call("PATCH", f"{DEVICES}/{OURS}", {"metadata": {}}),
    call("DELETE", f"{DEVICES}/{OURS}"),
    call("GET", f"{DEVICES}/{OURS}/resetUpdateToken"),
    call("POST", DEVICES, {"id": OURS}),
    call("DELETE", DEVICES, query=[("clientId", OURS)]),
    call("POST", SUBSCRIPTIONS, {"channel": f"pushenabled:{OURS}", "deviceId": OURS}),
    call("DELETE", SUBSCRIPTIONS, query=[("channel", OURS), ("deviceId", OURS)]),
    call("POST", "/push/publish", {"recipient": {"deviceId": OURS}, "notification": {"title": "x"}}),
    call("POST", "/push/publish", {"recipient": {"transportType": "ablyChannel", "channel": OURS, "ablyKey": "k"}}),
]
WRITES_OF_OTHERS = [
    call("POST", f"/channels/{FOREIGN}/messages", {"data": OURS, "name": OURS}, [("x", OURS)]),
    call("PUT", f"{DEVICES}/{FOREIGN}", {"id": FOREIGN, "metadata": {"note": OURS}}),
    call("PUT", f"{DEVICES}/{OURS}", {"id": FOREIGN}),
    call("PUT", f"{DEVICES}/requestToken", {"id": FOREIGN}),
    call("DELETE", f"{DEVICES}/{FOREIGN}"),
    call("GET", f"{DEVICES}/{FOREIGN}/resetUpdateToken"),
    call("POST", DEVICES, {"id": FOREIGN, "metadata": {"note": OURS}}),
    call("POST", DEVICES, {"metadata": {"note": OURS}}),
    call("POST", DEVICES, [OURS]),
    call("DELETE", DEVICES),
    call("DELETE", DEVICES, query=[("clientId", FOREIGN)]),
    call("DELETE", DEVICES, query=[("clientId", FOREIGN), ("deviceId", OURS)]),
    call("DELETE", DEVICES, query=[("format", OURS)]),
    call("POST", SUBSCRIPTIONS, {"channel": FOREIGN, "deviceId": OURS}),
    call("POST", SUBSCRIPTIONS, {"channel": OURS, "clientId": FOREIGN}),
    call("DELETE", SUBSCRIPTIONS, query=[("channel", OURS), ("clientId", FOREIGN)]),
    call("POST", "/push/publish", {"recipient": {"clientId": FOREIGN}, "data": {"note": OURS}}),
    call("POST", "/push/publish", {"recipient": {"transportType": "apns", "deviceToken": OURS, "deviceId": OURS}}),
    call("POST", "/push/publish", {"note": OURS}),
    call("POST", f"/apps/{OURS}"),
    call("DELETE", f"/apps/{OURS}"),
    call("POST", f"/keys/{OURS}/revokeTokens", {"targets": ["clientId:x"]}),
]


def outcome(target: Target, each: Call) -> str:
    try:
        target.send(each)
    except SuiteError as refusal:
        return str(refusal)
    return "sent"


def test_a_read_only_run_writes_nothing_whatever_is_asked_of_it():
    with loopback() as server:
        target = aimed(server.url, blast=Blast.READ_ONLY)
        said = {outcome(target, each) for each in (*WRITES_OF_OURS, *WRITES_OF_OTHERS)}

    assert server.connections == 0
    assert all(" leaves the blast radius 'read-only'" in each for each in said)
    assert target.ledger.latest_first() == []


def test_a_run_bound_to_its_names_touches_nothing_of_others():
    with loopback() as server:
        target = aimed(server.url, blast=Blast.NAMESPACED)
        said = [outcome(target, each) for each in WRITES_OF_OTHERS]

    assert server.connections == 0
    assert "sent" not in said
    assert target.ledger.latest_first() == []


@pytest.mark.parametrize("each", WRITES_OF_OURS, ids=lambda each: f"{each.method} {each.path}{each.body[:40]}")
def test_a_run_bound_to_its_names_may_write_what_is_its_own(each):
    assert aimed("http://unused", blast=Blast.NAMESPACED).may_send(each)


@pytest.mark.parametrize("blast", Blast)
def test_reading_is_always_allowed(blast):
    assert all(aimed("http://unused", blast=blast).may_send(each) for each in READS)


def test_an_exclusive_run_may_do_anything():
    assert all(aimed("http://unused").may_send(each) for each in (*READS, *WRITES_OF_OURS, *WRITES_OF_OTHERS))


def test_what_a_scenario_says_is_bound_like_any_call():
    with loopback() as server:
        target = aimed(server.url, blast=Blast.READ_ONLY)
        for write in (
            lambda: target.post(MESSAGES, {"data": "x"}, channel_id=OURS),
            lambda: target.put(DEVICE, {"id": OURS}, device_id=OURS),
            lambda: target.patch(DEVICE, {}, device_id=OURS),
            lambda: target.delete(DEVICE, device_id=OURS),
        ):
            with pytest.raises(SuiteError, match="leaves the blast radius"):
                write()

    assert server.connections == 0


# Clean-up ------------------------------------------------------------------------------------------------------------


class Shelf:
    """Devices by path: just enough of a server to be cleaned."""

    def __init__(self, stubborn: str = "") -> None:
        self.devices: set[str] = set()
        self.stubborn = stubborn

    def __call__(self, request: bytes) -> bytes:
        method, path = request.decode("latin-1").split(" ")[:2]
        if method == "PUT":
            self.devices.add(path)
        if method == "DELETE" and self.stubborn not in path.split("/")[-1:]:
            self.devices.discard(path)
        return reply(200 if path in self.devices else 404, b"{}", f"Content-Type: {JSON}")


def registered(url: str, *names: str, **how) -> Target:
    target = aimed(url, **how)
    for name in names:
        target.put(DEVICE, {"id": name}, device_id=name)
    return target


def test_what_was_made_is_removed_the_latest_first_and_looked_for_again():
    shelf = Shelf()
    with loopback(shelf) as server:
        left = registered(server.url, "one", "two").clean_up()

    assert left == ()
    assert shelf.devices == set()
    asked = zip(server.methods, (target.rpartition("/")[2] for target in server.targets), strict=True)
    assert list(asked) == [
        ("PUT", "one"),
        ("PUT", "two"),
        ("DELETE", "two"),
        ("DELETE", "one"),
        ("GET", "two"),
        ("GET", "one"),
    ]


def test_what_cannot_be_removed_is_named_with_the_request_that_would():
    with loopback(Shelf(stubborn="two")) as server:
        left = registered(server.url, "one", "two").clean_up()

    assert left == ("DELETE /push/deviceRegistrations/two",)


def test_what_goes_slowly_is_waited_for_as_long_as_patience_lasts():
    clock = Clock()
    with loopback(Shelf(stubborn="one")) as server:
        registered(server.url, "one", clock=clock, patience=2.0).clean_up()

    assert 2.0 <= sum(clock.slept) <= 2.5


def test_the_ledger_is_written_before_the_request_goes_out():
    """A crash between the two still leaves the list."""
    with loopback(lambda _: None) as server:
        target = registered(server.url, "one")

    assert [entry.words for entry in target.ledger.latest_first()] == ["DELETE /push/deviceRegistrations/one"]


def test_a_target_that_is_gone_leaves_everything_and_says_so_at_once():
    clock = Clock()
    with loopback(Shelf()) as server:
        target = registered(server.url, "one", "two", clock=clock)
        target.url = refusing_url()
        left = target.clean_up()

    assert left == ("DELETE /push/deviceRegistrations/two", "DELETE /push/deviceRegistrations/one")
    assert clock.slept == []


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_what_cannot_be_looked_at_counts_as_left(status):
    with loopback(reply(status)) as server:
        assert registered(server.url, "one", patience=0.0).clean_up() == ("DELETE /push/deviceRegistrations/one",)


def test_an_empty_list_is_nothing_left():
    with loopback(reply(200, b"[]", f"Content-Type: {JSON}")) as server:
        target = aimed(server.url)
        target.post(SUBSCRIPTIONS, {"channel": "a", "deviceId": "d"})
        assert target.clean_up() == ()

    assert server.targets[1:] == ["/push/channelSubscriptions?channel=a&deviceId=d"] * 2


def test_an_answer_is_what_its_exchange_says():
    with loopback(reply(200, b"[]", f"Content-Type: {JSON}", 'Link: </time?page=2>; rel="next"')) as server:
        answer = aimed(server.url).get("/time")

    assert isinstance(answer, Answer)
    assert answer.links == {"next": f"{server.url}/time?page=2"}
