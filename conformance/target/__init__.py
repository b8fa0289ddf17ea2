"""The server under test: its callers, the resources a run may touch, and their clean-up."""
