"""The server under test: who calls it, what may be touched, and what has to be cleaned up."""
