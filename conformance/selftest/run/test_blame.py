"""A target whose values cannot be used is to blame for it, and the suite is never in error."""

from __future__ import annotations

from conformance.selftest.harness.runs import suite


def test_a_number_as_a_token_is_a_fail_or_inconclusive(tmp_path):
    run = suite(tmp_path, "--mutant", "tokens-are-numbers", "--seed", "7", "-k", "TOK-41 or TOK-42 or TOK-07 or AUT-10")

    assert run.status == 1
    assert run.verdicts["TOK-41"] == "fail"
    assert "error" not in run.verdicts.values()
    assert "INTERNALERROR" not in run.said
