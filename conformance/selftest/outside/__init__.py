"""Tests that need curl, packages from npm, or Chromium."""
