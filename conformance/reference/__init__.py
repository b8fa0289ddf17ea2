"""The reference server: a small in-memory Ably REST server, the default target and a local Ably for client authors.

It imports nothing from the rest of `conformance`, so that the suite and the server it tests share no code.
"""
