"""The Hypothesis settings of a run."""

from __future__ import annotations

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.internal.conjecture import engine

from conformance.cases.generator import draw_by_seed_alone
from conformance.doors import replace_private
from conformance.run.config import RunConfig

_LONGEST_SHRINKING = 10
"""Seconds."""


def draw_by(run_config: RunConfig) -> None:
    """Set the settings of all properties, before their modules are imported: no deadline, no example database."""
    hypothesis.settings.register_profile(
        "conformance",
        max_examples=run_config.examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        # The network is slow, and some properties ask for large data on purpose; the other health checks stay.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    hypothesis.settings.load_profile("conformance")
    draw_by_seed_alone()
    # Not a setting: Hypothesis would shrink for five minutes, and each attempt sends requests.
    replace_private(engine, "MAX_SHRINKING_SECONDS", _LONGEST_SHRINKING)
