"""The assertion of a scenario that failed: what it compared, and the exchanges whose answers it looked at.

Read from the source line and the variables of the frame in which it was raised, so that the suite keeps plain `assert`.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import TracebackType
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from conformance.facts import Facts
from conformance.model import Exchange
from conformance.target.answer import Answer

_ANY_STEP = "a step of a random sequence"
"""Where a state machine fails depends on the sequence that was drawn, so its assertions share one identity."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """subject: what was compared, in words, "" where it has no name. source: the expression as written.

    exchanges: those of the answers that the assertion names, in order.
    message: what the assertion itself says was received, "" where it leaves that to the comparison.
    """

    subject: str
    exchanges: tuple[Exchange, ...] = ()
    message: str = ""
    source: str = ""

    @property
    def identity(self) -> str:
        """What names the assertion from run to run: no value that a target or a run made is part of it."""
        return self.source if self.source == _ANY_STEP else self.subject or self.source


def assertion_of(error: BaseException, left: Any) -> Assertion:
    """The assertion that raised an AssertionError. left: the left side of its comparison, if it made one."""
    frame = _last(error.__traceback__)
    node = _assert_at(frame.tb_frame.f_code.co_filename, frame.tb_lineno) if frame else None
    if frame is None or node is None:
        return Assertion("")
    if _is_in_state_machine(error.__traceback__):
        return replace(_read(node, frame, left, error), source=_ANY_STEP)
    return _read(node, frame, left, error)


def _is_in_state_machine(traceback: TracebackType | None) -> bool:
    while traceback:
        if isinstance(traceback.tb_frame.f_locals.get("self"), RuleBasedStateMachine):
            return True
        traceback = traceback.tb_next
    return False


def _read(node: ast.Assert, frame: TracebackType, left: Any, error: BaseException) -> Assertion:
    nodes = [each for each in ast.walk(node.test) if isinstance(each, ast.Name)]
    names = [each.id for each in sorted(nodes, key=lambda each: (each.lineno, each.col_offset))]
    known = {**frame.tb_frame.f_globals, **frame.tb_frame.f_locals}
    exchanges = dict.fromkeys(_exchanges(known[name] for name in names if name in known))
    message = str(error).strip().splitlines()[0] if node.msg and str(error).strip() else ""
    return Assertion(_subject(node.test, left), tuple(exchanges), message, ast.unparse(node.test))


def _last(traceback: TracebackType | None) -> TracebackType | None:
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback


def _assert_at(file: str, line: int) -> ast.Assert | None:
    found = [node for node in _asserts(file) if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return found[-1] if found else None


@cache
def _asserts(file: str) -> tuple[ast.Assert, ...]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Assert))


def _exchanges(values: Iterable[Any]) -> Iterator[Exchange]:
    for value in values:
        if isinstance(value, Answer):
            yield value.exchange
        elif isinstance(value, list | tuple):
            yield from _exchanges(value)


def _subject(test: ast.expr, left: Any) -> str:
    """The word "status" for `answer.status == 200`, "names" for `[each["name"] for each in items] == ...`."""
    if isinstance(left, Facts):
        return ", ".join(name.replace("_", " ") for name in left)
    if not isinstance(test, ast.Compare):
        return _noun(test)
    is_membership = isinstance(test.ops[0], ast.In | ast.NotIn) and isinstance(test.left, ast.Constant)
    return _noun(test.comparators[0] if is_membership else test.left)


def _noun(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return _spoken(name)
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return _spoken(name)
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return _spoken(name)
        case ast.Call(func=ast.Name(id="len"), args=[of]):
            return f"number of {_noun(of) or 'items'}"
        case ast.Call(func=ast.Name(id="sorted" | "list" | "set" | "dict" | "tuple"), args=[of, *_]):
            return _noun(of)
        case ast.Call(func=ast.Name(id="members"), args=[_, ast.Constant(value=str(name))]):
            return _plural(_spoken(name))
        case ast.Call(func=ast.Name(id=name)):
            return _spoken(name.removesuffix("_of"))
        case ast.ListComp(elt=elt) | ast.SetComp(elt=elt):
            return _plural(_noun(elt))
        case ast.DictComp(value=value):
            return _plural(_noun(value))
    return ""


def _spoken(name: str) -> str:
    return name.replace("_", " ").strip()


def _plural(noun: str) -> str:
    return noun if not noun or noun.endswith("s") else f"{noun}s"
