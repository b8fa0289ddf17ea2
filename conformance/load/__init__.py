"""Plays flows of clients against a target at rising rates, with Locust, and judges the answers by the same checks."""
