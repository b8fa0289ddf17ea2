"""Path templates: which request paths one matches, and the path that it gives with its parameters filled in.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from conformance.errors import SuiteError


def covers(template: str, raw_path: str) -> bool:
    ours, theirs = template.split("/"), raw_path.split("/")
    return len(ours) == len(theirs) and all(
        bool(given) if is_variable(part) else part == given for part, given in zip(ours, theirs, strict=True)
    )


def is_variable(segment: str) -> bool:
    return segment.startswith("{")


def variables(path: str) -> tuple[str, ...]:
    """The names of the parameters of a path template, in order."""
    return tuple(part[1:-1] for part in path.split("/") if is_variable(part))


def fill(path: str, parameters: Mapping[str, str]) -> str:
    """A path with each parameter as one percent-encoded segment; "." and ".." too, because clients remove them."""
    for name, value in parameters.items():
        if f"{{{name}}}" not in path:
            raise SuiteError(f"{path} has no parameter {name!r}")
        segment = quote(value, safe="")
        path = path.replace(f"{{{name}}}", segment if segment.strip(".") else segment.replace(".", "%2E"))
    if "{" in path:
        raise SuiteError(f"{path} is not filled: give a value for each name in braces")
    return path
