"""Requirements that span several areas: concurrency, and random sequences of operations."""
