"""A test case as data, and what the contract alone tells of those of an operation. Imports no library.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.contract import Operation
from conformance.model import JSON, Json, Origin
from conformance.wire.codec import NOTHING


@dataclass(frozen=True, slots=True)
class Case:
    """One generated request, without names, credentials and URL.

    query: values as text. body: a value, or NOTHING. defect: what is broken in it, "" for a valid case.
    send_as: media type of the body. accept: the Accept header.
    """

    operation: Operation
    origin: Origin
    query: tuple[tuple[str, str], ...] = ()
    path: tuple[tuple[str, str], ...] = ()
    body: Json = NOTHING
    defect: str = ""
    send_as: str = JSON
    accept: str = JSON


def is_breakable(operation: Operation) -> bool:
    """Whether an invalid case is possible for an operation."""
    varied = [each for each in operation.parameters if each.location == "query" and each.name != "format"]
    return bool(varied or operation.bodies)


def examples(operation: Operation) -> Iterator[Case]:
    """The examples in the contract, each once."""
    seen: list[Json] = []
    for each in operation.bodies:
        if each.example is not None and each.example not in seen:
            seen.append(each.example)
            yield Case(operation, Origin.EXAMPLES, body=each.example)
