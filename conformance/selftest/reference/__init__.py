"""Tests of `conformance/reference`."""
