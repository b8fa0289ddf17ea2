"""What is drawn depends on the seed alone: not on other tests, other modules, or the place of the suite."""

from __future__ import annotations

import hashlib

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from conformance.doors import replace_private


def derived_seed(number: int, *words: str) -> int:
    """A seed for each operation and kind that does not depend on which other tests run, or on which worker."""
    text = "\n".join((str(number), *words))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def draw_by_seed_alone() -> None:
    """Process-wide. Hypothesis also draws constants from our loaded modules, which would make one seed mean different
    cases for the whole suite, for one file of it, and for an installed suite.
    """
    replace_private(providers, "_get_local_constants", Constants)
    providers.CONSTANTS_CACHE.cache.clear()
