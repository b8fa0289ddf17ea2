"""Draw what a terminal shows of a command, while it runs and at its end, with a browser.

    python benchmarks/console_picture.py FILE.png [--while] -- COMMAND ...

--while draws the moment in which the last line that is written over has been written for the sixtieth time.
"""

from __future__ import annotations

import fcntl
import html
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
from itertools import groupby
from pathlib import Path

COLUMNS, BROWSER, MOMENT = 120, "/usr/bin/chromium", 60
LINE, CHARACTER = 19, 8.43
"""Pixels of a line and of a character, at 14 pixels."""

PAGE = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 0; background: #16181d; }}
pre {{ margin: 0; padding: 16px; color: #d8dbe2; font: 14px/{line}px "DejaVu Sans Mono", monospace; }}
.bold {{ font-weight: bold; }} .red {{ color: #ff7b72; }} .green {{ color: #7ee787; }} .yellow {{ color: #e3b341; }}
</style><pre>{text}</pre>"""
CLASSES = {"1": "bold", "31": "red", "32": "green", "33": "yellow"}
STYLE = re.compile(r"\x1b\[([\d;]*)m")


def received(command: list[str]) -> str:
    """All that the command writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "COLUMNS"}}
    parts: list[bytes] = []
    with subprocess.Popen(command, env={**env, "TERM": "xterm"}, stdout=theirs, stderr=theirs):  # noqa: S603  the user's
        os.close(theirs)
        while part := _read(ours):
            parts.append(part)
    os.close(ours)
    return b"".join(parts).decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""


def at_moment(text: str) -> str:
    """Up to the sixtieth state of the line that is written over."""
    states = [found.start() for found in re.finditer(r"\r(?=[^\r\n])", text)]
    return text[: states[MOMENT]] if len(states) > MOMENT else text


def screen(text: str) -> list[str]:
    """The lines as they stand: what a line was written over with is gone."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [next((part for part in reversed(line.split("\r")) if part.strip()), "").rstrip() for line in lines]


def cells(line: str) -> list[tuple[str, str]]:
    """Each character of a line with the classes of its style."""
    found, classes = [], ""
    for number, part in enumerate(STYLE.split(line)):
        if number % 2:
            codes = part.split(";")
            kept = "" if {"0", ""} & set(codes) else classes
            classes = " ".join(filter(None, (kept, *(CLASSES[each] for each in codes if each in CLASSES))))
        else:
            found += [(character, classes) for character in part]
    return found


def wrapped(line: str) -> list[list[tuple[str, str]]]:
    """As a terminal breaks it."""
    row = cells(line)
    return [row[at : at + COLUMNS] for at in range(0, max(len(row), 1), COLUMNS)]


def as_html(row: list[tuple[str, str]]) -> str:
    runs = (
        (classes, "".join(character for character, _ in run)) for classes, run in groupby(row, lambda cell: cell[1])
    )
    return "".join(f'<span class="{classes}">{html.escape(text)}</span>' for classes, text in runs)


def draw(lines: list[str], picture: Path) -> None:
    rows = [row for line in lines for row in wrapped(line)]
    size = f"{round(max(map(len, rows)) * CHARACTER) + 40},{len(rows) * LINE + 34}"
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "console.html"
        page.write_text(PAGE.format(line=LINE, text="\n".join(map(as_html, rows))), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={size}"]
        command = [BROWSER, *options, f"--screenshot={picture.resolve()}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own command


def main() -> None:
    picture, *rest = sys.argv[1:]
    command = rest[rest.index("--") + 1 :]
    text = received(command)
    lines = screen(at_moment(text) if rest[0] == "--while" else text)
    while lines and not lines[-1].strip():
        lines.pop()
    draw([f"$ {shlex.join(command)}", *lines], Path(picture))


if __name__ == "__main__":
    main()
