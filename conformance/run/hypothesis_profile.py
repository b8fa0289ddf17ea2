"""How properties draw their examples in a run."""

from __future__ import annotations

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.internal.conjecture import engine

from conformance.cases.generator import draw_by_seed_alone
from conformance.run.config import RunConfig

_LONGEST_SHRINKING = 10
"""Seconds."""


def draw_by(run_config: RunConfig) -> None:
    """What every property draws by, set before its module is imported: no deadline on the wire, no memory of runs."""
    hypothesis.settings.register_profile(
        "conformance",
        max_examples=run_config.examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        # What is slow is the wire, and what is large is what we ask for; the other checks stay.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    hypothesis.settings.load_profile("conformance")
    draw_by_seed_alone()
    # No setting: Hypothesis would look five minutes for a shorter example, with requests where others have calls.
    engine.MAX_SHRINKING_SECONDS = _LONGEST_SHRINKING
