"""Contract conformance test suite for the Ably REST platform API."""
