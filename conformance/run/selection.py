"""The part of the suite that the user selected, in words."""

from __future__ import annotations

from typing import Protocol

import pytest

from conformance.paths import SUITE


class Selected(Protocol):
    """Node ids of tests in scope; what left some of them out may be a plugin that says nothing of it."""

    @property
    def tests(self) -> tuple[str, ...]: ...
    @property
    def deselected(self) -> tuple[str, ...]: ...


def selection(config: pytest.Config, selected: Selected | None = None) -> str:
    """The selection as the user typed it, with how many tests it and whatever else left, or "".

    A plugin may leave out more than the user's words say, so the count is told beside them.
    """
    words = [f"-k {config.option.keyword!r}"] if config.option.keyword else []
    words += [f"-m {config.option.markexpr!r}"] if config.option.markexpr else []
    words += [_short(config, arg) for arg in config.args if not _is_whole(config, arg)]
    chosen = [f"only {' '.join(words)}"] if words else []
    chosen += [f"without {_short(config, each)}" for each in _left_out(config)]
    typed = " ".join(chosen)
    if not selected or not selected.deselected:
        return typed
    left = f"{len(selected.tests)} of {len(selected.tests) + len(selected.deselected)} tests"
    return f"{typed}, {left}" if typed else f"only {left}"


def _left_out(config: pytest.Config) -> list[str]:
    options = ("ignore", "ignore_glob", "deselect")
    return [str(each) for name in options for each in getattr(config.option, name, None) or ()]


def _is_whole(config: pytest.Config, arg: str) -> bool:
    path = (config.invocation_params.dir / arg.partition("::")[0]).resolve()
    return "::" not in arg and (path == SUITE or path in SUITE.parents)


def _short(config: pytest.Config, arg: str) -> str:
    return arg.replace(f"{config.rootpath}/", "")
