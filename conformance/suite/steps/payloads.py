"""What messages can carry: texts, values and bytes to draw from, and how data stands in either format."""

from __future__ import annotations

import base64
import json

from hypothesis import strategies as st

from conformance.model import Json

SPECIAL = (
    "👩‍👩‍👧‍👦 family, 🏳️‍🌈 flag, 😀",  # joined emoji and what lies beyond the first plane
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
"""Beyond it a number is not the same in every JSON library."""

_LEAVES = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.sampled_from([0.5, -1.25]) | TEXTS
_VALUES: st.SearchStrategy[Json] = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
STRUCTURES: st.SearchStrategy[Json] = st.dictionaries(TEXTS, _VALUES, max_size=3) | st.lists(_VALUES, max_size=3)
"""What JSON data may be beside a text: objects and arrays."""

BYTES = st.binary(min_size=1, max_size=40)


def several(strategy: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """A few at once, to be published together: an example costs a request, a message does not."""
    return st.lists(strategy, min_size=1, max_size=5)


def as_data(values: list[Json], **members: Json) -> list[Json]:
    return [{"data": value, **members} for value in values]


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def canonical(text: Json) -> str:
    """One spelling of a JSON text, so that true is not mistaken for 1 nor the order of members for a difference."""
    return spelled(json.loads(text)) if isinstance(text, str) else f"no text: {text!r}"


def spelled(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def encoding_of(message: Json) -> str:
    """An encoding that is empty says the same as none."""
    return message.get("encoding") or ""
