"""The Hypothesis settings of all selftests: no deadline, and no database of examples."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "selftest", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("selftest")
