"""Reads YAML files, with the line of every JSON pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from conformance.contract.pointers import pointer, token
from conformance.errors import ContractError
from conformance.model import Json


class _Loader(yaml.CSafeLoader):
    """Plain scalars as YAML 1.2 reads them: `on` and 2014-02-03 are text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  PyYAML requires a class attribute


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ContractError(f"{path.name} cannot be read: {error.strerror}") from error


def parse(source: bytes, path: Path) -> tuple[Json, dict[str, int]]:
    """A YAML document, and the line (from 1) of every pointer into it."""
    loader = _Loader(source)
    try:
        root = loader.get_single_node() or yaml.MappingNode("tag:yaml.org,2002:map", [])
        return _with_text_keys(loader.construct_document(root)), dict(_lines(root, "#"))
    except yaml.YAMLError as error:
        raise ContractError(f"{path.name} is not YAML: {error}") from error
    except RecursionError as error:
        raise ContractError(f"{path.name} is nested too deeply, or leads back into itself") from error
    finally:
        loader.dispose()


def _with_text_keys(node: Json) -> Json:
    """A status may be written without quotes, and is a text all the same."""
    if isinstance(node, dict):
        return {key if isinstance(key, str) else str(key): _with_text_keys(value) for key, value in node.items()}
    return [_with_text_keys(each) for each in node] if isinstance(node, list) else node


def _lines(node: yaml.Node, here: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _line(key, value, here + pointer((key.value,))[1:])
    elif isinstance(node, yaml.SequenceNode):
        names = [_name(item) for item in node.value]
        for index, item in enumerate(node.value):
            yield from _line(item, item, f"{here}/{token(names, index)}")


def _name(item: yaml.Node) -> str:
    pairs = item.value if isinstance(item, yaml.MappingNode) else ()
    names = [value.value for key, value in pairs if key.value == "name" and isinstance(value, yaml.ScalarNode)]
    return str(names[0]) if names else ""


def _line(mark: yaml.Node, value: yaml.Node, here: str) -> Iterator[tuple[str, int]]:
    yield here, mark.start_mark.line + 1
    yield from _lines(value, here)
