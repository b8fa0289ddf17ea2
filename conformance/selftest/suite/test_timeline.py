"""`suite.steps.timeline`: a history is read until it is as expected, also where a refetch has fewer messages."""

from __future__ import annotations

import json
import time

import pytest

from conformance.errors import Inconclusive
from conformance.model import JSON
from conformance.selftest.harness.loopback import loopback, reply
from conformance.selftest.harness.target import Clock, target_at
from conformance.suite.steps.timeline import KEPT_ANYWAY, LENGTH, Timeline, followed, ids_of, read, require_kept, walk

TIMELINE = Timeline("x", ("a", "b", "c"), (1, 2, 3), time.monotonic() + 3600)  # young, whenever the tests run
IDS = tuple(f"m{number}" for number in range(LENGTH))
OLD, NEW = KEPT_ANYWAY + 1, 1.0


def page(*ids: str, next_page: str = "") -> bytes:
    lines = [f'Link: <./messages?page={next_page}>; rel="next"'] if next_page else []
    return reply(200, json.dumps([{"id": each} for each in ids]).encode(), f"Content-Type: {JSON}", *lines)


def answering(*pages: bytes):
    """The pages in turn, and the last of them for ever."""
    rest = list(pages)
    return lambda _: rest.pop(0) if len(rest) > 1 else rest[0]


def test_a_read_is_repeated_until_it_shows_the_expected_messages():
    with loopback(answering(page("b", "a"), page("c", "a"), page("c", "b", "a"))) as server:
        answer = read(target_at(server.url, clock=Clock()), TIMELINE)

    assert ids_of([answer]) == ["c", "b", "a"]
    assert len(server.requests) == 3


def test_a_read_that_stays_wrong_is_returned_when_patience_ends():
    with loopback(page("a")) as server:
        answer = read(target_at(server.url, clock=Clock(), patience=1.0), TIMELINE, limit="2")

    assert ids_of([answer]) == ["a"]
    assert len(server.requests) > 3


def test_an_answer_that_is_no_list_is_read_again():
    with loopback(answering(reply(404, b'{"error":{}}', f"Content-Type: {JSON}"), page("c", "b"))) as server:
        assert ids_of([read(target_at(server.url, clock=Clock()), TIMELINE, limit="2")]) == ["c", "b"]


def test_pages_are_walked_from_the_first_again():
    pages = (page("c", "b", next_page="2"), page(), page("c", "b", next_page="2"), page("a"))
    with loopback(answering(*pages)) as server:
        walked = walk(target_at(server.url, clock=Clock()), TIMELINE, limit="2")

    assert ids_of(walked) == ["c", "b", "a"]
    assert [target.partition("?")[2] for target in server.targets] == ["limit=2", "page=2"] * 2


def test_a_link_is_followed_until_it_shows_the_messages():
    with loopback(answering(page("c", next_page="2"), page(), page("b"))) as server:
        target = target_at(server.url, clock=Clock())
        assert ids_of([followed(target, read(target, TIMELINE, limit="1"), "next", ["b"])]) == ["b"]


@pytest.mark.parametrize(
    ("age", "left", "is_lost"), [(OLD, 0, True), (OLD, 3, True), (OLD, LENGTH, False), (NEW, 0, False)]
)
def test_messages_are_missed_only_after_two_minutes(age, left, is_lost):
    timeline = Timeline("persisted:conf-x", IDS, tuple(range(LENGTH)), time.monotonic() - age)
    body = json.dumps([{"id": id_} for id_ in IDS[:left]]).encode()

    with loopback(reply(200, body, "Content-Type: application/json")) as server:
        if is_lost:
            with pytest.raises(
                Inconclusive, match=r"are gone after 110 s; .* name one that does with \[world\] persisted"
            ):
                require_kept(target_at(server.url), timeline)
        else:
            require_kept(target_at(server.url), timeline)
