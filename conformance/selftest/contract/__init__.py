"""Tests of `conformance/contract`."""
