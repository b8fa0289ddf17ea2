"""The published contract as text with lines: where a pointer stands, so that a reader can be sent there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_Node = yaml.Node


@dataclass(frozen=True, slots=True)
class Source:
    """text: openapi.yaml, word for word. lines: the line (from 1) of every pointer that it holds."""

    text: str
    lines: dict[str, int]

    def line(self, pointer: str) -> int:
        """The line of a pointer, or of its nearest ancestor that exists; 0 for what is not in the contract."""
        while pointer.startswith("#/"):
            if pointer in self.lines:
                return self.lines[pointer]
            pointer = pointer.rpartition("/")[0]
        return 0


def read(text: str) -> Source:
    root = yaml.compose(text, Loader=yaml.CSafeLoader) if text.strip() else None
    return Source(text, dict(_walk(root, "#")) if root else {})


def _walk(node: _Node, pointer: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{pointer}/{_escaped(str(key.value))}"
            yield inner, key.start_mark.line + 1
            yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield f"{pointer}/{index}", value.start_mark.line + 1
            yield from _walk(value, f"{pointer}/{index}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
