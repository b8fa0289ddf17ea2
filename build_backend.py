"""Builds with setuptools; an editable install gets a pytest entry point that a wheel does not have (setup.py)."""

import os
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (  # handed on as they are
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]
IS_EDITABLE = "ABLY_CONFORMANCE_IS_EDITABLE"


def prepare_metadata_for_build_editable(*args: Any, **named: Any) -> str:
    os.environ[IS_EDITABLE] = "1"
    return build_meta.prepare_metadata_for_build_editable(*args, **named)


def build_editable(*args: Any, **named: Any) -> str:
    os.environ[IS_EDITABLE] = "1"
    return build_meta.build_editable(*args, **named)
