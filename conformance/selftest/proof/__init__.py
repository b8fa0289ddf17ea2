"""Tests of `conformance/proof`."""
