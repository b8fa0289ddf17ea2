"""Finds Python notation and names made by the run in a finding, which must not show them.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NOTATIONS = (
    ("a tuple", re.compile(r"\((?:-?\d+|None|True|False|'[^']*'|\"[^\"]*\"),(?:\s|\))")),
    ("a Python list or dict", re.compile(r"[\[{]'|[\[{(](?:None|True|False)\b")),
    ("a Python constant", re.compile(r"\b(?:None|True|False|NotImplemented)\b")),
    ("a Python set", re.compile(r"\b(?:frozen)?set\(")),
    ("a Python class", re.compile(r"<(?:class|function|conformance|built-in)|object at 0x")),
    ("the name of an exception", re.compile(r"\b(?:Key|Index|Type|Attribute|Value|Assertion|Runtime|OS)Error\b")),
    ("a Python bytes literal", re.compile(r"(?:^|[(\[{,:=]|received |expected )\s*b['\"]")),
    ("a comparison in code", re.compile(r"\bassert\b|\s(?:==|!=)\s|\.status\b")),
    ("a name made by the run", re.compile(r"\bconf-[0-9a-f]{6}-")),
)


def notations(text: str) -> Iterator[str]:
    """The kinds of notation that a text shows, in words."""
    yield from (name for name, pattern in _NOTATIONS if pattern.search(text))
