"""Fresh names contain the run and the worker, and words stand for them in findings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.names import Names, without_made_names
from conformance.proof.readability import notations

KINDS = st.sampled_from(["", "device", "channel", "client"])
RUNS = st.text("0123456789abcdef", min_size=6, max_size=6)
PREFIXES = st.builds("conf-{}-{}".format, RUNS, st.sampled_from(["main", "gw0"]))


def test_fresh_names_are_numbered():
    names = Names("conf-7f3a-main")

    assert [names.fresh(), names.fresh("device"), names.fresh()] == [
        "conf-7f3a-main-1",
        "conf-7f3a-main-device-2",
        "conf-7f3a-main-3",
    ]


@given(PREFIXES, st.lists(KINDS, min_size=1, max_size=30))
def test_every_fresh_name_becomes_words(prefix, kinds):
    names = Names(prefix)
    made = [names.fresh(kind) for kind in kinds]

    (text,) = without_made_names(", ".join(made))

    words = text.split(", ")
    assert list(notations(text)) == []
    assert len(set(words)) == len(made)
    assert [word.partition(" ")[0] for word in words] == [kind or "name" for kind in kinds]


def test_names_are_numbered_by_kind_in_the_order_of_the_texts():
    first, other, channel = (f"conf-7f3a-gw0-{name}" for name in ("device-9", "device-2", "channel-4"))

    assert without_made_names(f"c is {first}", f"a is {other} on {channel}", first) == (
        "c is device 1",
        "a is device 2 on channel 1",
        "device 1",
    )


@pytest.mark.parametrize("text", ["", "configuration", "conf-presence", "conf-7f3a99-main", "device 1"])
def test_other_texts_are_kept(text):
    assert without_made_names(text) == (text,)


def test_a_name_and_one_that_begins_with_it_are_two():
    assert without_made_names("conf-7f3a-main-1", "conf-7f3a-main-12") == ("name 1", "name 2")
