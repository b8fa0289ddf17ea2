"""What one version of a contract has that another has not: operations, and parameters of the operations of both.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Signature = tuple[str, frozenset[tuple[str, str]]]
"""The label of an operation, and the location and name of each of its parameters."""


@dataclass(frozen=True, slots=True)
class Difference:
    """new, gone: labels of operations. parameters: label, location and name of those that are gone."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str, str], ...] = ()

    def lacks_query(self, label: str, names: Iterable[str]) -> list[str]:
        """The parameters of a query, among `names`, that are gone from an operation."""
        return [name for name in names if (label, "query", name) in self.parameters]


NONE = Difference()


def difference(before: Iterable[Signature], after: Iterable[Signature]) -> Difference:
    old, new = dict(before), dict(after)
    return Difference(
        new=tuple(label for label in new if label not in old),
        gone=tuple(label for label in old if label not in new),
        parameters=tuple(
            (label, *parameter)
            for label, parameters in old.items()
            if label in new
            for parameter in sorted(parameters - new[label])
        ),
    )
