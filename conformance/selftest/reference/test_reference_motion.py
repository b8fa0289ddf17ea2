"""Choices of motion do what they say, so that a run against them proves something. The clock of the choices is set."""

import json
from types import SimpleNamespace

import pytest

from conformance.reference.choices import CHOICES, motion, parts_of
from conformance.reference.parts import assemble
from conformance.reference.wire import Request
from conformance.selftest.reference.client import DEVICE, SANDBOX, base64

ALONE = [each for each in CHOICES.values() if each.judged_alone_by]
DEVICE_PATH = "/push/deviceRegistrations/d"
PRESENCE_PATH = "/channels/persisted:fixtures/presence"


class Local:
    """The service in this process with one choice, and one application."""

    def __init__(self, choice):
        self.service = assemble(parts_of([choice]), allow_plain_basic=True)
        made = self.answer("POST", "/apps", SANDBOX)
        self.authorization = f"Basic {base64(json.loads(made.body)['keys'][0]['keyStr'])}"

    def answer(self, method, path, body=None, **query):
        headers = {b"content-type": b"application/json", b"authorization": getattr(self, "authorization", "").encode()}
        raw = b"" if body is None else json.dumps(body).encode()
        return self.service.answer(Request(method, path.encode(), query, headers, raw, "http"))

    def read(self, path, **query):
        return json.loads(self.answer("GET", path, **query).body)

    def statuses(self, path, times):
        return [self.answer("GET", path).status for _ in range(times)]


def headers_of(answer):
    return {name.decode().lower(): value.decode() for name, value in answer.headers}


@pytest.fixture
def moment(monkeypatch):
    """The time that the choices read; a test sets `now`."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(motion, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_deleted_device_shows_until_it_is_forgotten(moment):
    local = Local("deletions-show-late")
    local.answer("PUT", DEVICE_PATH, {**DEVICE, "id": "d"})
    local.answer("DELETE", DEVICE_PATH)

    before = local.statuses(DEVICE_PATH, 2)
    moment.now += motion.SOON
    assert (before, local.statuses(DEVICE_PATH, 2)) == ([200, 200], [404, 404])


def test_one_deletion_in_ten_shows_longer(moment):
    local = Local("deletions-show-late")
    for _ in range(motion.LATE_ONES // 2):
        local.answer("PUT", DEVICE_PATH, {**DEVICE, "id": "d"})
        local.answer("DELETE", DEVICE_PATH)

    moment.now += motion.SOON
    assert local.statuses(DEVICE_PATH, 1) == [200]
    moment.now += motion.LATE
    assert local.statuses(DEVICE_PATH, 1) == [404]


def test_what_is_saved_again_does_not_show_as_it_was_deleted(moment):
    local = Local("deletions-show-late")
    for metadata in ({"number": "1"}, {"number": "2"}):
        local.answer("DELETE", DEVICE_PATH)
        local.answer("PUT", DEVICE_PATH, {**DEVICE, "id": "d", "metadata": metadata})

    assert local.read(DEVICE_PATH)["metadata"] == {"number": "2"}
    assert moment.now == 0.0


def test_rereads_go_back_and_forth_until_they_settle(moment):
    local = Local("rereads-go-back")
    local.answer("PUT", DEVICE_PATH, {**DEVICE, "id": "d"})

    before = local.statuses(DEVICE_PATH, 4)
    moment.now += motion.SETTLED
    assert (before, local.statuses(DEVICE_PATH, 4)) == ([200, 404, 200, 404], [200] * 4)


def test_a_member_comes_and_goes_until_presence_settles(moment):
    local = Local("presence-goes-back")

    before = [len(local.read(PRESENCE_PATH)) for _ in range(4)]
    moment.now += motion.UNSETTLED + 1
    after = [len(local.read(PRESENCE_PATH)) for _ in range(4)]
    assert (before, after) == ([6, 5, 6, 5], [6] * 4)


def test_pages_of_an_enumeration_are_uneven_and_hold_everything_once():
    local = Local("uneven-enumeration")
    for number in range(5):
        local.answer("POST", f"/channels/c{number}/messages", {"data": "x"})

    pages, query = [], {"by": "id", "prefix": "c"}
    while True:
        answer = local.answer("GET", "/channels", **query)
        pages.append(json.loads(answer.body))
        (link,) = [value.decode() for name, value in answer.headers if b'rel="next"' in value] or [""]
        if not link:
            break
        query = dict(each.split("=") for each in link.partition("?")[2].partition(">")[0].split("&"))

    assert sorted(name for page in pages for name in page) == [f"c{number}" for number in range(5)]
    assert [] in pages
    assert len({len(page) for page in pages}) > 2


def test_every_answer_comes_from_another_frontend():
    local = Local("many-frontends")
    ids = [headers_of(local.answer("GET", "/time"))["x-ably-serverid"] for _ in range(5)]
    refused = local.answer("GET", "/channels/a/messages", limit="x")

    assert len(set(ids)) == 5
    assert json.loads(refused.body)["error"]["serverId"] == headers_of(refused)["x-ably-serverid"]


def test_the_routing_layer_is_unavailable_now_and_then():
    local = Local("routing-layer-fails")
    answers = [local.answer("GET", "/time") for _ in range(motion.UNAVAILABLE_EVERY)]

    (flat,) = [answer for answer in answers if answer.status != 200]
    assert flat.status == 503
    assert "error" not in json.loads(flat.body)
    assert not [name for name in headers_of(flat) if name.startswith("x-ably")]


def test_the_edge_limits_the_rate_and_says_when_to_come_back():
    local = Local("edge-limits-rate")
    answers = [local.answer("GET", "/time") for _ in range(motion.LIMITED_EVERY)]

    (limited,) = [headers_of(answer) for answer in answers if answer.status == 429]
    assert (limited["x-ably-errorcode"], limited["retry-after"]) == ("42922", "1")


@pytest.mark.parametrize("seconds", ["SOON", "LATE", "SETTLED", "UNSETTLED"])
def test_no_choice_takes_longer_than_the_patience_of_the_profile(seconds):
    """Profile sandbox has a patience of ten seconds."""
    assert getattr(motion, seconds) < 10 / 2


def test_every_choice_of_motion_is_judged_alone():
    assert {each.cls.__module__ for each in ALONE} == {motion.__name__}
    assert len(ALONE) == 7
