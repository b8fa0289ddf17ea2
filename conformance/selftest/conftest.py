"""What all tests of the suite share: drawn examples take the time they take and leave nothing on disk."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "selftest", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("selftest")
