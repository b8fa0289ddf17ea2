"""The modes, by kind."""

from __future__ import annotations

from conformance.selftest.hostile.mode import Mode
from conformance.selftest.hostile.modes import contents, framing, surroundings, timing

KINDS = {
    "time": "It is slow, or never ends",
    "work": "Its answers are work",
    "blame": "Its values are of another type than anything expects",
    "framing": "Its messages are not HTTP, or are two things at once",
    "constant": "It answers the same to everything",
    "false fail": "It is right, or its connection is broken",
    "output": "What it says is meant for a terminal, a CI or a browser",
    "files": "The folder of the reports is not as it should be",
    "secrets": "It says what it was told in confidence",
    "journal": "The journal is not what was written",
    "client": "A client of the reference server misbehaves",
}

MODES: tuple[Mode, ...] = (*timing.MODES, *contents.MODES, *framing.MODES, *surroundings.MODES)
