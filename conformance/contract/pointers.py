"""JSON pointers into an OpenAPI document, and the $refs between them.

Pure. An entry of a list goes by its `name` where it has one: "#/paths/~1stats/get/parameters/unit" stays the same place
when another parameter is listed before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from jsonpath import JSONPointer

from conformance.model import Json

_SKIPPED = frozenset({"items", "allOf", "anyOf", "oneOf"})


def at(document: Json, pointer: str) -> Json:
    """The value at a JSON pointer; raises LookupError where the document has none."""
    node = document
    for part in parts_of(pointer):
        if isinstance(node, list):
            node = node[_index(node, part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            raise LookupError(part)
    return node


def _index(entries: list[Json], part: str) -> int:
    named = next((index for index, entry in enumerate(entries) if _name(entry) == part), None)
    if named is None and not part.isdecimal():
        raise LookupError(part)
    return int(part) if named is None else named


def _name(entry: Json) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def token(names: Sequence[str], index: int) -> str:
    """How a pointer refers to an entry of a list. names: of all entries, "" for one without; a second entry of the same
    name has its index.
    """
    name = names[index]
    return escaped(name) if name and names.index(name) == index else str(index)


def pointer_into(document: Json, parts: Iterable[str | int]) -> str:
    """The pointer of a node, given its keys and indexes."""
    node, tokens = document, []
    for part in parts:
        is_index = isinstance(node, list) and isinstance(part, int)
        tokens.append(token([_name(entry) for entry in node], int(part)) if is_index else escaped(part))
        node = node[part]
    return "/".join(("#", *tokens))


def clause_of(document: Json, base: str, steps: Iterable[str | int] = ()) -> str:
    """Follows steps into the schema at `base`, through every $ref, and returns the pointer of the last place reached.

    `items`, `allOf`, `anyOf` and `oneOf` steps missing from this document are skipped.
    """
    here = base
    while not has(document, here):
        here = here.rpartition("/")[0]
    node = at(document, here)
    for step in steps if here == base else ():
        node, here = follow(document, node, here)
        has_step = step in node if isinstance(node, dict) else isinstance(step, int) and step < len(node)
        if has_step:
            node, here = node[step], here + pointer((step,))[1:]
        elif not isinstance(step, int) and step not in _SKIPPED:
            break
    return here


def parts_of(pointer: str) -> list[str]:
    """The unescaped reference tokens of a JSON pointer, written with or without its "#"."""
    return list(_parts_of(pointer))


@cache
def _parts_of(pointer: str) -> tuple[str, ...]:
    return tuple(str(part) for part in JSONPointer(pointer.removeprefix("#"), unicode_escape=False).parts)


def has(document: Json, pointer: str) -> bool:
    try:
        at(document, pointer)
    except LookupError:
        return False
    return True


def follow(document: Json, node: Json, here: str) -> tuple[Json, str]:
    while "$ref" in node:
        here = node["$ref"]
        node = at(document, here)
    return node, here


def pointer(parts: Iterable[str | int]) -> str:
    """RFC 6901, as a fragment: ("paths", "/time") becomes "#/paths/~1time"."""
    return "".join(("#", *(f"/{escaped(part)}" for part in parts)))


def escaped(name: str | int) -> str:
    """One reference token: "/time" becomes "~1time"."""
    return str(name).replace("~", "~0").replace("/", "~1")
