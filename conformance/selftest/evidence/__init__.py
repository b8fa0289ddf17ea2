"""Tests of `conformance/evidence`."""
