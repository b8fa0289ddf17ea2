"""Makes text from a target safe and short to show, for each medium that shows it.

`legible` is the base of all: characters that control a terminal or the text direction are spelled out. Files do their
own escaping for HTML, XML or Markdown on top; what goes to a terminal, and from there to the log of a CI system, passes
through `for_terminal`.

Pure.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls, escape sequences among them
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible characters and direction marks
    "\ud800-\udfff\ufffe\uffff]"  # lone surrogates, and what XML forbids
)
_COMMAND_LINE = re.compile(r"^(\s*)::")
_COMMAND_WORD = re.compile(r"##(?=\[|vso\[|teamcity\[)")

LONGEST_OUTPUT = 20_000
MOST_LINES = 400
"""Characters and lines of one text on a terminal, which no test of the suite needs."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def legible(text: str) -> str:
    """The text with each control character, invisible character and direction mark as its code point: ⟨U+202E⟩."""
    return _CONTROL.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def for_terminal(text: str, longest: int = LONGEST_OUTPUT, most: int = MOST_LINES) -> str:
    """The text with at most so many characters and lines, of which none is a command to a CI system."""
    kept = text[:longest].split("\n")[:most]
    lines = (_without_command(legible(line)) for line in kept)
    shown = "\n".join(lines)
    is_whole = len(text) <= longest and text.count("\n") < most
    return shown if is_whole else f"{shown}\n… ({len(text):,} characters in all)"


def _without_command(line: str) -> str:
    """GitHub reads a line that begins with :: as a command, and ##[ or ##vso[ anywhere; Azure and Forgejo do alike."""
    return _COMMAND_WORD.sub("#⟨U+0023⟩", _COMMAND_LINE.sub(r"\1:⟨U+003A⟩", line))


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
