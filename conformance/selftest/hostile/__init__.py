"""Servers and accidents that try to break the suite, to hang it or to fool it, and what has to come of them."""
