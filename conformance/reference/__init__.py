"""A small, faithful, in-memory Ably REST server: the embedded target, and a local Ably for client authors.

It imports nothing from the rest of `conformance`: an oracle must not grade itself.
"""
