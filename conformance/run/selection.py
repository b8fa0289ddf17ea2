"""The part of the suite that the user selected, in words."""

from __future__ import annotations

import pytest

from conformance.paths import SUITE


def selection(config: pytest.Config) -> str:
    """The selection as the user typed it, or "" for the whole suite."""
    words = [f"-k {config.option.keyword!r}"] if config.option.keyword else []
    words += [f"-m {config.option.markexpr!r}"] if config.option.markexpr else []
    words += [_short(config, arg) for arg in config.args if not _is_whole(config, arg)]
    chosen = [f"only {' '.join(words)}"] if words else []
    return " ".join([*chosen, *(f"without {_short(config, each)}" for each in _left_out(config))])


def _left_out(config: pytest.Config) -> list[str]:
    options = ("ignore", "ignore_glob", "deselect")
    return [str(each) for name in options for each in getattr(config.option, name, None) or ()]


def _is_whole(config: pytest.Config, arg: str) -> bool:
    path = (config.invocation_params.dir / arg.partition("::")[0]).resolve()
    return "::" not in arg and (path == SUITE or path in SUITE.parents)


def _short(config: pytest.Config, arg: str) -> str:
    return arg.replace(f"{config.rootpath}/", "")
