"""The table of every parameter and member under every condition: which requirement decides it, or why none does."""
