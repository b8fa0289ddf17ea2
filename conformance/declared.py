"""The requirements as the files of the suite and of the checks declare them, read without importing those files.

Importing them takes the libraries that they test with; and Hypothesis fixes the settings of a property when its module
is imported, while those of a run have to be set before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from conformance.model import Level, Requirement
from conformance.paths import PACKAGE, ROOT, SUITE
from conformance.requirement import head_of


@dataclass(frozen=True, slots=True)
class Declared:
    """level, title: "" where the file does not hold them as they are. function: the test or check in `file`."""

    id: str
    level: str
    title: str
    file: Path
    function: str

    @property
    def area(self) -> str:
        return self.id.partition("-")[0]

    def head(self) -> Requirement:
        """All of it, for which its module is imported. Raises LookupError where the module is not one of ours."""
        name = ".".join(self.file.relative_to(ROOT).with_suffix("").parts)
        head = head_of(getattr(import_module(name), self.function))
        if head is None:
            raise LookupError(f"{self.function} in {self.file} has no requirement")
        return head


@cache
def declared() -> dict[str, Declared]:
    """The requirements of the suite and of the checks, by id, in order."""
    found = (*declared_in(PACKAGE / "checks"), *declared_in(SUITE))
    return {each.id: each for each in sorted(found, key=lambda each: each.id)}


def declared_in(path: Path) -> tuple[Declared, ...]:
    """The requirements that a file, or the files below a folder, declare."""
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return tuple(each for file in files for each in _in_file(file))


def _in_file(file: Path) -> Iterator[Declared]:
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    for function in (each for each in tree.body if isinstance(each, ast.FunctionDef)):
        for decorator in function.decorator_list:
            match decorator:
                case ast.Call(func=ast.Name(id="requirement" | "check"), args=[ast.Constant(value=str(id_)), *rest]):
                    yield Declared(id_, _level(rest[:1]), _title(rest[1:2]), file, function.name)


def _level(arguments: list[ast.expr]) -> str:
    match arguments:
        case [ast.Name(id=name)] if name in Level.__members__:
            return Level[name].value
    return ""


def _title(arguments: list[ast.expr]) -> str:
    match arguments:
        case [ast.Constant(value=str(title))]:
            return title
    return ""
