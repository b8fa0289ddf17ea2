"""The part of the suite that the user selected on the command line."""

from __future__ import annotations

import pytest

from conformance.command_line import own_tests
from conformance.model import Selection
from conformance.paths import SUITE


def selection(config: pytest.Config, shard: str = "") -> Selection:
    """The selection as the user typed it. shard: such as "2/4", or ""."""
    return Selection(
        keyword=config.option.keyword or "",
        markers=config.option.markexpr or "",
        only=tuple(_short(config, each) for each in _parts(config)),
        without=tuple(_short(config, each) for each in _left_out(config)),
        shards=(shard,) if shard else (),
    )


def _parts(config: pytest.Config) -> list[str]:
    """The arguments that are less than the suite; beside it, requirements of the user's own are more and not less."""
    parts = [arg for arg in config.args if not _is_whole(config, arg)]
    more = set(map(str, own_tests(config))) if len(parts) < len(config.args) else set()
    return [arg for arg in parts if arg not in more]


def _left_out(config: pytest.Config) -> list[str]:
    options = ("ignore", "ignore_glob", "deselect")
    return [str(each) for name in options for each in getattr(config.option, name, None) or ()]


def _is_whole(config: pytest.Config, arg: str) -> bool:
    path = (config.invocation_params.dir / arg.partition("::")[0]).resolve()
    return "::" not in arg and (path == SUITE or path in SUITE.parents)


def _short(config: pytest.Config, arg: str) -> str:
    return arg.replace(f"{config.rootpath}/", "")
