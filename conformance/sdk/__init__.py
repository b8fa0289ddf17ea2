"""The reference server as Ably's own SDKs see it, unmodified: the measure of its fidelity."""
