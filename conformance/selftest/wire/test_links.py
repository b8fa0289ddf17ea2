"""`wire.links` parses Link headers (RFC 8288)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.links import Link, by_relation, origin, parse, resolve

TOKEN_CHARACTERS = "abcXYZ019!#$%&'*+.^_`|~-"
TARGETS = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S"), exclude_characters="<>"), max_size=20)
RELATIONS = st.lists(st.text("abcdefgh-.:/0", min_size=1, max_size=8), max_size=3).map(tuple)
NAMES = st.text(TOKEN_CHARACTERS, min_size=1, max_size=6).filter(lambda name: name.lower() != "rel")
TEXTS = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=12)
SPACES = st.sampled_from(["", " ", "\t "])


@st.composite
def written_links(draw) -> tuple[str, tuple[Link, ...]]:
    """A header line that a server may send, and the links in it."""
    links = draw(st.lists(st.builds(Link, TARGETS, RELATIONS), min_size=1, max_size=4))
    return ",".join(draw(written(link)) for link in links), tuple(links)


@st.composite
def written(draw, link: Link) -> str:
    others = st.builds("{}={}".format, NAMES, st.one_of(TEXTS.map(quoted), st.text(TOKEN_CHARACTERS, min_size=1)))
    before, behind = draw(st.lists(others | NAMES, max_size=2)), draw(st.lists(others | NAMES, max_size=2))
    relation = [f'rel{draw(SPACES)}={draw(SPACES)}"{" ".join(link.relations)}"'] if link.relations else []
    parameters = "".join(f"{draw(SPACES)};{draw(SPACES)}{each}" for each in (*before, *relation, *behind))
    return f"{draw(SPACES)}<{link.target}>{parameters}{draw(SPACES)}"


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(written_links())
def test_a_valid_line_is_parsed_to_its_links(line_and_links):
    line, links = line_and_links

    assert parse(line) == links


@pytest.mark.parametrize(
    ("line", "relations"),
    [
        ("<a>; rel=next", ("next",)),
        ('<a>;rel="next"', ("next",)),
        ('<a>; REL = "Next First"', ("next", "first")),
        ('<a>; rel=next; rel="prev"', ("next",)),
        ('<a>; title="x; rel=evil, <b>"; rel=next', ("next",)),
        ('<a>; x.y="; rel=evil"; rel=next', ("next",)),
        (r'<a>; title="\"; rel=evil"; rel=next', ("next",)),
        ("<a>", ()),
        ("<a>; rel", ()),
    ],
)
def test_a_link_has_the_relations_of_its_first_rel(line, relations):
    assert parse(line)[0].relations == relations


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a",
        "nonsense; rel=next",
        "<a",
        "<a>; rel=next,",
        "<a>;; rel=next",
        "<a> <b>",
        '<a>; rel="next',
        "<a b>",
        ",<a>",
    ],
)
def test_a_syntax_error_is_reported_with_its_position(line):
    with pytest.raises(ValueError, match=r"at character \d+"):
        parse(line)


@pytest.mark.parametrize(
    "line",
    ["<a>" + ";a" * 50_000, '<a>; a="' + "\\" * 50_000, "<a>" + " " * 50_000 + "x", "<a>" + " ;a = b" * 10_000 + '"'],
)
def test_a_long_line_is_parsed_in_linear_time(line):
    """A pattern that backtracks would take years for these."""
    with suppress(ValueError):
        parse(line)


def test_links_are_found_by_relation_over_several_lines():
    lines = ['<./messages?page=2>; rel="next", <?page=0>; rel=first', "</time>; rel=current"]

    assert by_relation(lines, "http://host/channels/x/messages?limit=1") == {
        "next": "http://host/channels/x/messages?page=2",
        "first": "http://host/channels/x/messages?page=0",
        "current": "http://host/time",
    }


def test_the_first_of_two_links_with_the_same_relation_is_used():
    assert by_relation(["<a>; rel=next", "<b>; rel=next"], "http://host/") == {"next": "http://host/a"}


def test_a_malformed_line_does_not_hide_the_others():
    lines = ["nonsense", "<http://[not-a-host>; rel=first", "<b>; rel=next"]

    assert by_relation(lines, "http://host/a") == {"next": "http://host/b"}


HISTORY = "http://host/channels/x/messages?limit=1"
DEVICES = "http://host/base/push/deviceRegistrations?limit=1"


@pytest.mark.parametrize(
    ("target", "url", "resolved"),
    [
        ("./messages?page=2", HISTORY, "http://host/channels/x/messages?page=2"),
        ("messages?page=2", HISTORY, "http://host/channels/x/messages?page=2"),
        ("?page=2", HISTORY, "http://host/channels/x/messages?page=2"),
        ("/channels/x/messages?page=2", HISTORY, "http://host/channels/x/messages?page=2"),
        (
            "http://internal-backend:9000/channels/x/messages",
            HISTORY,
            "http://internal-backend:9000/channels/x/messages",
        ),
        ("//internal-backend/channels/x/messages", HISTORY, "http://internal-backend/channels/x/messages"),
        ("../y/messages", HISTORY, "http://host/channels/y/messages"),
        ("./push/messages?page=2", HISTORY, "http://host/channels/x/push/messages?page=2"),
        ("./deviceRegistrations?page=2", DEVICES, "http://host/base/push/deviceRegistrations?page=2"),
        ("./push/deviceRegistrations?page=2", DEVICES, "http://host/base/push/deviceRegistrations?page=2"),
        ("push/deviceRegistrations?page=2", DEVICES, "http://host/base/push/deviceRegistrations?page=2"),
        ("./push/channels?page=2", DEVICES, "http://host/base/push/push/channels?page=2"),
        ("./push/push/deviceRegistrations", DEVICES, "http://host/base/push/push/push/deviceRegistrations"),
        ("/push/deviceRegistrations?page=2", DEVICES, "http://host/push/deviceRegistrations?page=2"),
    ],
)
def test_a_target_is_resolved_from_the_url_of_the_request(target, url, resolved):
    assert resolve(target, url) == resolved


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("http://host/a", "http://HOST:80/b?c", True),
        ("https://host/", "https://host:443/", True),
        ("http://host/", "https://host/", False),
        ("http://host/", "http://host:8080/", False),
        ("http://host/", "http://host.example/", False),
        ("http://host/", "http://host:x/", False),
        ("http://[::1]:8080/", "http://[::1]:8080/a", True),
    ],
)
def test_an_origin_is_scheme_host_and_port(one, other, is_same):
    assert (origin(one) == origin(other)) is is_same
