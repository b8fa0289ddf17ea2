"""JSON pointers into an OpenAPI document, and the $refs between them.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.model import Json

_PASSED_OVER = frozenset({"items", "allOf", "anyOf", "oneOf"})


def at(document: Json, pointer: str) -> Json:
    """What a document has at a JSON pointer; raises LookupError where it has nothing."""
    node = document
    for part in parts_of(pointer):
        node = node[int(part)] if isinstance(node, list) and part.isdecimal() else _member(node, part)
    return node


def clause_of(document: Json, base: str, steps: Iterable[str | int] = ()) -> str:
    """Where steps into the schema at a pointer lead, through every $ref, as far as the document has anything.

    A list or a choice that only another version of the document has is passed over.
    """
    here = base
    while not _has(document, here):
        here = here.rpartition("/")[0]
    node = at(document, here)
    for step in steps if here == base else ():
        node, here = follow(document, node, here)
        if _holds(node, step):
            node, here = node[step], here + pointer((step,))[1:]
        elif not isinstance(step, int) and step not in _PASSED_OVER:
            break
    return here


def parts_of(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("#").split("/")[1:]]


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
    return "#" + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
