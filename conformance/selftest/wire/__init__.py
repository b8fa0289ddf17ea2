"""Tests of `conformance/wire`."""
