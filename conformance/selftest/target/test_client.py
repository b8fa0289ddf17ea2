"""`Target`: requests, pace, polling and pages. The clock is simulated, so no test sleeps."""

from __future__ import annotations

from itertools import count

import pytest

from conformance.contract.templates import fill
from conformance.errors import Inconclusive, SuiteError
from conformance.model import FORM, JSON, MSGPACK, Origin
from conformance.names import Names
from conformance.selftest.harness.loopback import loopback, refusing_url, reply
from conformance.selftest.harness.target import DEVICE, DEVICES, FULL, MESSAGES, PREFIX, Clock, target_at
from conformance.target.answer import Answer, arranged, is_empty

# One request ---------------------------------------------------------------------------------------------------------


def test_every_exchange_is_handed_to_the_observer():
    seen = []
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        answer = target_at(server.url, observer=seen.append).get("/time", principal="nobody")

    assert seen == [answer.exchange]
    assert (seen[0].operation, seen[0].origin, seen[0].principal) == ("GET /time", Origin.SCENARIO, "nobody")
    assert (answer.status, answer.body) == (200, [1])


def test_exchanges_are_numbered_within_the_run_and_the_worker():
    with loopback() as server:
        target = target_at(server.url)
        ids = [target.get("/time").exchange.id for _ in range(3)]

    assert ids == [f"{PREFIX}-x1", f"{PREFIX}-x2", f"{PREFIX}-x3"]


def test_a_path_template_is_filled_with_percent_encoded_parameters():
    with loopback() as server:
        target_at(server.url).get(MESSAGES, channel_id="a/b ü..", query={"limit": 5, "direction": "forwards"})

    assert server.targets == ["/channels/a%2Fb%20%C3%BC../messages?limit=5&direction=forwards"]


def test_a_segment_of_dots_is_percent_encoded():
    assert fill(MESSAGES, {"channel_id": ".."}) == "/channels/%2E%2E/messages"


def test_an_operation_outside_of_the_contract_is_a_suite_error():
    with pytest.raises(SuiteError, match=r"'GET /tmie' is not an operation of the contract.*did you mean 'GET /time'"):
        target_at("http://unused").get("/tmie")


@pytest.mark.parametrize(
    ("values", "sentence"), [({"device": "x"}, "has no parameter 'device'"), ({}, "is not filled")]
)
def test_parameters_that_do_not_match_the_template_are_a_suite_error(values, sentence):
    with pytest.raises(SuiteError, match=sentence):
        fill(DEVICE, values)


def test_an_unknown_principal_is_a_suite_error():
    with pytest.raises(SuiteError, match=r"There is no principal 'fulll'.*did you mean 'full'"):
        target_at("http://unused").get("/time", principal="fulll")


def test_only_the_credentials_of_the_principal_are_sent():
    with loopback() as server:
        target = target_at(server.url)
        target.get("/time")
        assert server.header_lines("authorization") == [FULL.headers[0][1]]
        target.get("/time", principal="nobody")
        assert server.header_lines("authorization") == []


@pytest.mark.parametrize(("send_as", "body"), [(JSON, b'{"a": "b"}'), (MSGPACK, b"\x81\xa1a\xa1b"), (FORM, b"a=b")])
def test_a_body_is_sent_in_the_requested_format(send_as, body):
    with loopback() as server:
        target_at(server.url).post(MESSAGES, {"a": "b"}, channel_id="x", send_as=send_as)

    assert server.requests[0].partition(b"\r\n\r\n")[2] == body
    assert server.header_lines("content-type") == [send_as]


def test_a_base_url_may_have_a_path():
    with loopback() as server:
        target_at(f"{server.url}/gateway/").get("/time")

    assert server.targets == ["/gateway/time"]


def test_an_empty_body_has_no_value():
    with loopback(reply(204)) as server:
        answer = target_at(server.url).get("/time")

    assert repr(answer.body) == "(no value)"
    assert answer.error_code is None


def test_the_error_code_is_read_from_the_body():
    with loopback(reply(404, b'{"error": {"code": 40400}}', f"Content-Type: {JSON}")) as server:
        assert target_at(server.url).get("/time").error_code == 40400


def test_reading_an_answer_without_response_is_inconclusive():
    answer = target_at(refusing_url()).get("/time")

    assert answer.exchange.failure == "connection refused"
    with pytest.raises(Inconclusive, match="GET got no response: connection refused"):
        _ = answer.status


def test_a_rejected_set_up_is_inconclusive():
    with (
        loopback(reply(500)) as server,
        pytest.raises(Inconclusive, match=r"set-up was rejected: GET .*/time returned status 500"),
    ):
        arranged(target_at(server.url).get("/time"))


def test_exchanges_of_a_set_up_have_that_origin():
    with loopback() as server:
        target = target_at(server.url)
        with target.arranging():
            assert target.get("/time").exchange.origin is Origin.SETUP
        assert target.get("/time").exchange.origin is Origin.SCENARIO


def test_fresh_names_are_numbered():
    names = Names(PREFIX)

    assert [names.fresh(), names.fresh("device"), names.fresh()] == [f"{PREFIX}-1", f"{PREFIX}-device-2", f"{PREFIX}-3"]


# Pace and patience ---------------------------------------------------------------------------------------------------


def test_requests_keep_the_interval():
    clock = Clock()
    with loopback() as server:
        target = target_at(server.url, clock=clock, interval=0.5)
        for _ in range(4):
            target.get("/time")

    assert clock.slept == [0.5, 0.5, 0.5]


def test_a_slow_caller_does_not_catch_up_in_a_burst():
    clock = Clock()
    with loopback() as server:
        target = target_at(server.url, clock=clock, interval=0.5)
        target.get("/time")
        clock.now += 100
        for _ in range(3):
            target.get("/time")

    assert clock.slept == [0.5, 0.5]


def test_without_an_interval_no_request_waits():
    clock = Clock()
    with loopback() as server:
        target = target_at(server.url, clock=clock)
        for _ in range(3):
            target.get("/time")

    assert clock.slept == []


def counting(server_answers: list[bytes]):
    answers = iter(server_answers)
    return lambda _: reply(200, next(answers), f"Content-Type: {JSON}")


def test_polling_ends_with_the_first_accepted_answer():
    clock = Clock()
    with loopback(counting([b"[1]", b"[1]", b"[]", b"[1]"])) as server:
        answer = target_at(server.url, clock=clock).poll("/time", until=is_empty)

    assert answer.body == []
    assert len(server.requests) == 3
    assert clock.slept == [0.02, 0.04]


def test_polling_ends_with_patience_and_returns_the_last_answer():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        answer = target_at(server.url, clock=clock, patience=3.0).poll("/time", until=is_empty)

    assert answer.body == [1]
    assert 3.0 <= sum(clock.slept) <= 3.5
    assert max(clock.slept) == 0.5


def test_polling_without_patience_sends_one_request():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        target_at(server.url, clock=clock, patience=0.0).poll("/time", until=is_empty)

    assert (len(server.requests), clock.slept) == (1, [])


def test_a_step_is_repeated_until_its_outcome_is_accepted():
    numbers, clock = count(1), Clock()
    target = target_at("http://unused", clock=clock)

    assert target.repeat(lambda: next(numbers), until=lambda number: number == 3) == 3
    assert clock.slept == [0.02, 0.04]


def test_settling_ends_with_two_accepted_answers_in_a_row():
    clock = Clock()
    with loopback(counting([b"[]", b"[1]", b"[]", b"[]", b"[1]"])) as server:
        answer = target_at(server.url, clock=clock).settle("/time", until=is_empty)

    assert answer.body == []
    assert len(server.requests) == 4


def test_settling_ends_with_patience_and_returns_the_last_answer():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        answer = target_at(server.url, clock=clock, patience=3.0).settle("/time", until=is_empty)

    assert answer.body == [1]
    assert 3.0 <= sum(clock.slept) <= 3.5


def in_vain(target, clock: Clock, path: str = "/time") -> float:
    """How long one scenario waits for what never shows."""
    target.pacer.renew_patience()
    began = clock.now
    target.poll(path, until=is_empty)
    return clock.now - began


def test_what_never_showed_in_several_scenarios_is_waited_for_less():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        target = target_at(server.url, clock=clock, patience=8.0)
        waited = [in_vain(target, clock) for _ in range(5)]

    assert all(8.0 <= each <= 8.5 for each in waited[:3])
    assert all(2.0 <= each <= 2.5 for each in waited[3:])


def test_other_operations_keep_the_whole_patience():
    clock = Clock()
    with loopback(reply(200, b"[1]", f"Content-Type: {JSON}")) as server:
        target = target_at(server.url, clock=clock, patience=8.0)
        for _ in range(4):
            in_vain(target, clock)
        waited = in_vain(target, clock, "/stats")

    assert 8.0 <= waited <= 8.5


def test_nothing_is_waited_for_less_than_twice_as_long_as_something_took_to_show():
    clock = Clock()
    answers = [b"[1]"] * 11 + [b"[]"]  # it shows after 3.2 seconds
    with loopback(counting(answers + [b"[1]"] * 200)) as server:
        target = target_at(server.url, clock=clock, patience=10.0)
        target.poll("/stats", until=is_empty)
        took = sum(clock.slept)
        waited = [in_vain(target, clock) for _ in range(4)]

    assert 3.0 < took < 4.0
    assert 2 * took <= waited[-1] <= 2 * took + 0.5


# Pages ---------------------------------------------------------------------------------------------------------------


def page(body: bytes, following: str = "") -> bytes:
    lines = [f'Link: <{following}>; rel="next"'] if following else []
    return reply(200, body, f"Content-Type: {JSON}", *lines)


def test_pages_are_followed_to_the_last_by_the_same_principal_in_the_same_format():
    pages = iter([page(b"[1]", "./messages?page=2"), page(b"[2]", "/channels/x/messages?page=3&a=%2f"), page(b"[3]")])
    with loopback(lambda _: next(pages)) as server:
        target = target_at(server.url)
        found = target.pages(target.get(MESSAGES, channel_id="x", accept=MSGPACK, query={"limit": 1}))

    assert server.targets[1:] == ["/channels/x/messages?page=2", "/channels/x/messages?page=3&a=%2f"]
    assert server.header_lines("accept") == [MSGPACK]
    assert server.header_lines("authorization") == [FULL.headers[0][1]]
    assert [each.exchange.operation for each in found] == [f"GET {MESSAGES}"] * 3


def test_a_link_to_another_origin_is_followed_nowhere():
    with loopback() as elsewhere, loopback() as server:
        target = target_at(server.url)
        first = target.get("/time")
        for url in (f"{elsewhere.url}/time", server.url.replace("http:", "https:") + "/time", "http://internal:9000/"):
            with pytest.raises(Inconclusive, match="which is not below http"):
                target.follow(url, first)

    assert elsewhere.connections == 0
    assert server.targets == ["/time"]


@pytest.mark.parametrize("path", ["/time", "/gatewayed/time", "/"])
def test_a_link_out_of_the_path_of_the_base_url_is_followed_nowhere(path):
    with loopback() as server:
        target = target_at(f"{server.url}/gateway")
        first = target.get("/time")
        with pytest.raises(Inconclusive, match="which is not below"):
            target.follow(f"{server.url}{path}", first)

    assert server.targets == ["/gateway/time"]


@pytest.mark.parametrize(
    "link",
    [
        "./deviceRegistrations?page=2",
        "deviceRegistrations?page=2",
        "./push/deviceRegistrations?page=2",
        "push/deviceRegistrations?page=2",
        "/push/deviceRegistrations?page=2",
        "?page=2",
    ],
)
def test_the_pages_of_a_push_list_are_followed_in_each_form_of_a_link(link):
    pages = iter([page(b"[1]", link), page(b"[2]")])
    with loopback(lambda _: next(pages)) as server:
        target = target_at(server.url)
        found = target.pages(target.get(DEVICES))

    assert server.targets == ["/push/deviceRegistrations", "/push/deviceRegistrations?page=2"]
    assert [each.body for each in found] == [[1], [2]]


def test_a_link_below_the_path_of_the_base_url_is_followed_there():
    with loopback() as server:
        target = target_at(f"{server.url}/gateway")
        target.follow(f"{server.url}/gateway/time?page=2", target.get("/time"))

    assert server.targets[-1] == "/gateway/time?page=2"


def test_more_than_200_pages_are_inconclusive():
    numbers = count(2)
    with loopback(lambda _: page(b"[1]", f"/time?page={next(numbers)}")) as server:
        target = target_at(server.url)
        with pytest.raises(Inconclusive, match="next was still there after 200 pages"):
            target.pages(target.get("/time"))

    assert len(server.requests) == 200


def test_links_of_an_answer_are_absolute():
    with loopback(reply(200, b"[]", f"Content-Type: {JSON}", 'Link: </time?page=2>; rel="next"')) as server:
        answer = target_at(server.url).get("/time")

    assert isinstance(answer, Answer)
    assert answer.links == {"next": f"{server.url}/time?page=2"}


def test_a_request_names_its_sender_unless_the_call_does():
    with loopback(reply(200, b"[1]")) as server:
        target = target_at(server.url)
        target.sender = "ably-conformance/1 (run 1; TIM-01)"

        target.get("/time")
        target.get("/time", headers={"User-Agent": "another"})

    agents = [line for request in server.requests for line in request.split(b"\r\n") if line.startswith(b"User-Agent")]
    assert agents == [b"User-Agent: ably-conformance/1 (run 1; TIM-01)", b"User-Agent: another"]
