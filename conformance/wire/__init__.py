"""Bytes and what they mean: bodies, Link headers, and the one place that sends."""
