"""Tests of `conformance/checks`."""
