"""Tests of `conformance/suite`."""
