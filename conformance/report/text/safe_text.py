"""Text from a target, made safe to look at: what steers a terminal, a page or the eye is spelled out instead.

Pure. Escaping for HTML or XML comes on top and is the business of the writer.
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls, escape sequences among them
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # marks without width, and those that turn text around
    "\ud800-\udfff\ufffe\uffff]"  # surrogates without a partner, and what XML forbids
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def legible(text: str) -> str:
    """The same text with every control, invisible and direction mark written as its code point: ⟨U+202E⟩."""
    return _STEERING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def encodable(text: str) -> str:
    """The same text, fit for UTF-8: a surrogate without a partner becomes U+FFFD. For machines, who need no more."""
    return _SURROGATE.sub("\ufffd", text)


def shortened(text: str, longest: int) -> str:
    """One line of at most `longest` characters; a cut states how much there was."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    note = f"… ({len(text):,} characters)"
    return line[: max(longest - len(note), 1)] + note
