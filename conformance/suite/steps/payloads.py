"""Strategies for message data (text, JSON, bytes), and the forms in which a target returns it."""

from __future__ import annotations

import base64
import json

from hypothesis import strategies as st

from conformance.model import Json

SPECIAL = (
    "👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 😀",  # joined emoji and characters outside the basic plane
    "e\u0301 decomposed, \u00e9 composed",
    "עברית and العربية and back",
    "\u202eright to left\u202c",
    "line\u2028and paragraph\u2029separators",
    "\ufeffa byte order mark that is text",
    "tab\tnew line\nand\r\nboth",
    'quotes " \\ / and \\u0041',
    "{}",
    "null",
    " ",
)
TEXTS = st.sampled_from(SPECIAL) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=20
)
LARGEST = 2**53 - 1
"""JSON libraries differ in how they read larger numbers."""

_LEAVES = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.sampled_from([0.5, -1.25]) | TEXTS
_VALUES: st.SearchStrategy[Json] = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
STRUCTURES: st.SearchStrategy[Json] = st.dictionaries(TEXTS, _VALUES, max_size=3) | st.lists(_VALUES, max_size=3)
"""Objects and arrays: message data that JSON transports and that is not a text."""

BYTES = st.binary(min_size=1, max_size=40)


def several(strategy: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """One to five values for one publish: each example costs a request, however many messages it has."""
    return st.lists(strategy, min_size=1, max_size=5)


def as_data(values: list[Json], **members: Json) -> list[Json]:
    """One message for each value, all with the same other members."""
    return [{"data": value, **members} for value in values]


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def canonical(data: Json) -> Json:
    """The JSON text in `data` rewritten with sorted members; data that is no JSON text stays as it is.

    The texts are compared, because a comparison of the parsed values takes true for 1.
    """
    try:
        return spelled(json.loads(data)) if isinstance(data, str) else data
    except (ValueError, RecursionError):
        return data


def parsed(data: Json) -> Json:
    """The value of a JSON text; data that is no JSON text as it is, so that it differs from what was expected."""
    try:
        return json.loads(data) if isinstance(data, str) else data
    except (ValueError, RecursionError):
        return data


def spelled(value: Json) -> str:
    """A value as JSON text, written as `canonical` writes it."""
    return json.dumps(value, sort_keys=True)


def encoding_of(message: Json) -> str:
    """The encoding of a message, "" where it has none: an empty encoding and an absent one mean the same."""
    return message.get("encoding") or ""
