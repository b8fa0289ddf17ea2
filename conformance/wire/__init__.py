"""Encodes and decodes bodies, parses Link headers, and sends requests."""
