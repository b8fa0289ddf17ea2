"""docs/local-ably.md does what it says: its files are written, its commands run, their output compared."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from re import DOTALL, MULTILINE
from re import compile as pattern

from conformance.sdk.local_ably import PATIENCE, ports, stop

PAGE = Path(__file__).parents[2] / "docs" / "local-ably.md"
BLOCK = pattern(r"^```(\w+) ?(\S*)\n(.*?)^```$", DOTALL | MULTILINE)

# The ports that the page speaks of; others are taken for them, which nobody uses.
PORTS = ("8080", "8443")


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    page = PAGE.read_text(encoding="utf-8")
    for port in PORTS:
        page = page.replace(port, free_port())
    return [Block(*found) for found in BLOCK.findall(page)]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    description, start, _, *others = blocks()
    write(description, tmp_path)
    with serving(start.text, tmp_path):
        said = ""
        for block in others:
            if block.file:
                write(block, tmp_path)
            elif block.language == "sh":
                said = run(block.text, tmp_path)
            else:
                assert said == block.text


def write(block: Block, folder: Path) -> None:
    (folder / block.file).write_text(block.text, encoding="utf-8")


@contextmanager
def serving(command: str, folder: Path) -> Iterator[None]:
    with subprocess.Popen(  # noqa: S603  the page's own command
        command.split(), cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            ports(process)
            yield
        finally:
            stop(process)


def run(command: str, folder: Path) -> str:
    done = subprocess.run(  # noqa: S603  the page's own command
        ["/bin/sh", "-ec", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    """As of somebody who works in the environment of this Python, and has installed Jest beside ably-js."""
    folders = (Path(sys.executable).parent, Path(os.environ.get("NODE_PATH", ".")) / ".bin")
    return {**os.environ, "PATH": os.pathsep.join([*map(str, folders), os.environ["PATH"]])}
