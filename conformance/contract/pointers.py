"""JSON pointers into an OpenAPI document, and the $refs between them.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from jsonpath import JSONPointer

from conformance.model import Json

_SKIPPED = frozenset({"items", "allOf", "anyOf", "oneOf"})


def at(document: Json, pointer: str) -> Json:
    """The value at a JSON pointer; raises LookupError where the document has none."""
    node = document
    for part in parts_of(pointer):
        node = node[int(part)] if isinstance(node, list) and part.isdecimal() else _member(node, part)
    return node


def clause_of(document: Json, base: str, steps: Iterable[str | int] = ()) -> str:
    """The pointer that steps into the schema at `base` lead to, through every $ref, as far as the document goes.

    `items`, `allOf`, `anyOf` and `oneOf` steps missing from this document are skipped.
    """
    here = base
    while not _has(document, here):
        here = here.rpartition("/")[0]
    node = at(document, here)
    for step in steps if here == base else ():
        node, here = follow(document, node, here)
        if _holds(node, step):
            node, here = node[step], here + pointer((step,))[1:]
        elif not isinstance(step, int) and step not in _SKIPPED:
            break
    return here


def parts_of(pointer: str) -> list[str]:
    """The unescaped reference tokens of a JSON pointer, written with or without its "#"."""
    return [str(part) for part in JSONPointer(pointer.removeprefix("#"), unicode_escape=False).parts]


def _has(document: Json, pointer: str) -> bool:
    try:
        at(document, pointer)
    except LookupError:
        return False
    return True


def _holds(node: Json, step: str | int) -> bool:
    return step in node if isinstance(node, dict) else isinstance(step, int) and step < len(node)


def _member(node: Json, name: str) -> Json:
    if isinstance(node, dict) and name in node:
        return node[name]
    raise LookupError(name)


def follow(document: Json, node: Json, here: str) -> tuple[Json, str]:
    while "$ref" in node:
        here = node["$ref"]
        node = at(document, here)
    return node, here


def pointer(parts: Iterable[str | int]) -> str:
    """RFC 6901, as a fragment: ("paths", "/time") becomes "#/paths/~1time"."""
    return f"#{JSONPointer.from_parts(parts, unicode_escape=False)}"


def escaped(name: str | int) -> str:
    """One reference token: "/time" becomes "~1time"."""
    return pointer((name,)).removeprefix("#/")
