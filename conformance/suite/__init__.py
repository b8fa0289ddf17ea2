"""What runs against a target: one module an area, one function a requirement."""

import pytest

pytest.register_assert_rewrite("conformance.suite.steps")  # their assertions compare answers, as those of tests do
