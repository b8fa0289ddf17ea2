"""Private doors of libraries: attributes that are replaced because there is no public way to do the same.

docs/architecture.md lists every door, with its reason and its guard.
"""

from __future__ import annotations

from types import ModuleType

from conformance.errors import SuiteError


def replace_private(module: ModuleType, name: str, value: object) -> None:
    """Set an attribute that the module has; one that was renamed would be set without effect."""
    if not hasattr(module, name):
        raise SuiteError(
            f"{module.__name__} has no {name} any more",
            "Find what took its place: docs/architecture.md says what it is for",
        )
    setattr(module, name, value)
