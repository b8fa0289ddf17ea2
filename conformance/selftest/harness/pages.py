"""Does what a page of docs/ says: its files are written, its commands run, and what it shows is looked for."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PATIENCE = 300


@dataclass(frozen=True)
class Block:
    """about: the name of the file that it is, or the exit status of its commands."""

    language: str
    about: str
    text: str


def blocks(page: str) -> list[Block]:
    return [Block(*found) for found in _BLOCK.findall(page)]


def follow(page: str, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what is not as the page says, in words. A variable that a page sets stays set for the blocks after it."""
    variables: list[str] = []
    said = ""
    for block in blocks(page):
        if block.language == "sh":
            variables += [line for line in block.text.splitlines() if line.startswith("export ")]
            done = _run("\n".join((*variables, block.text)), folder, environment)
            said = done.stdout
            if done.returncode != int(block.about or 0):
                yield f"{block.text}: exit status {done.returncode}\n{said[-3_000:]}"
        elif block.language == "text":
            yield from (
                f"not said: {line}\n{said[-3_000:]}" for line in block.text.splitlines() if not _is_in(line, said)
            )
        elif block.about:
            (folder / block.about).write_text(block.text, encoding="utf-8")


def _run(commands: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def _is_in(line: str, said: str) -> bool:
    """… in a line of a page stands for anything."""
    return re.search(f"^{'.*'.join(map(re.escape, line.split('…')))}$", said, re.MULTILINE) is not None
