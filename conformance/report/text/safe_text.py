"""Makes text from a target safe to show: characters that control a terminal or the text direction are spelled out.

Pure. Each format does its own escaping for HTML or XML on top.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls, escape sequences among them
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible characters and direction marks
    "\ud800-\udfff\ufffe\uffff]"  # lone surrogates, and what XML forbids
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def legible(text: str) -> str:
    """The text with each control character, invisible character and direction mark as its code point: ⟨U+202E⟩."""
    return _CONTROL.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def encodable(text: str) -> str:
    """The text for a machine-readable file: lone surrogates, which UTF-8 cannot encode, become U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def shortened(text: str, longest: int) -> str:
    """The text as one line of at most `longest` characters; a cut text ends with its full length."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    note = f"… ({len(text):,} characters)"
    return line[: max(longest - len(note), 1)] + note


def one_line(sentence: str, longest: int = 600) -> str:
    """A sentence for the terminal: it may hold what a target or a key said."""
    return legible(shortened(sentence, longest))
