"""Applies the actions of an OpenAPI Overlay 1.1 document to a contract, in order.

Pure: it changes only the document that it is handed. An action that finds nothing or changes nothing is an error, so
that a superfluous correction does not stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import jsonpath

from conformance.contract.pointers import pointer_into
from conformance.errors import ContractError
from conformance.model import Json


@dataclass(frozen=True, slots=True)
class Action:
    """One step of an erratum: into every node that target (RFC 9535) finds, `update` is merged, or the one node that
    `copy` finds; or the node is removed.
    """

    id: str
    target: str
    update: Json = None
    copy: str = ""
    removes: bool = False


@dataclass(frozen=True, slots=True)
class _Node:
    holder: Json
    key: str | int
    value: Json
    pointer: str


def apply(document: Json, action: Action) -> tuple[str, ...]:
    """Change the document; return the pointers of the nodes that were found."""
    nodes = tuple(_find(document, action, action.target))
    if not nodes:
        raise ContractError(f"{action.id} finds nothing at {action.target}")
    if action.removes:
        for node in reversed(nodes):  # backwards, so that the index of an array's earlier entry still holds
            del node.holder[node.key]
    else:
        update = _copied(document, action) if action.copy else action.update
        changes = [_merge(node, update, action.id) for node in nodes]
        if not any(changes):
            raise ContractError(f"{action.id} changes nothing at {action.target}", "Delete the erratum.")
    return tuple(node.pointer for node in nodes)


def _copied(document: Json, action: Action) -> Json:
    found = [node.value for node in _find(document, action, action.copy)]
    if len(found) != 1:
        raise ContractError(f"{action.id} copies {action.copy}, which finds {len(found)} nodes instead of one")
    return found[0]


def _find(document: Json, action: Action, path: str) -> Iterator[_Node]:
    try:
        matches = list(jsonpath.finditer(path, document))
    except jsonpath.JSONPathError as error:
        raise ContractError(f"{action.id} has a target that is not a JSONPath: {path} ({error})") from error
    for match in matches:
        if match.parent is None:
            raise ContractError(f"{action.id} targets the whole document")
        yield _Node(match.parent.obj, match.parts[-1], match.obj, pointer_into(document, match.parts))


def _merge(node: _Node, update: Json, id_: str) -> bool:
    if isinstance(node.value, list):
        node.value.append(deepcopy(update))
        return True
    if isinstance(node.value, dict) and isinstance(update, dict):
        return _merge_objects(node.value, update)
    raise ContractError(f"{id_} cannot be merged into {node.pointer}")


def _merge_objects(into: dict[str, Json], update: dict[str, Json]) -> bool:
    """Objects merge member by member, arrays are concatenated, all else is replaced. True when that made a change."""
    changed = False
    for name, new in update.items():
        old = into.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            changed |= _merge_objects(old, new)
        elif isinstance(old, list) and isinstance(new, list):
            old.extend(deepcopy(new))
            changed |= bool(new)
        elif name not in into or old != new:
            into[name] = deepcopy(new)
            changed = True
    return changed
